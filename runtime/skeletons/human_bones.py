"""The parts of a person that a rig can have, and which joint of the body moves each."""

SIDES = ("left", "right")

LIMBS = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}
"""Upper bone, lower bone and end of each limb, without the side."""

ROLE_TO_SMPL: dict[str, str] = {
    "hips": "pelvis",
    "head": "head",
    **{
        f"{side}_{role}": f"{side}_{joint}"
        for side in SIDES
        for role, joint in (
            ("clavicle", "collar"),
            ("upper_arm", "shoulder"),
            ("forearm", "elbow"),
            ("hand", "wrist"),
            ("thigh", "hip"),
            ("shin", "knee"),
            ("foot", "ankle"),
            ("toe", "foot"),
        )
    },
}
"""Roles of one bone; a spine and a neck may have any number, see ``numbered``."""

SMPL_TO_ROLE = {joint: role for role, joint in ROLE_TO_SMPL.items()}

SPINE, NECK = "spine", "neck"
"""Stems of the roles that are counted."""

REQUIRED: tuple[str, ...] = (
    "hips",
    *(f"{side}_{part}" for side in SIDES for part in LIMBS["leg"]),
)
"""Without these a character cannot be moved at all."""

EXPECTED: tuple[str, ...] = (
    *REQUIRED,
    "spine_1",
    "head",
    *(f"{side}_{part}" for side in SIDES for part in LIMBS["arm"]),
)
"""What a whole person has; what lacks of it is told."""

TWISTED = tuple(
    f"{side}_{part}" for side in SIDES for part in ("upper_arm", "forearm", "thigh", "shin")
)
"""Bones along which twist bones may lie."""


def numbered(stem: str, number: int) -> str:
    """Role of one bone of several, counted from 1: ``spine_2``, ``left_forearm_twist_1``."""
    return f"{stem}_{number}"


def other_side(role: str) -> str:
    """``left_shin`` -> ``right_shin``; roles without a side stay as they are."""
    side, _, part = role.partition("_")
    return f"{SIDES[1 - SIDES.index(side)]}_{part}" if side in SIDES else role


def in_words(role: str) -> str:
    """How a person calls it: ``left_upper_arm`` -> "left upper arm"."""
    return role.replace("_", " ")
