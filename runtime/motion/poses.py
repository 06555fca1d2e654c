"""A small library of named poses, each a qpos (76,) standing on the floor at the origin.

A pose says where the pelvis and the feet are and how upper body and arms are
turned; the legs follow by inverse kinematics in their own plane, so that the
soles are level and lie on the floor unless a foot is lifted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES, JOINT_NAMES, JOINT_RANGES, OFFSETS
from ..body.support_points import lowest_points
from ..errors import UserError

_UPRIGHT = Rotation.from_euler("x", 90, degrees=True)
_ARMS_DOWN = {
    "L_Shoulder_z": -72.0,
    "R_Shoulder_z": 72.0,
    "L_Elbow_y": -14.0,
    "R_Elbow_y": 14.0,
}


@dataclass(frozen=True)
class Pose:
    """Lengths in metres, angles in degrees, from the person's own point of view."""

    pelvis: float = -0.02
    """Height of the pelvis above (below, if negative) standing with straight legs."""
    lean: float = 0.0
    """Pelvis tilted forward."""
    left_foot: float = 0.0
    right_foot: float = 0.0
    """How far the ankle stands in front of the hip."""
    left_lift: float = 0.0
    right_lift: float = 0.0
    """How high the foot is held above the floor."""
    turned: Mapping[str, float] = field(default_factory=dict)
    """Hinge name -> angle, for upper body and arms."""


POSES: dict[str, Pose] = {
    "t-pose": Pose(pelvis=0.0),
    "stand": Pose(turned=_ARMS_DOWN),
    "crouch": Pose(
        pelvis=-0.40,
        lean=26,
        left_foot=0.02,
        right_foot=0.02,
        turned={
            "Torso_x": 14,
            "Spine_x": 8,
            "Neck_x": -22,
            "Head_x": -22,
            "L_Shoulder_y": -65,
            "R_Shoulder_y": 65,
            "L_Shoulder_z": -35,
            "R_Shoulder_z": 35,
            "L_Elbow_y": -35,
            "R_Elbow_y": 35,
        },
    ),
    "reach": Pose(
        pelvis=-0.03,
        lean=6,
        turned={
            **_ARMS_DOWN,
            "Torso_y": 12,
            "Chest_y": 10,
            "R_Shoulder_y": 75,
            "R_Shoulder_z": -25,
            "R_Elbow_y": 8,
            "Head_x": -12,
        },
    ),
    "passing": Pose(
        pelvis=-0.04,
        lean=2,
        left_foot=0.1,
        right_foot=-0.08,
        left_lift=0.09,
        turned={**_ARMS_DOWN, "L_Shoulder_y": 6, "R_Shoulder_y": 8},
    ),
    "step": Pose(
        pelvis=-0.06,
        lean=3,
        left_foot=0.26,
        right_foot=-0.20,
        turned={**_ARMS_DOWN, "L_Shoulder_y": 20, "R_Shoulder_y": 22},
    ),
    "arms-up": Pose(turned={"L_Shoulder_z": 70, "R_Shoulder_z": -70}),
}


def pose(name: str) -> np.ndarray:
    """The named pose as qpos (76,): heading zero, lowest point on the floor.

    Raises ``UserError`` naming the library if there is no such pose.
    """
    if name not in POSES:
        raise UserError(f"There is no pose '{name}'; there are {', '.join(POSES)}.")
    return posed(POSES[name])


def posed(wanted: Pose) -> np.ndarray:
    """Any such pose as qpos (76,): heading zero, lowest point on the floor."""
    qpos = np.zeros(76)
    tilt = Rotation.from_euler("x", wanted.lean, degrees=True)
    qpos[3:7] = (_UPRIGHT * tilt).as_quat(scalar_first=True)
    legs = {
        "L": (wanted.left_foot, wanted.left_lift),
        "R": (wanted.right_foot, wanted.right_lift),
    }
    for side, (forward, lift) in legs.items():
        for hinge, angle in _leg(side, wanted, tilt, forward, lift).items():
            qpos[7 + JOINT_NAMES.index(hinge)] = angle
    for hinge, degrees in wanted.turned.items():
        qpos[7 + JOINT_NAMES.index(hinge)] = np.radians(degrees)
    qpos[7:] = np.clip(qpos[7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
    qpos[2] -= lowest_points(qpos[None]).min()
    return qpos


def _leg(side: str, wanted: Pose, tilt: Rotation, forward: float, lift: float) -> dict[str, float]:
    """Hinge angles in radians of one leg: sole level, ankle ``forward`` of the hip.

    Two-link inverse kinematics (law of cosines) in the plane of y (up) and z
    (forward) of the upright pelvis; each link's own slant in the rest pose counts.
    """
    thigh = OFFSETS[BODY_NAMES.index(f"{side}_Knee")][1:]
    shank = OFFSETS[BODY_NAMES.index(f"{side}_Ankle")][1:]
    upper, lower = np.hypot(*thigh), np.hypot(*shank)
    straight = -(thigh + shank)[0]
    # Rotating the pelvis about its own origin moves the hip as well.
    hip = OFFSETS[BODY_NAMES.index(f"{side}_Hip")].copy()  # SciPy takes no read-only arrays
    moved = tilt.apply(hip) - hip
    reach = np.array([lift - (straight + wanted.pelvis + moved[1]), forward - moved[2]])
    distance = min(np.hypot(*reach), (upper + lower) * 0.9995)
    at_hip = np.arccos((upper**2 + distance**2 - lower**2) / (2 * upper * distance))
    at_knee = np.arccos((upper**2 + lower**2 - distance**2) / (2 * upper * lower))
    # Angles from straight down, positive towards the front.
    aim = np.arctan2(reach[1], -reach[0])
    thigh_angle, shank_angle = aim + at_hip, aim + at_hip - (np.pi - at_knee)
    thigh_angle -= np.arctan2(thigh[1], -thigh[0])
    shank_angle -= np.arctan2(shank[1], -shank[0])
    # A positive turn about x swings a leg backwards.
    lean = np.radians(wanted.lean)
    return {
        f"{side}_Hip_x": -thigh_angle - lean,
        f"{side}_Knee_x": thigh_angle - shank_angle,
        f"{side}_Ankle_x": shank_angle,
    }
