"""Keeping a whole timeline under a name and taking it up again."""

import bpy
from bpy.props import StringProperty

from ....runtime.errors import UserError
from ...bodies import active_body
from ...keys.watch import look_soon
from ...prompts import presets
from ...words.sentences import tell
from ..base import NeedsIdleBody


class MOTIVO_OT_preset_save(NeedsIdleBody, bpy.types.Operator):
    """Keep all prompts of the body under a name, for any body in any file"""

    bl_idname = "motivo.preset_save"
    bl_label = "Save Preset"
    bl_options = {"REGISTER"}

    name: StringProperty(name="Name", default="My Timeline")

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and not len(active_body(context).motivo.prompts):
            return "There are no prompts to keep; add some first"
        return problem

    def invoke(self, context, _event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context) -> set[str]:
        try:
            name = presets.save(self.name, active_body(context))
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        tell(self, {"INFO"}, f"Kept as '{name}'.")
        return {"FINISHED"}


class MOTIVO_OT_preset_load(NeedsIdleBody, bpy.types.Operator):
    """Take the prompts of this preset in place of those that are there"""

    bl_idname = "motivo.preset_load"
    bl_label = "Load Preset"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Name")

    def execute(self, context) -> set[str]:
        body = active_body(context)
        try:
            presets.load(self.name, body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        look_soon(body)
        return {"FINISHED"}


class MOTIVO_OT_preset_remove(bpy.types.Operator):
    """Throw this preset away"""

    bl_idname = "motivo.preset_remove"
    bl_label = "Remove Preset"
    bl_options = {"REGISTER"}

    name: StringProperty(name="Name")

    def execute(self, _context) -> set[str]:
        presets.remove(self.name)
        return {"FINISHED"}


class MOTIVO_MT_presets(bpy.types.Menu):
    bl_idname = "MOTIVO_MT_presets"
    bl_label = "Timeline Presets"

    def draw(self, _context) -> None:
        layout = self.layout
        for name in presets.names():
            layout.operator("motivo.preset_load", text=name, translate=False).name = name
        layout.separator()
        layout.operator("motivo.preset_save", icon="ADD")
        if presets.names():
            layout.menu("MOTIVO_MT_presets_remove", icon="REMOVE")


class MOTIVO_MT_presets_remove(bpy.types.Menu):
    bl_idname = "MOTIVO_MT_presets_remove"
    bl_label = "Remove Preset"

    def draw(self, _context) -> None:
        for name in presets.names():
            self.layout.operator("motivo.preset_remove", text=name, translate=False).name = name


CLASSES = (
    MOTIVO_OT_preset_save,
    MOTIVO_OT_preset_load,
    MOTIVO_OT_preset_remove,
    MOTIVO_MT_presets_remove,
    MOTIVO_MT_presets,
)
