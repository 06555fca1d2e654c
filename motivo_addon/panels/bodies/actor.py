"""The top of the tab: which body it is about, and what went wrong."""

import bpy

from ...bodies import active_body
from ...client import session
from ...scene import CONTROL_FPS, scene_fps
from ...words.sentences import draw_label, draw_sentence
from .next_step import next_step


def told_size(body: bpy.types.Object) -> str:
    """What was set of how large it is, as "1.40 m, 45 kg"."""
    settings = body.motivo
    told = [f"{settings.height:.2f} m"] if settings.height else []
    return ", ".join([*told, *([f"{settings.mass:.0f} kg"] if settings.mass else [])])


class MotivoPanel:
    """What all panels of the tab share."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Motivo"
    help_page = ""
    """Page of the guide that the question mark in the header opens; none without."""

    def draw_header_preset(self, _context) -> None:
        if self.help_page:
            row = self.layout.row()
            row.emboss = "NONE"
            row.operator("motivo.help", text="", icon="QUESTION").page = self.help_page


class MOTIVO_PT_actor(MotivoPanel, bpy.types.Panel):
    bl_label = "Actor"
    help_page = "index"
    bl_order = 0

    def draw(self, context) -> None:
        layout = self.layout
        self._draw_notice(context, layout)
        body = active_body(context)
        if body is None:
            draw_sentence(context, layout, "Add a body, key some poses on it, press Generate.")
            row = layout.row()
            row.scale_y = 1.5
            row.operator("motivo.add_body", icon="OUTLINER_OB_ARMATURE")
            return
        row = layout.row(align=True)
        row.prop(body, "name", text="", icon="ARMATURE_DATA")
        row.operator("motivo.resize_body", text="", icon="FIXED_SIZE")
        row.operator("motivo.add_body", text="", icon="ADD")
        if body.motivo.height or body.motivo.mass:
            row = layout.row()
            row.label(text=told_size(body), icon="FIXED_SIZE", translate=False)
        if round(scene_fps(context.scene), 3) != CONTROL_FPS:
            row = layout.row()
            draw_label(row, f"Scene: {scene_fps(context.scene):.4g} fps", icon="INFO")
            row.operator("motivo.use_30_fps")
        step = next_step(context)
        if step:
            draw_sentence(context, layout, step, "FORWARD")

    def _draw_notice(self, context, layout) -> None:
        notice = session().notice
        if notice is None:
            return
        box = layout.box()
        box.alert = notice.is_error
        draw_sentence(context, box, notice.text, "ERROR" if notice.is_error else "INFO")
        row = box.row(align=True)
        if notice.is_error:
            row.operator("motivo.copy_report", icon="COPYDOWN")
        row.operator("motivo.dismiss_notice", text="Dismiss")


CLASSES = (MOTIVO_PT_actor,)
