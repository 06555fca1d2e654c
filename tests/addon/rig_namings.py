"""How other tools call their bones, as those tools spell them.

Written out here on purpose, and not taken from the tables under test.
"""

from dataclasses import dataclass, field, replace

SIDED = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")


@dataclass(frozen=True)
class Naming:
    """How a tool names its bones: ``{s}`` stands for its word for the side."""

    sides: tuple[str, str]
    hips: str
    spine: tuple[str, ...]
    neck: tuple[str, ...]
    head: str
    sided: tuple[str, ...]
    """In the order of ``SIDED``; empty for what it has not."""
    root: str = ""
    twists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extras: tuple[str, ...] = ()
    """Bones at the world's origin that are no part of the person."""


UNREAL_4 = Naming(
    ("l", "r"),
    "pelvis",
    ("spine_01", "spine_02", "spine_03"),
    ("neck_01",),
    "head",
    (
        "clavicle_{s}",
        "upperarm_{s}",
        "lowerarm_{s}",
        "hand_{s}",
        "thigh_{s}",
        "calf_{s}",
        "foot_{s}",
        "ball_{s}",
    ),
    root="root",
    twists={
        "upper_arm": ("upperarm_twist_01_{s}",),
        "forearm": ("lowerarm_twist_01_{s}",),
        "thigh": ("thigh_twist_01_{s}",),
        "shin": ("calf_twist_01_{s}",),
    },
    extras=("ik_foot_root", "ik_foot_l", "ik_foot_r", "ik_hand_root", "ik_hand_gun"),
)

