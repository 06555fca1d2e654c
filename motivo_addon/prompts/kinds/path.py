"""Go along a curve on the floor."""

import math

import bpy
from bpy.props import EnumProperty, PointerProperty

from ..kind import FrameRange, PromptKind
from ..way import MotivoWay, draw_way


def _is_curve(_settings, candidate) -> bool:
    return candidate.type == "CURVE"


class MotivoPathSettings(bpy.types.PropertyGroup):
    curve: PointerProperty(
        name="Curve",
        description="Curve along which the body goes. A closed one is gone round and round",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    way: PointerProperty(type=MotivoWay)
    looks: EnumProperty(
        name="Facing",
        description="Where the body faces on its way",
        items=(
            ("ALONG", "Along the Path", "Where it goes"),
            ("OBJECT", "At an Object", "At an object that stands or moves"),
        ),
    )
    target: PointerProperty(
        name="Object",
        description="What the body faces on its way",
        type=bpy.types.Object,
    )
    ends: EnumProperty(
        name="At the End",
        description="How the body stands when it has arrived",
        items=(
            ("ALONG", "As It Came", "Facing as on the last stretch"),
            ("ANGLE", "At an Angle", "Turned to an angle"),
        ),
    )


def _draw(layout, settings, _body) -> None:
    row = layout.row(align=True)
    row.prop(settings, "curve")
    row.operator("motivo.path_draw", text="", icon="CURVE_PATH")
    draw_way(layout, settings.way)
    layout.prop(settings, "looks")
    if settings.looks == "OBJECT":
        layout.prop(settings, "target")
    layout.prop(settings, "ends")
    if settings.ends == "ANGLE":
        layout.prop(settings.way, "angle")


def _missing(settings, _body) -> str:
    if settings.curve is None:
        return "No curve is chosen; choose one, or add one with the button beside it"
    if settings.looks == "OBJECT" and settings.target is None:
        return "No object to face is chosen; choose one"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from ....runtime.prompts import PathPrompt
    from ..places import curve_points, track

    settings = prompt.path
    points, closed = curve_points(context, body, settings.curve)
    speed, style = settings.way.asked()
    toward = ()
    if settings.looks == "OBJECT":
        toward = track(context, body, settings.target, prompt.start, prompt.end)
    facing = math.degrees(settings.way.angle) if settings.ends == "ANGLE" else None
    return PathPrompt(
        frames.start, frames.end, prompt.name, points, speed, facing, style, closed, toward
    )


KIND = PromptKind(
    identifier="PATH",
    label="Path",
    description="Go along a curve",
    icon="CURVE_PATH",
    colour=(0.25, 0.60, 0.62),
    performs="path",
    settings=MotivoPathSettings,
    draw=_draw,
    missing=_missing,
    build=_build,
    parts=(MotivoWay,),
)
