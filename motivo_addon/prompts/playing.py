"""How a source is played otherwise than it is: what keys and motion files have in common."""

import bpy
from bpy.props import BoolProperty, FloatProperty


class Played:
    """Settings that property groups of prompts with a source begin with."""

    speed: FloatProperty(
        name="Speed",
        description="How many times as fast as it was recorded or keyed",
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


def draw_played(layout: bpy.types.UILayout, settings: Played) -> None:
    layout.prop(settings, "speed")
    row = layout.row(align=True, heading="Play")
    row.prop(settings, "mirror", toggle=True)
    row.prop(settings, "loop", toggle=True)
