"""How a body is posed: which handles show, what is pinned. Saved with the body."""

import bpy
from bpy.props import BoolProperty, PointerProperty

PINS = ("left_hand", "right_hand", "left_foot", "right_foot")

LOOK = "look"
"""The handle in front of the face."""

HANDLES: tuple[tuple[str, str, str], ...] = (
    ("hips", "Hips", "pelvis"),
    ("chest", "Chest", "spine3"),
    ("left_hand", "Left Hand", "left_hand"),
    ("right_hand", "Right Hand", "right_hand"),
    ("left_elbow", "Left Elbow", "left_elbow"),
    ("right_elbow", "Right Elbow", "right_elbow"),
    ("left_foot", "Left Foot", "left_ankle"),
    ("right_foot", "Right Foot", "right_ankle"),
    ("left_knee", "Left Knee", "left_knee"),
    ("right_knee", "Right Knee", "right_knee"),
    (LOOK, "Look", "head"),
)
"""Handle of ``runtime.posing.reach``, what it is called, and the bone where it begins."""

LOOK_HEADS = 3.0
"""How far in front of the face that is, in lengths of the head."""


class MotivoPosing(bpy.types.PropertyGroup):
    show: BoolProperty(
        name="Handles",
        description=(
            "Show rings at hands, feet, hips, chest, elbows, knees and in front of the face: drag"
            " one and the body goes along. X, Y or Z keep it on an axis, ESC takes it back"
        ),
        default=False,
    )
    balance: BoolProperty(
        name="Keep Balance",
        description="Keep the weight over the feet: the hips go back when a hand goes forward",
        default=True,
    )
    pin_left_hand: BoolProperty(name="Left Hand", description="Stays where it is")
    pin_right_hand: BoolProperty(name="Right Hand", description="Stays where it is")
    pin_left_foot: BoolProperty(name="Left Foot", description="Stays where it is", default=True)
    pin_right_foot: BoolProperty(name="Right Foot", description="Stays where it is", default=True)
    target: PointerProperty(
        name="Look At",
        description="What the face turns to: a camera, an empty, another character",
        type=bpy.types.Object,
    )

    def pins(self) -> tuple[str, ...]:
        return tuple(name for name in PINS if getattr(self, f"pin_{name}"))


CLASSES = (MotivoPosing,)


def register() -> None:
    bpy.types.Object.motivo_posing = PointerProperty(type=MotivoPosing)


def unregister() -> None:
    del bpy.types.Object.motivo_posing
