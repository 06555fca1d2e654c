"""Which engine, which takes, where to."""

import bpy

from ..bodies import active_armature
from ..sentences import draw_sentence
from .actor import MotivoPanel
from .buttons import draw_button


class MOTIVO_PT_export(MotivoPanel, bpy.types.Panel):
    bl_label = "Export"
    help_page = "export"
    bl_order = 9

    @classmethod
    def poll(cls, context) -> bool:
        return active_armature(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.motivo_export
        layout.prop(settings, "engine")
        layout.prop(settings, "takes")
        layout.prop(settings, "frame_rate")
        layout.prop(settings, "root")
        row = layout.row()
        row.enabled = settings.preset.mesh
        row.prop(settings, "mesh")
        layout.prop(settings, "folder")
        layout.prop(settings, "template")
        name = active_armature(context).name
        draw_button(
            context, layout, "motivo.export_takes", 1.4, text=f"Export {name}", icon="EXPORT"
        )
        if settings.report:
            box = layout.box()
            for line in settings.report.split("\n"):
                draw_sentence(context, box, line)


CLASSES = (MOTIVO_PT_export,)
