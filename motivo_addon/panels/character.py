"""The person's own character: its bones as they were recognised, and the way onto it."""

import bpy

from ..bodies import active_body
from ..client import session
from .actor import MotivoPanel, draw_sentence

_ICONS = {"name": "CHECKMARK", "structure": "QUESTION", "user": "USER", "": "BLANK1"}
_REQUIRED = ("hips", "thigh", "shin", "foot")


class MOTIVO_UL_rig(bpy.types.UIList):
    """One row per part of a person, with its bone."""

    def draw_item(self, _context, layout, rig, row, _icon, _data, _property) -> None:
        split = layout.split(factor=0.4)
        split.label(text=row.role.replace("_", " ").capitalize(), icon=_ICONS[row.origin])
        field = split.row()
        field.alert = not row.bone and row.role.endswith(_REQUIRED)
        field.prop_search(row, "bone", rig.id_data.data, "bones", text="")


class MOTIVO_PT_character(MotivoPanel, bpy.types.Panel):
    bl_label = "Character"
    bl_order = 4

    @classmethod
    def poll(cls, context) -> bool:
        return active_body(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        layout.enabled = session().job is None
        settings = active_body(context).motivo_character
        row = layout.row(align=True)
        row.prop(settings, "target", text="")
        row.operator("motivo.detect_rig", text="", icon="VIEWZOOM")
        if settings.target is None:
            draw_sentence(context, layout, "Choose the character that should get the motion.")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "root_motion")
        column.prop(settings, "place")
        column.prop(settings, "lock_feet")
        column.prop(settings, "mute_constraints")
        column = layout.column(align=True)
        column.scale_y = 1.4
        column.operator("motivo.retarget", icon="ARMATURE_DATA")
        column.operator("motivo.generate_for_character", icon="PLAY")


class MOTIVO_PT_bones(MotivoPanel, bpy.types.Panel):
    bl_label = "Bones"
    bl_parent_id = "MOTIVO_PT_character"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        body = active_body(context)
        return body is not None and body.motivo_character.target is not None

    def draw(self, context) -> None:
        layout = self.layout
        rig = active_body(context).motivo_character.target.motivo_rig
        if rig.rows:
            sure = f"{rig.convention}, {100 * rig.confidence:.0f} % sure"
            layout.label(text=sure, icon="ARMATURE_DATA")
            missing = [
                row.role.replace("_", " ")
                for row in rig.rows
                if not row.bone and row.role.endswith(_REQUIRED)
            ]
            if missing:
                draw_sentence(context, layout, f"Missing: {', '.join(missing)}.", "ERROR")
            layout.template_list("MOTIVO_UL_rig", "", rig, "rows", rig, "active_row", rows=8)
        row = layout.row(align=True)
        row.operator("motivo.detect_rig")
        row.operator("motivo.load_rig_map", text="", icon="FILE_FOLDER")
        row.operator("motivo.save_rig_map", text="", icon="FILE_TICK")


CLASSES = (MOTIVO_UL_rig, MOTIVO_PT_character, MOTIVO_PT_bones)
