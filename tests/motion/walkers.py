"""People who walk, as BVH: made here, with Mixamo's names."""

import numpy as np
from scipy.spatial.transform import Rotation

from runtime.motion.formats.bvh import Bvh, BvhJoint

ROT = ("zrotation", "xrotation", "yrotation")
FRAMES = 60


def _joints() -> list[BvhJoint]:
    joints = [BvhJoint("Hips", -1, (0, 0, 0), ("xposition", "yposition", "zposition", *ROT))]
    index = {"Hips": 0}

    def add(name, parent, *offset):
        index[name] = len(joints)
        joints.append(BvhJoint(name, index[parent], offset, ROT))

    for side, x in (("Left", 1), ("Right", -1)):
        add(f"{side}UpLeg", "Hips", 9 * x, -2, 0)
        add(f"{side}Leg", f"{side}UpLeg", 0, -42, 0)
        add(f"{side}Foot", f"{side}Leg", 0, -41, 0)
        add(f"{side}ToeBase", f"{side}Foot", 0, -6, 13)
    add("Spine", "Hips", 0, 10, 0)
    add("Spine1", "Spine", 0, 12, 0)
    add("Spine2", "Spine1", 0, 12, 0)
    add("Neck", "Spine2", 0, 16, 0)
    add("Head", "Neck", 0, 9, 0)
    for side, x in (("Left", 1), ("Right", -1)):
        add(f"{side}Shoulder", "Spine2", 4 * x, 12, 0)
        add(f"{side}Arm", f"{side}Shoulder", 13 * x, 0, 0)
        add(f"{side}ForeArm", f"{side}Arm", 28 * x, 0, 0)
        add(f"{side}Hand", f"{side}ForeArm", 25 * x, 0, 0)
    return joints


def walk(speed: float = 1.1) -> Bvh:
    """Two seconds: the standing leg keeps its foot in place, arms hang."""
    joints = _joints()
    column, first = {}, 0
    for joint in joints:
        column[joint.name] = first
        first += len(joint.channels)
    values = np.zeros((FRAMES, first))
    time = np.arange(FRAMES) / 30.0
    swing = 0.32 * np.sin(2 * np.pi * time)
    leg = 83.0
    values[:, 2] = 100 * speed * time
    values[:, 1] = leg * np.cos(swing) + 8
    for side, sign in (("Left", 1), ("Right", -1)):
        values[:, column[f"{side}UpLeg"] + 1] = -np.degrees(sign * swing)
        values[:, column[f"{side}Foot"] + 1] = np.degrees(sign * swing)
        values[:, column[f"{side}Arm"]] = -sign * 75.0
    return Bvh(tuple(joints), 1 / 30, values)


def turned(bvh: Bvh, turn: Rotation) -> Bvh:
    values = bvh.values.copy()
    values[:, :3] = turn.apply(values[:, :3])
    root = turn * Rotation.from_euler("ZXY", values[:, 3:6], degrees=True)
    values[:, 3:6] = root.as_euler("ZXY", degrees=True)
    return Bvh(bvh.joints, bvh.frame_time, values)
