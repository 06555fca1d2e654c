"""What ways along a path and to a place have in common: how fast, in which style."""

import math

import bpy
from bpy.props import EnumProperty, FloatProperty

STYLES = (
    ("AUTO", "What Suits the Speed", "Walk, or run where it is fast"),
    ("walk", "Walk", "Walk"),
    ("run", "Run", "Run"),
    ("backward", "Backwards", "Walk backwards"),
    ("sidestep", "Side Steps", "Step to the side"),
    ("carry", "Carry", "As with something in the hands"),
    ("crouch", "Crouched", "Low, with bent knees"),
    ("crawl", "Crawl", "On hands and knees"),
    ("dance", "Dance", "As dancers do"),
    ("jump", "Hop and Skip", "Hop, skip and leap"),
)
"""Tags of the library by which a way is gone."""


class MotivoWay(bpy.types.PropertyGroup):
    """Timing and style."""

    timing: EnumProperty(
        name="Timing",
        description="What says how fast the way is gone",
        items=(
            (
                "DURATION",
                "Arrive at End",
                "As fast as it takes to arrive at the prompt's last frame",
            ),
            ("SPEED", "Speed", "At a speed; the body stands and waits at the end"),
        ),
    )
    speed: FloatProperty(
        name="Speed (m/s)",
        description="Walking is about 1.3, running 3 to 4. Raised if the frames are too few",
        min=0.1,
        max=7.0,
        soft_max=5.0,
        default=1.3,
        step=10,
    )
    style: EnumProperty(name="Style", description="How the way is gone", items=STYLES)
    angle: FloatProperty(
        name="Angle",
        description="About the vertical; 0 looks along +X, 90 degrees along +Y",
        subtype="ANGLE",
        min=-math.pi,
        max=math.pi,
        default=-math.pi / 2,
    )

    def asked(self) -> tuple[float | None, str]:
        """Speed, or None to arrive at the end, and tags."""
        speed = round(self.speed, 3) if self.timing == "SPEED" else None
        return speed, "" if self.style == "AUTO" else self.style


def draw_way(layout: bpy.types.UILayout, way: MotivoWay) -> None:
    layout.prop(way, "timing")
    if way.timing == "SPEED":
        layout.prop(way, "speed", slider=True)
    layout.prop(way, "style")
