"""The character a body performs for: which one, what its bones are, how the take is put on it."""

import logging
from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    PointerProperty,
)

from ..bodies import is_body
from .bone_maps import OVERRIDABLE, MotivoRig, read_rows, write_rows

if TYPE_CHECKING:
    from ...runtime.retarget.settings import RetargetSettings
    from ...runtime.skeletons.bone_map import RigMap


def _is_character(_settings, candidate: bpy.types.Object) -> bool:
    return candidate.type == "ARMATURE" and not is_body(candidate)


def _recognise(character, _context) -> None:
    """Fills the list of a character that was just chosen; what it has stays."""
    from ...runtime.errors import UserError
    from .read_rig import detect_rig

    target = character.target
    if target is None or target.motivo_rig.rows:
        return
    try:
        write_map(target, detect_rig(target))
    except UserError as error:
        logging.getLogger(__name__).info("%s", error)  # Retarget says so, too


class MotivoCharacter(bpy.types.PropertyGroup):
    """On the body: for whom it performs."""

    target: PointerProperty(
        name="Character",
        description="Armature that gets the motion",
        type=bpy.types.Object,
        poll=_is_character,
        update=_recognise,
    )
    root_motion: EnumProperty(
        name="Root Motion",
        description="What carries the character over the ground",
        items=(
            ("hips", "Hips", "The hips move; root bone and object stay"),
            ("bone", "Root Bone", "The root bone follows on the ground, with the heading"),
            ("object", "Object", "The object as a whole follows on the ground, with the heading"),
            ("in_place", "In Place", "The character performs on the spot"),
        ),
    )
    place: EnumProperty(
        name="Place",
        description="Where the character performs",
        items=(
            ("source", "As the Body", "Where the body performs"),
            ("character", "From Where It Stands", "From where the character stands and looks"),
        ),
    )
    lock_feet: BoolProperty(
        name="Hold Feet and Hands",
        description="What touches the floor stands still there, and nothing sinks into it",
        default=True,
    )
    limbs: EnumProperty(
        name="Limbs",
        description="Which controls arms and legs of the rig follow. Both are keyed",
        items=(
            ("fk", "FK", "Arms and legs follow their FK controls, exactly as performed"),
            (
                "ik",
                "IK",
                "Hands and feet are where they are performed, knees and elbows within 3 cm",
            ),
        ),
    )
    mute_constraints: BoolProperty(
        name="Mute Constraints",
        description="Mute constraints that stand in the way instead of refusing",
    )


def settings_of(character: MotivoCharacter) -> "RetargetSettings":
    from ...runtime.retarget.settings import RetargetSettings

    target = character.target
    asked = target is not None and target.motivo_rig.has_ik
    return RetargetSettings(
        root_motion=character.root_motion,
        place=character.place,
        lock_feet=character.lock_feet,
        limbs=character.limbs if asked else "fk",
        mute_constraints=character.mute_constraints,
    )


def target_of(context: bpy.types.Context, body: bpy.types.Object) -> bpy.types.Object:
    """The character chosen for the body, else the one that is selected; UserError if none or two."""
    from ...runtime.errors import UserError

    chosen = body.motivo_character.target
    if chosen is not None:
        return chosen
    selected = [other for other in context.selected_objects if _is_character(None, other)]
    if len(selected) == 1:
        return selected[0]
    if selected:
        names = " and ".join(f"'{other.name}'" for other in selected[:2])
        raise UserError(f"Both {names} are selected; choose one as the character.")
    raise UserError("Choose the character that should get the motion.")


def read_map(target: bpy.types.Object) -> "RigMap":
    """The map on the character, as found and edited; detected now if there is none."""
    from .read_rig import detect_rig

    return read_rows(target.motivo_rig) or detect_rig(target)


def write_map(target: bpy.types.Object, rig_map: "RigMap") -> None:
    """Shows a map in the list of the character, with rows for what could be added."""
    write_rows(target.motivo_rig, rig_map)


CLASSES = (MotivoCharacter,)


def register() -> None:
    bpy.types.Object.motivo_rig = PointerProperty(type=MotivoRig, override=OVERRIDABLE)
    bpy.types.Object.motivo_character = PointerProperty(type=MotivoCharacter)


def unregister() -> None:
    del bpy.types.Object.motivo_character
    del bpy.types.Object.motivo_rig
