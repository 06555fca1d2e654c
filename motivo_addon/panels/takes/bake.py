"""How the take is baked."""

import bpy

from ...bodies import active_body
from ...client import session
from ..bodies.actor import MotivoPanel
from ..buttons import draw_button


class MOTIVO_PT_bake(MotivoPanel, bpy.types.Panel):
    bl_label = "Bake"
    bl_parent_id = "MOTIVO_PT_take"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        body = active_body(context)
        return body is not None and body.session_uid in session().takes

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.motivo_bake
        layout.prop(settings, "scene_range")
        layout.prop(settings, "whole_frames")
        layout.prop(settings, "cyclic")
        column = layout.column(align=True)
        column.use_property_split = False
        column.label(text="From the performance")
        column.prop(settings, "by_bone")
        if not settings.by_bone:
            column.prop(settings, "parts")
            return
        grid = column.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        grid.prop(settings, "bones")
        draw_button(context, layout, "motivo.bake_selected_bones", icon="RESTRICT_SELECT_OFF")


CLASSES = (MOTIVO_PT_bake,)
