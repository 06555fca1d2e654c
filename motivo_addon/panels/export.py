"""Which engine, which takes, where to."""

import bpy

from ..bodies import active_armature
from .actor import MotivoPanel, draw_sentence


class MOTIVO_PT_export(MotivoPanel, bpy.types.Panel):
    bl_label = "Export"
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
        row = layout.row()
        row.scale_y = 1.4
        row.operator(
            "motivo.export_takes",
            text=f"Export {active_armature(context).name}",
            icon="EXPORT",
        )
        if settings.report:
            box = layout.box()
            for line in settings.report.split("\n"):
                draw_sentence(context, box, line)


CLASSES = (MOTIVO_PT_export,)
