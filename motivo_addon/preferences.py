"""The preferences of the add-on."""

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
        "Held up by an invisible hand: there in about a second, to see whether the timing is right",
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
    advanced: BoolProperty(name="Advanced", default=False)
    python_path: StringProperty(
        name="Python",
        description="Python that runs the physics. Empty: the one that Blender brings",
        subtype="FILE_PATH",
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
        row = layout.row()
        row.operator("motivo.open_log", icon="FILE_FOLDER")
        row.operator("motivo.reset_preferences", icon="LOOP_BACK")
        icon = "DOWNARROW_HLT" if self.advanced else "RIGHTARROW"
        layout.prop(self, "advanced", icon=icon, emboss=False)
        if self.advanced:
            layout.prop(self, "python_path")


def preferences() -> MotivoPreferences:
    return bpy.context.preferences.addons[ROOT_PACKAGE].preferences


CLASSES = (MotivoPreferences,)
