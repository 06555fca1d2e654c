"""Which engine, which takes, where to."""

import bpy

from ...bodies import active_armature
from ...operators.base import why_not
from ...words.sentences import draw_sentence
from ...words.translations import translated
from ..bodies.actor import MotivoPanel
from ..buttons import draw_button


class _Export(MotivoPanel):
    bl_label = "Export"
    help_page = "export"
    bl_order = 9

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
        text = translated(f"Export {active_armature(context).name}")
        draw_button(
            *(context, layout, "motivo.export_takes", 1.4),
            text=text,
            translate=False,
            icon="EXPORT",
        )
        if settings.report:
            box = layout.box()
            for line in settings.report.split("\n"):
                draw_sentence(context, box, line)


class MOTIVO_PT_export(_Export, bpy.types.Panel):
    @classmethod
    def poll(cls, context) -> bool:
        return active_armature(context) is not None and not why_not(context, "motivo.export_takes")


class MOTIVO_PT_export_later(_Export, bpy.types.Panel):
    """The same, closed, while there is nothing to export."""

    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        return active_armature(context) is not None and bool(
            why_not(context, "motivo.export_takes")
        )


CLASSES = (MOTIVO_PT_export, MOTIVO_PT_export_later)
