"""How a live body is steered; kept in the scene."""

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty

STYLES = (
    ("walk", "Walk", "Walk where it is steered to, stand when nothing is asked"),
    ("run", "Run", "Run where it is steered to"),
    ("crouch", "Crouch", "Stay low"),
    ("jump", "Jump", "Jump and hop on"),
    ("kick", "Kick", "Kick"),
    ("punch", "Box", "Box on the spot"),
    ("dance", "Dance", "Dance"),
    ("carry", "Carry", "Walk with a load"),
)
"""``runtime.live.steering.STYLES``, by the number keys 1 to 8."""
SPEEDS = {"walk": 1.4, "run": 3.2, "crouch": 0.8, "jump": 1.2, "carry": 1.0}
"""m/s at full tilt; others stay on the spot."""


class MotivoLive(bpy.types.PropertyGroup):
    style: EnumProperty(
        name="Behaviour", description="What the body does; keys 1 to 8 while it runs", items=STYLES
    )
    speed: FloatProperty(
        name="Speed",
        description="Of the usual speed of the behaviour, with the keys or the stick all the way",
        min=0.1,
        max=1.5,
        default=1.0,
        subtype="FACTOR",
    )
    target: PointerProperty(
        name="Go To",
        description="Object the body goes after, wherever it is moved. Empty: keys and gamepad",
        type=bpy.types.Object,
    )


CLASSES = (MotivoLive,)


def register() -> None:
    bpy.types.Scene.motivo_live = PointerProperty(type=MotivoLive)


def unregister() -> None:
    del bpy.types.Scene.motivo_live
