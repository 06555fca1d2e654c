"""The preferences of the add-on."""

from collections.abc import Callable

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    IntProperty,
    StringProperty,
)

ROOT_PACKAGE = __package__.rpartition(".")[0]
"""The extension's own name in Blender, ``bl_ext.<repository>.motivo``."""

QUALITIES = (
    (
        "draft",
        "Draft",
        "Carried by an invisible hand: there in about a second, to see whether the timing is right",
        0,
    ),
    (
        "physical",
        "Physical",
        "Muscles and ground alone, with no help: takes several seconds for each second of motion."
        " What nobody could do is held as little as possible, and said",
        1,
    ),
)


WHEN_CHANGED: list[Callable[[], None]] = []
"""Called when a preference changes that the process that computes reads when it starts."""


def tell_change(_preferences=None, _context=None) -> None:
    """Calls all that wait for a change of what the process that computes reads when it starts."""
    for call in WHEN_CHANGED:
        call()


class MotivoPreferences(bpy.types.AddonPreferences):
    bl_idname = ROOT_PACKAGE

    idle_minutes: IntProperty(
        name="Stop When Idle (minutes)",
        description="The process that computes motions ends when it had nothing to do this long",
        min=1,
        default=10,
    )
    keep_warm: BoolProperty(
        name="Keep Ready",
        description=(
            "Never end the process that computes motions while Blender runs. Generating starts at"
            " once; it holds about 300 MB of memory"
        ),
        default=False,
    )
    default_quality: EnumProperty(
        name="Quality of New Bodies",
        description="How motions of newly added bodies are performed until you choose otherwise",
        items=QUALITIES,
        default="physical",
    )
    default_takes: IntProperty(
        name="Takes of New Bodies",
        description="How many variations a body that is added generates",
        min=1,
        max=16,
        soft_max=8,
        default=1,
    )
    kept_takes: IntProperty(
        name="Takes Kept",
        description=(
            "Most takes that a body keeps in the file. Beyond that the oldest that you gave no name"
            " are dropped, and you are told"
        ),
        min=1,
        max=1000,
        soft_max=200,
        default=50,
    )
    cores: IntProperty(
        name="Cores",
        description="How many of the computer's cores compute motions. 0: all",
        min=0,
        max=256,
        soft_max=32,
        default=0,
        update=tell_change,
    )
    memory: IntProperty(
        name="Memory (GB)",
        description=(
            "Most memory that the process that computes motions may take; what needs more ends with"
            " a message. 0: as much as there is. Not on macOS"
        ),
        min=0,
        max=1024,
        soft_max=64,
        default=0,
        update=tell_change,
    )
    log_level: EnumProperty(
        name="Log",
        description="What the log tells",
        items=(
            ("DEBUG", "Everything", ""),
            ("INFO", "What Is Done", ""),
            ("WARNING", "What Is Odd", ""),
            ("ERROR", "What Fails", ""),
        ),
        default="INFO",
        update=tell_change,
    )
    library_folder: StringProperty(
        name="Library",
        description="Folder of a motion library of your own. Empty: your user folder",
        subtype="DIR_PATH",
        update=tell_change,
    )
    model_folder: StringProperty(
        name="Models",
        description="Folder in which trained models are kept. Empty: your user folder",
        subtype="DIR_PATH",
        update=tell_change,
    )
    show_next: BoolProperty(
        name="Show Next Step",
        description="Say at the top of the tab what comes next on the way to a first motion",
        default=True,
    )
    advanced: BoolProperty(name="Advanced", default=False)
    python_path: StringProperty(
        name="Python",
        description="Python that runs the physics. Empty: the one that Blender brings",
        subtype="FILE_PATH",
        update=tell_change,
    )

    def draw(self, _context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "keep_warm")
        idle = layout.row()
        idle.active = not self.keep_warm
        idle.prop(self, "idle_minutes")
        layout.prop(self, "default_quality")
        layout.prop(self, "default_takes")
        layout.prop(self, "kept_takes")
        layout.prop(self, "show_next")
        row = layout.row()
        row.operator("motivo.open_log", icon="FILE_FOLDER")
        row.operator("motivo.reset_preferences", icon="LOOP_BACK")
        icon = "DOWNARROW_HLT" if self.advanced else "RIGHTARROW"
        fold = layout.row()
        fold.use_property_split, fold.alignment = False, "LEFT"
        fold.prop(self, "advanced", icon=icon, emboss=False)
        if self.advanced:
            for name in (
                *("cores", "memory", "library_folder", "model_folder"),
                *("log_level", "python_path"),
            ):
                layout.prop(self, name)


def preferences() -> MotivoPreferences:
    return bpy.context.preferences.addons[ROOT_PACKAGE].preferences


CLASSES = (MotivoPreferences,)
