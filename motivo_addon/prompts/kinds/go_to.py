"""Go to a place and stand there."""

import math

import bpy
from bpy.props import EnumProperty, FloatVectorProperty, PointerProperty

from ..kind import FrameRange, PromptKind
from ..way import MotivoWay, draw_way


class MotivoGoToSettings(bpy.types.PropertyGroup):
    target: PointerProperty(
        name="To",
        description="Object to go to, such as an Empty, where it is at the prompt's end. Empty: a point",
        type=bpy.types.Object,
    )
    point: FloatVectorProperty(
        name="Point", description="Place to go to, in the world", size=2, subtype="XYZ"
    )
    way: PointerProperty(type=MotivoWay)
    ends: EnumProperty(
        name="Facing",
        description="How the body stands when it has arrived",
        items=(
            ("OBJECT", "As the Object", "Where the object looks: its -Y, as Blender's figures do"),
            ("ALONG", "As It Came", "Facing as on the last stretch"),
            ("ANGLE", "At an Angle", "Turned to an angle"),
        ),
    )


def _draw(layout, settings, _body) -> None:
    layout.prop(settings, "target")
    if settings.target is None:
        layout.prop(settings, "point")
    draw_way(layout, settings.way)
    layout.prop(settings, "ends")
    if settings.ends == "ANGLE":
        layout.prop(settings.way, "angle")


def _missing(settings, _body) -> str:
    if settings.target is None and settings.ends == "OBJECT":
        return "No object to go to is chosen; choose one, or another Facing for a point"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from mathutils import Vector

    from ....runtime.prompts import GoToPrompt
    from ..places import origin_of, place_and_heading, space_of

    settings = prompt.go_to
    facing = math.degrees(settings.way.angle) if settings.ends == "ANGLE" else None
    if settings.target is None:
        point = space_of(context, body) @ Vector((*settings.point, 0.0))
        place = (point.x, point.y)
    else:
        place, looks = place_and_heading(context, body, settings.target, prompt.end)
        facing = looks if settings.ends == "OBJECT" else facing
    speed, style = settings.way.asked()
    origin = origin_of(context, prompt, body, frames)
    return GoToPrompt(frames.start, frames.end, prompt.name, place, speed, facing, style, origin)


KIND = PromptKind(
    identifier="GO_TO",
    label="Go To",
    description="Go to a place or an object and stand there",
    icon="EMPTY_SINGLE_ARROW",
    colour=(0.75, 0.42, 0.45),
    performs="goto",
    settings=MotivoGoToSettings,
    draw=_draw,
    missing=_missing,
    build=_build,
)
