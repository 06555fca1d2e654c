"""Perform a motion from a file: BVH, AMASS, FBX, glTF, or Motivo's own."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    PointerProperty,
    StringProperty,
)

from ....runtime.errors import UserError
from ...characters.bone_maps import MotivoRig, MotivoRigRow, read_rows
from ...words.sentences import draw_sentence
from ..kind import FrameRange, PromptKind
from ..playing import Played, draw_played

if TYPE_CHECKING:
    from ....runtime.motion.sources.options import SourceOptions

IN_BLENDER = (".fbx", ".glb", ".gltf", ".vrm")
"""Read by Blender's own importers."""
SUFFIXES = (".bvh", ".npz", *IN_BLENDER)
_AXES = ("x", "y", "z", "-x", "-y", "-z")


class MotivoJoint(bpy.types.PropertyGroup):
    """A joint of the file, to choose a bone of the map from; its name is all of it."""


class MotivoMotionFileSettings(Played, bpy.types.PropertyGroup):
    path: StringProperty(
        name="File",
        description=(
            "Motion to perform: BVH, FBX or glTF of any skeleton, AMASS .npz, or a saved take"
        ),
    )
    placement: EnumProperty(
        name="Placement",
        items=(
            (
                "continue",
                "Go On",
                "Move and turn the motion so that it goes on from where the prompt before it ends",
            ),
            ("world", "As Recorded", "Leave the motion where and how it was recorded"),
        ),
        default="continue",
    )
    notes: StringProperty(options={"HIDDEN"})
    """What was set right when the file was looked at, a line each."""
    problem: StringProperty(options={"HIDDEN"})
    """Why the file cannot be performed before its bones are chosen; empty if it can."""
    say: BoolProperty(
        name="File Settings",
        description="Say yourself what is found out otherwise",
        default=False,
    )
    up: EnumProperty(
        name="Up",
        description="Axis of the file that points up",
        items=(
            ("auto", "Find Out", "Found by how the person stands"),
            *((axis, axis.upper(), f"The file's {axis.upper()} axis points up") for axis in _AXES),
            ("direction", "Direction", "A direction between the axes points up, in a tilted world"),
        ),
    )
    up_direction: FloatVectorProperty(
        name="Direction",
        description="What points up in a tilted world, in the file's own axes",
        size=3,
        default=(0.0, 1.0, 0.0),
        precision=3,
    )
    source_fps: FloatProperty(
        name="Frame Rate",
        description="Frames a second the motion really has. 0: what the file says",
        min=0.0,
        max=1000.0,
        default=0.0,
    )
    unit: FloatProperty(
        name="Unit",
        description="Metres per unit of the file, such as 0.01 for centimetres. 0: found out",
        min=0.0,
        default=0.0,
        precision=4,
    )
    person: StringProperty(
        name="Person",
        description=(
            "Root joint or armature of one of several people in the file, or their number."
            " Empty: whoever has most joints"
        ),
    )
    rig: PointerProperty(type=MotivoRig)
    joints: CollectionProperty(type=MotivoJoint)


def file_path(settings) -> Path:
    """The chosen file; a path relative to the .blend file is made absolute."""
    return Path(bpy.path.abspath(settings.path))


def said_map(settings):
    """The bone map, where a person changed or loaded it; else it is found out again."""
    rig_map = read_rows(settings.rig)
    changed = rig_map is not None and any(row.origin == "user" for row in rig_map.rows)
    return rig_map if changed else None


def unknown(settings) -> bool:
    """Whether the file's legs are not known and nobody has chosen them yet."""
    if not settings.problem:
        return False
    from ....runtime.skeletons.human_bones import LIMBS, SIDES

    chosen = {row.role for row in settings.rig.rows if row.bone}
    return any(f"{side}_{part}" not in chosen for side in SIDES for part in LIMBS["leg"])


def said_up(settings) -> str:
    """An axis by its name, a direction as three numbers, empty where it is to be found out."""
    if settings.up == "direction":
        return ",".join(f"{number:.6g}" for number in settings.up_direction)
    return "" if settings.up == "auto" else settings.up


