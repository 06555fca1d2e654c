"""How takes are baked: kept in the scene, changed in the panel Bake."""

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty

PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "LEGS": (
        "Hips and Legs",
        (
            "pelvis",
            *(
                f"{side}_{joint}"
                for side in ("left", "right")
                for joint in ("hip", "knee", "ankle", "foot")
            ),
        ),
    ),
    "TRUNK": ("Trunk", ("spine1", "spine2", "spine3")),
    "HEAD": ("Neck and Head", ("neck", "head")),
    "LEFT_ARM": (
        "Left Arm",
        tuple(f"left_{j}" for j in ("collar", "shoulder", "elbow", "wrist", "hand")),
    ),
    "RIGHT_ARM": (
        "Right Arm",
        tuple(f"right_{j}" for j in ("collar", "shoulder", "elbow", "wrist", "hand")),
    ),
}
"""Part -> what it is called, and its bones."""
BONES = tuple(bone for _, bones in PARTS.values() for bone in bones)


class MotivoBake(bpy.types.PropertyGroup):
    whole_frames: BoolProperty(
        name="Whole Frames",
        description=(
            "Key at whole frames of the scene, turning in between, where the scene does not run at"
            " 30 frames a second. Off: a key for each performed frame, also between frames"
        ),
        default=True,
    )
    cyclic: BoolProperty(
        name="Repeat",
        description=(
            "Play the take over and over, going on from where it ends. For takes that end as they"
            " began; Clean Up has a tool that makes them do so"
        ),
    )
    scene_range: EnumProperty(
        name="Scene Range",
        description="What Bake does about the scene's first and last frame",
        items=(
            ("ASK", "Ask", "Ask the next time a take is longer or shorter than the scene"),
            ("SET", "Set to the Take", "Start and end the scene with the take"),
            ("KEEP", "Keep", "Leave the scene as it is"),
        ),
        default="ASK",
    )
    parts: EnumProperty(
        name="Parts",
        description=(
            "What is taken from the performance; other parts keep the keys they have."
            " Shift-click for several"
        ),
        options={"ENUM_FLAG"},
        items=[
            (part, label, "", 1 << number)
            for number, (part, (label, _)) in enumerate(PARTS.items())
        ],
        default=set(PARTS),
    )

    by_bone: BoolProperty(
        name="Bone by Bone",
        description="Choose single bones that are taken from the performance",
        default=False,
    )
    bones: EnumProperty(
        name="Bones",
        description="Bones that are taken from the performance; others keep the keys they have",
        options={"ENUM_FLAG"},
        items=[(bone, bone, "", 1 << number) for number, bone in enumerate(BONES)],
        default=set(BONES),
    )

    def kept_bones(self) -> set[str]:
        """Bones that keep their keys."""
        if self.by_bone:
            return set(BONES) - self.bones
        return {
            bone for part, (_, bones) in PARTS.items() if part not in self.parts for bone in bones
        }


CLASSES = (MotivoBake,)


def register() -> None:
    bpy.types.Scene.motivo_bake = PointerProperty(type=MotivoBake)


def unregister() -> None:
    del bpy.types.Scene.motivo_bake
