"""What a person sets for exporting and cleaning up. Belongs to the scene, saved with the file."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    PointerProperty,
    StringProperty,
)

from .naming import DEFAULT_TEMPLATE
from .presets import FRAME_RATES, PRESETS, ExportSettings, Preset

_ROOTS = (
    ("PRESET", "As It Is", "Where the Action has it"),
    ("hips", "Hips", "The hips carry the character over the ground; root and object rest"),
    (
        "bone",
        "Root Bone",
        "A root bone follows the hips on the ground, for root motion in engines; it is added to the"
        " file where the character has none",
    ),
    ("object", "Object", "The object itself follows the hips on the ground"),
    ("in_place", "In Place", "The hips stay above the point where they start"),
)


class MotivoExport(bpy.types.PropertyGroup):
    """Mirrors ``export.presets.ExportSettings``."""

    engine: EnumProperty(
        name="For",
        description="The program that will read the files",
        items=[(key, preset.label, preset.description) for key, preset in PRESETS.items()],
        default="unreal",
    )
    folder: StringProperty(
        name="Folder", description="Where the files are written", subtype="DIR_PATH"
    )
    template: StringProperty(
        name="File Name",
        description="May use {character}, {take}, {engine} and {fps}",
        default=DEFAULT_TEMPLATE,
    )
    frame_rate: EnumProperty(
        name="Frame Rate",
        description="Frames a second in the file; turns in between by slerp",
        items=(
            ("SCENE", "Scene", "As many as the scene has"),
            *((str(rate), f"{rate} fps", "") for rate in FRAME_RATES),
        ),
        default="30",
    )
    takes: EnumProperty(
        name="Takes",
        description="Which takes of the character are written",
        items=(
            ("ACTIVE", "The One That Plays", "The Action the character plays now"),
            ("ALL", "All, One File Each", "Every take of the character, each in its own file"),
            ("TOGETHER", "All in One File", "Every take, in one file where the format can hold it"),
        ),
        default="ACTIVE",
    )
    root: EnumProperty(
        name="Root", description="What carries the character over the ground", items=_ROOTS
    )
    mesh: BoolProperty(
        name="With Mesh",
        description="Write the character's meshes too; without, the skeleton and its motion",
        default=True,
    )
    report: StringProperty(name="Report", description="What was written last, a line for each file")

    @property
    def preset(self) -> Preset:
        return PRESETS[self.engine]

    def values(self, scene_fps: float) -> ExportSettings:
        """The settings as plain data."""
        return ExportSettings(
            preset=self.engine,
            fps=scene_fps if self.frame_rate == "SCENE" else float(self.frame_rate),
            root=None if self.root == "PRESET" else self.root,
            mesh=self.mesh and self.preset.mesh,
            all_takes=self.takes != "ACTIVE",
            one_file=self.takes == "TOGETHER",
            template=self.template,
        )


class MotivoCleanup(bpy.types.PropertyGroup):
    """Tolerances and amounts of the panel Clean Up."""

    degrees: FloatProperty(
        name="Turns",
        description="How far a bone may be turned off at any frame, in degrees",
        min=0.001,
        max=45.0,
        soft_max=5.0,
        default=0.5,
    )
    millimetres: FloatProperty(
        name="Places (mm)",
        description="How far a bone that is moved may be off at any frame, in millimetres",
        min=0.001,
        max=1000.0,
        soft_max=20.0,
        default=1.0,
    )
    blend_seconds: FloatProperty(
        name="Blend (s)",
        description="How long before and after the seam the poses are blended",
        min=0.03,
        max=5.0,
        soft_max=1.0,
        default=0.3,
    )
    find_seam: BoolProperty(
        name="Find Seam",
        description="Cut the take where its end is most like its beginning",
        default=True,
    )
    back_to_start: BoolProperty(
        name="Back to Start",
        description="End where it began, not only in the same pose further on",
        default=False,
    )
    shift: FloatVectorProperty(
        name="Shift", description="Moves the whole performance", subtype="TRANSLATION", size=3
    )
    heading: FloatProperty(
        name="Heading",
        description="Turns the whole performance about the vertical under its first pose",
        subtype="ANGLE",
    )
    frames: FloatProperty(name="Frames", description="Moves the keys in time", default=0.0)
    every_bone: BoolProperty(
        name="All Bones",
        description="Key every bone as it is seen, and mute constraints that would bend it again",
        default=False,
    )


CLASSES = (MotivoExport, MotivoCleanup)


def register() -> None:
    bpy.types.Scene.motivo_export = PointerProperty(type=MotivoExport)
    bpy.types.Scene.motivo_cleanup = PointerProperty(type=MotivoCleanup)


def unregister() -> None:
    del bpy.types.Scene.motivo_cleanup
    del bpy.types.Scene.motivo_export