def said_options(settings) -> "SourceOptions | None":
    """What a person says of the file; None where nothing was said. Raises ``UserError``."""
    from ....runtime.motion.sources.options import SourceOptions

    options = SourceOptions(
        said_up(settings),
        settings.source_fps or None,
        settings.unit or None,
        settings.person.strip(),
        said_map(settings),
    )
    return options if options.to_dict() else None


def _draw(layout, settings, body) -> None:
    context = bpy.context
    row = layout.row(align=True)
    row.prop(settings, "path", text="File")
    row.operator("motivo.choose_motion_file", text="", icon="FILE_FOLDER")
    layout.prop(settings, "placement", text="Placement")
    draw_played(layout, settings)
    if body.motivo.height:
        layout.operator("motivo.natural_pace")
    for note in settings.notes.splitlines():
        draw_sentence(context, layout, f"{note[:1].upper()}{note[1:]}.", "INFO")
    if unknown(settings):
        draw_sentence(context, layout, settings.problem, "ERROR")
    icon = "DOWNARROW_HLT" if settings.say else "RIGHTARROW"
    fold = layout.row()
    fold.use_property_split, fold.alignment = False, "LEFT"
    fold.prop(settings, "say", icon=icon, emboss=False)
    if not settings.say:
        return
    layout.prop(settings, "up")
    if settings.up == "direction":
        layout.prop(settings, "up_direction")
    for name in ("source_fps", "unit", "person"):
        layout.prop(settings, name)
    _draw_map(context, layout, settings)
    row = layout.row(align=True)
    row.operator("motivo.read_motion_file", icon="FILE_REFRESH")
    row.operator("motivo.load_source_map", text="", icon="FILE_FOLDER")
    row.operator("motivo.save_source_map", text="", icon="FILE_TICK")


def _draw_map(context, layout, settings) -> None:
    rig = settings.rig
    if not rig.rows:
        return
    told = f"{rig.convention}, {100 * rig.confidence:.0f} % sure"
    draw_sentence(context, layout, told, "BONE_DATA")
    layout.template_list("MOTIVO_UL_rig", "source", rig, "rows", rig, "active_row", rows=5)
    if 0 <= rig.active_row < len(rig.rows):
        layout.prop_search(rig.rows[rig.active_row], "bone", settings, "joints", text="Bone")


def _missing(settings, _body) -> str:
    if not settings.path:
        return "No file is chosen; choose a BVH, FBX, glTF or .npz file"
    if Path(settings.path).suffix.lower() not in SUFFIXES:
        return f"The file is none of {', '.join(SUFFIXES)}; choose one of these"
    if unknown(settings):
        return "Its legs are not known; choose their bones in the list under File Settings"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from ....runtime.prompts import MotionPrompt
    from ...characters.motion_scene import read_scene_motion
    from ...rig.sample import sample_pose

    settings = prompt.motion_file
    path = file_path(settings)
    if not path.is_file():
        raise UserError(f"The file '{path.name}' of '{prompt.name}' is not there; choose another.")
    options = said_options(settings)
    # Nothing comes before the first prompt but the body as it stands then: the same after a bake.
    first = settings.placement == "continue" and frames.start == 0
    anchor = tuple(sample_pose(context, body, prompt.start).tolist()) if first else ()
    in_blender = path.suffix.lower() in IN_BLENDER
    return MotionPrompt(
        frames.start,
        frames.end,
        prompt.name,
        source=read_scene_motion(context, path, options) if in_blender else str(path),
        placement=settings.placement,
        anchor=anchor,
        options=None if in_blender else options,
        speed=round(settings.speed, 4),
        mirror=settings.mirror,
        loop=settings.loop,
    )


KIND = PromptKind(
    identifier="MOTION_FILE",
    label="Motion File",
    description="Perform a motion from a BVH, FBX, glTF or AMASS file",
    icon="FILE_MOVIE",
    colour=(0.28, 0.50, 0.78),
    performs="motion",
    settings=MotivoMotionFileSettings,
    parts=(MotivoRigRow, MotivoRig, MotivoJoint),
    draw=_draw,
    missing=_missing,
    build=_build,
)
