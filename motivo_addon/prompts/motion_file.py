"""Perform a motion from a file: BVH, or AMASS and Motivo's own .npz."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...runtime.errors import UserError
from .kind import FrameRange, PromptKind

SUFFIXES = (".bvh", ".npz")


class MotivoMotionFileSettings(bpy.types.PropertyGroup):
    path: StringProperty(
        name="File",
        description="Motion to perform: BVH of any skeleton, AMASS .npz, or a saved take",
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
    speed: FloatProperty(
        name="Speed",
        description="How many times as fast as it was recorded",
        min=0.05,
        max=20.0,
        soft_min=0.25,
        soft_max=4.0,
        default=1.0,
        step=5,
    )
    mirror: BoolProperty(name="Mirror", description="Exchange left and right")
    loop: BoolProperty(
        name="Loop",
        description="Play it over and over until the prompt ends, each time from where it got to",
    )


def file_path(settings) -> Path:
    """The chosen file; a path relative to the .blend file is made absolute."""
    return Path(bpy.path.abspath(settings.path))


def _draw(layout, settings, _body) -> None:
    row = layout.row(align=True)
    row.prop(settings, "path", text="File")
    row.operator("motivo.choose_motion_file", text="", icon="FILE_FOLDER")
    layout.prop(settings, "placement", text="Placement")
    layout.prop(settings, "speed")
    row = layout.row(align=True, heading="Play")
    row.prop(settings, "mirror", toggle=True)
    row.prop(settings, "loop", toggle=True)


def _missing(settings, _body) -> str:
    if not settings.path:
        return "No file is chosen; choose a .bvh or .npz file"
    if Path(settings.path).suffix.lower() not in SUFFIXES:
        return "The file is neither .bvh nor .npz; choose one of these"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from ...runtime.prompts import MotionPrompt
    from ..rig.sample import sample_pose

    settings = prompt.motion_file
    path = file_path(settings)
    if not path.is_file():
        raise UserError(f"The file '{path.name}' of '{prompt.name}' is not there; choose another.")
    # Nothing comes before the first prompt but the body as it stands then: the same after a bake.
    first = settings.placement == "continue" and frames.start == 0
    anchor = tuple(sample_pose(context, body, prompt.start).tolist()) if first else ()
    return MotionPrompt(
        frames.start,
        frames.end,
        prompt.name,
        source=str(path),
        placement=settings.placement,
        anchor=anchor,
        speed=round(settings.speed, 4),
        mirror=settings.mirror,
        loop=settings.loop,
    )


KIND = PromptKind(
    identifier="MOTION_FILE",
    label="Motion File",
    description="Perform a motion from a BVH or AMASS file",
    icon="FILE_MOVIE",
    performs="motion",
    settings=MotivoMotionFileSettings,
    draw=_draw,
    missing=_missing,
    build=_build,
)
