"""The one table between the names of the MuJoCo bodies and the joints of SMPL."""

from .figures import BODY_NAMES

BODY_TO_SMPL: dict[str, str] = {
    "Pelvis": "pelvis",
    "L_Hip": "left_hip",
    "L_Knee": "left_knee",
    "L_Ankle": "left_ankle",
    "L_Toe": "left_foot",
    "R_Hip": "right_hip",
    "R_Knee": "right_knee",
    "R_Ankle": "right_ankle",
    "R_Toe": "right_foot",
    "Torso": "spine1",
    "Spine": "spine2",
    "Chest": "spine3",
    "Neck": "neck",
    "Head": "head",
    "L_Thorax": "left_collar",
    "L_Shoulder": "left_shoulder",
    "L_Elbow": "left_elbow",
    "L_Wrist": "left_wrist",
    "L_Hand": "left_hand",
    "R_Thorax": "right_collar",
    "R_Shoulder": "right_shoulder",
    "R_Elbow": "right_elbow",
    "R_Wrist": "right_wrist",
    "R_Hand": "right_hand",
}
"""MuJoCo body name -> SMPL joint name, in model order."""

SMPL_TO_BODY: dict[str, str] = {smpl: body for body, smpl in BODY_TO_SMPL.items()}

SMPL_NAMES: tuple[str, ...] = tuple(BODY_TO_SMPL[name] for name in BODY_NAMES)
"""SMPL joint names in model order (not in SMPL's own order)."""

SMPL_ORDER: tuple[str, ...] = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hand",
    "right_hand",
)
"""The order of joints in SMPL ``poses`` (AMASS files), 3 axis-angle numbers each."""