NAMINGS = {
    "Mixamo": Naming(
        ("Left", "Right"),
        "mixamorig:Hips",
        ("mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2"),
        ("mixamorig:Neck",),
        "mixamorig:Head",
        tuple(
            f"mixamorig:{{s}}{part}"
            for part in ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
        ),
    ),
    "Unreal 4": UNREAL_4,
    "Unreal 5": replace(
        UNREAL_4,
        spine=("spine_01", "spine_02", "spine_03", "spine_04", "spine_05"),
        neck=("neck_01", "neck_02"),
        twists={
            "upper_arm": ("upperarm_twist_01_{s}", "upperarm_twist_02_{s}"),
            "forearm": ("lowerarm_twist_02_{s}", "lowerarm_twist_01_{s}"),
        },
        extras=("ik_foot_root", "ik_foot_l", "ik_foot_r"),
    ),
    "Unity humanoid": Naming(
        ("Left", "Right"),
        "Hips",
        ("Spine", "Chest", "UpperChest"),
        ("Neck",),
        "Head",
        (
            "{s}Shoulder",
            "{s}UpperArm",
            "{s}LowerArm",
            "{s}Hand",
            "{s}UpperLeg",
            "{s}LowerLeg",
            "{s}Foot",
            "{s}Toes",
        ),
    ),
    "VRM (VRoid)": Naming(
        ("L", "R"),
        "J_Bip_C_Hips",
        ("J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest"),
        ("J_Bip_C_Neck",),
        "J_Bip_C_Head",
        tuple(
            f"J_Bip_{{s}}_{part}"
            for part in (
                "Shoulder",
                "UpperArm",
                "LowerArm",
                "Hand",
                "UpperLeg",
                "LowerLeg",
                "Foot",
                "ToeBase",
            )
        ),
        root="Root",
    ),
    "Rigify deform bones": Naming(
        ("L", "R"),
        "DEF-spine",
        ("DEF-spine.001", "DEF-spine.002", "DEF-spine.003"),
        ("DEF-spine.004", "DEF-spine.005"),
        "DEF-spine.006",
        tuple(
            f"DEF-{part}.{{s}}"
            for part in (
                "shoulder",
                "upper_arm",
                "forearm",
                "hand",
                "thigh",
                "shin",
                "foot",
                "toe",
            )
        ),
    ),
    "Auto-Rig Pro": Naming(
        ("l", "r"),
        "root.x",
        ("spine_01.x", "spine_02.x", "spine_03.x"),
        ("neck.x",),
        "head.x",
        (
            "shoulder.{s}",
            "arm_stretch.{s}",
            "forearm_stretch.{s}",
            "hand.{s}",
            "thigh_stretch.{s}",
            "leg_stretch.{s}",
            "foot.{s}",
            "toes_01.{s}",
        ),
    ),
    "3ds Max Biped": Naming(
        ("L", "R"),
        "Bip01 Pelvis",
        ("Bip01 Spine", "Bip01 Spine1"),
        ("Bip01 Neck",),
        "Bip01 Head",
        tuple(
            f"Bip01 {{s}} {part}"
            for part in ("Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "Toe0")
        ),
        root="Bip01",
    ),
    "Character Creator": Naming(
        ("L", "R"),
        "CC_Base_Hip",
        ("CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02"),
        ("CC_Base_NeckTwist01", "CC_Base_NeckTwist02"),
        "CC_Base_Head",
        tuple(
            f"CC_Base_{{s}}_{part}"
            for part in (
                "Clavicle",
                "Upperarm",
                "Forearm",
                "Hand",
                "Thigh",
                "Calf",
                "Foot",
                "ToeBase",
            )
        ),
        root="CC_Base_BoneRoot",
        twists={
            "upper_arm": ("CC_Base_{s}_UpperarmTwist01", "CC_Base_{s}_UpperarmTwist02"),
            "forearm": ("CC_Base_{s}_ForearmTwist01", "CC_Base_{s}_ForearmTwist02"),
        },
    ),
    "MakeHuman": Naming(
        ("L", "R"),
        "root",
        ("spine05", "spine04", "spine03", "spine02", "spine01"),
        ("neck01", "neck02", "neck03"),
        "head",
        (
            "clavicle.{s}",
            "upperarm01.{s}",
            "lowerarm01.{s}",
            "wrist.{s}",
            "upperleg01.{s}",
            "lowerleg01.{s}",
            "foot.{s}",
            "toe3-1.{s}",
        ),
    ),
    "Daz Genesis 3 and 8": Naming(
        ("l", "r"),
        "hip",
        ("abdomenLower", "abdomenUpper", "chestLower", "chestUpper"),
        ("neckLower", "neckUpper"),
        "head",
        (
            "{s}Collar",
            "{s}ShldrBend",
            "{s}ForearmBend",
            "{s}Hand",
            "{s}ThighBend",
            "{s}Shin",
            "{s}Foot",
            "{s}Toe",
        ),
    ),
    "Daz Genesis 9": Naming(
        ("l", "r"),
        "hip",
        ("spine1", "spine2", "spine3", "spine4"),
        ("neck1", "neck2"),
        "head",
        (
            "{s}_shoulder",
            "{s}_upperarm",
            "{s}_forearm",
            "{s}_hand",
            "{s}_thigh",
            "{s}_shin",
            "{s}_foot",
            "{s}_toes",
        ),
    ),
    "SMPL": Naming(
        ("left", "right"),
        "pelvis",
        ("spine1", "spine2", "spine3"),
        ("neck",),
        "head",
        tuple(
            f"{{s}}_{part}"
            for part in ("collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot")
        ),
    ),
    "KayKit": Naming(
        ("l", "r"),
        "hips",
        ("spine", "chest"),
        (),
        "head",
        (
            "",
            "upperarm.{s}",
            "lowerarm.{s}",
            "wrist.{s}",
            "upperleg.{s}",
            "lowerleg.{s}",
            "foot.{s}",
            "toes.{s}",
        ),
        root="root",
    ),
    "Unknown names": Naming(
        ("a", "b"),
        "joint07",
        ("joint11", "joint12"),
        ("joint20",),
        "joint21",
        tuple(f"node{{s}}{number}" for number in (31, 32, 33, 34, 41, 42, 43, 44)),
        root="joint00",
    ),
}
