"""Motions made by formula, whose contacts are exactly known."""

import numpy as np
from motivo_source.runtime.body.figures import BODY_NAMES, JOINT_NAMES
from motivo_source.runtime.body.kinematics import forward_kinematics
from motivo_source.runtime.body.support_points import lowest_points
from motivo_source.runtime.motion import Motion

STEP = 24
"""Frames one foot stands."""


def walk(steps: int = 4) -> Motion:
    """Walks along -Y, each foot flat and still while it stands, arms and trunk swinging."""
    frames = steps * STEP
    time = np.arange(frames)
    along = (time % STEP) / STEP
    left = (time // STEP) % 2 == 0
    qpos = np.zeros((frames, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    stance = np.radians(-18.0 + 36.0 * along)
    smooth = 0.5 - 0.5 * np.cos(np.pi * along)
    swing = np.radians(18.0 - 36.0 * smooth)
    knee = np.radians(12.0 + 50.0 * np.sin(np.pi * along) ** 2)
    for side, stands in (("L", left), ("R", ~left)):
        hip = np.where(stands, stance - np.radians(6), swing - knee / 2)
        bend = np.where(stands, np.radians(12.0), knee)
        _set(qpos, f"{side}_Hip_x", hip)
        _set(qpos, f"{side}_Knee_x", bend)
        _set(qpos, f"{side}_Ankle_x", -(hip + bend))
        sign = 1 if side == "L" else -1
        _set(qpos, f"{side}_Shoulder_z", -sign * 1.1 + 0 * time)
        _set(qpos, f"{side}_Shoulder_x", 0.4 * sign * np.sin(np.pi * time / STEP))
        _set(qpos, f"{side}_Elbow_y", -sign * (0.5 + 0.2 * np.sin(np.pi * time / STEP)))
    _set(qpos, "Spine_y", 0.2 * np.sin(np.pi * time / STEP))
    _set(qpos, "Torso_x", 0.1 + 0 * time)
    _set(qpos, "Head_y", 0.3 * np.sin(np.pi * time / STEP + 1))
    _stand(qpos, left)
    contacts = np.zeros((frames, 6), dtype=bool)
    contacts[:, 0:2], contacts[:, 2:4] = left[:, None], ~left[:, None]
    return Motion(30.0, qpos, contacts=contacts, metadata={"prompts": ["walk"]})


def flail(frames: int = 60) -> Motion:
    """Turns, leans and bends every joint far, touching nothing."""
    time = np.arange(frames) / 30.0
    qpos = np.zeros((frames, 76))
    qpos[:, 2] = 1.2
    from scipy.spatial.transform import Rotation

    upright = Rotation.from_euler("x", 90, degrees=True)
    turn = Rotation.from_euler("ZX", np.stack([3.0 * time, 1.2 * np.sin(2 * time)], axis=1))
    qpos[:, 3:7] = (turn * upright).as_quat(scalar_first=True)
    qpos[:, 7:] = 0.6 * np.sin(2.0 * time[:, None] + np.arange(69))
    return Motion(30.0, qpos, contacts=np.zeros((frames, 6), dtype=bool))


def _set(qpos: np.ndarray, joint: str, angle: np.ndarray) -> None:
    qpos[:, 7 + JOINT_NAMES.index(joint)] = angle


def _stand(qpos: np.ndarray, left: np.ndarray) -> None:
    """Places the root so that the standing foot stays where it is, on the floor."""
    positions = forward_kinematics(qpos)[0]
    feet = positions[:, [BODY_NAMES.index("R_Ankle"), BODY_NAMES.index("L_Ankle")]]
    anchor = feet[0, 1].copy()
    for frame in range(len(qpos)):
        if frame and left[frame] != left[frame - 1]:
            anchor = feet[frame - 1, int(left[frame])] + qpos[frame - 1, :3]
        qpos[frame, :2] = (anchor - feet[frame, int(left[frame])])[:2]
    qpos[:, 2] = -lowest_points(qpos).min(axis=1)
