"""Bone maps that a person sees and edits: of characters and of motion files alike."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, StringProperty

if TYPE_CHECKING:
    from ...runtime.skeletons.bone_map import RigMap

OFFERED = (
    "root",
    "hips",
    "spine_1",
    "spine_2",
    "spine_3",
    "neck_1",
    "head",
    *(
        f"{side}_{part}"
        for side in ("left", "right")
        for part in (
            "clavicle",
            "upper_arm",
            "forearm",
            "hand",
            "thigh",
            "shin",
            "foot",
            "toe",
        )
    ),
)
"""Rows the list always has, found or not."""

OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}
"""Characters are often linked, and have their own in a library override."""


def _chosen_by_hand(row, _context) -> None:
    row.origin = "user"


class MotivoRigRow(bpy.types.PropertyGroup):
    name: StringProperty(override=OVERRIDABLE)
    role: StringProperty(override=OVERRIDABLE)
    bone: StringProperty(
        name="Bone",
        description="Bone of the character for this part",
        update=_chosen_by_hand,
        override=OVERRIDABLE,
    )
    origin: StringProperty(override=OVERRIDABLE)


class MotivoRig(bpy.types.PropertyGroup):
    """A rig map, on the character it is of."""

    convention: StringProperty(override=OVERRIDABLE)
    confidence: FloatProperty(override=OVERRIDABLE)
    has_ik: BoolProperty(override=OVERRIDABLE)
    rows: CollectionProperty(type=MotivoRigRow, override=OVERRIDABLE | {"USE_INSERTION"})
    active_row: IntProperty(override=OVERRIDABLE)


def read_rows(rig: MotivoRig) -> "RigMap | None":
    """The map as found and edited; None where there is none yet."""
    from ...runtime.skeletons.bone_map import RigMap, RigRow

    if not rig.rows:
        return None
    rows = tuple(
        RigRow(row.role, row.bone, row.origin) for row in rig.rows if row.bone or row.origin
    )
    return RigMap(rig.convention, rig.confidence, rows)


def write_rows(rig: MotivoRig, rig_map: "RigMap") -> None:
    """Shows a map in the list, with rows for what could be added."""
    from ...runtime.skeletons.control_rigs import has_ik

    rig.convention, rig.confidence = rig_map.convention, rig_map.confidence
    rig.has_ik = has_ik(rig_map.convention)
    rig.rows.clear()
    found = {row.role: row for row in rig_map.rows}
    order = [role for role in found if role not in OFFERED]
    for role in (*OFFERED, *order):
        row = rig.rows.add()
        # By its name an override finds the row again.
        row.name = row.role = role
        if role in found:
            row.bone, row.origin = found[role].bone, found[role].origin
    rig.active_row = 0
