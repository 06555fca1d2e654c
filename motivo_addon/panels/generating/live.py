"""Live: what it does, how it is steered, how it runs."""

import bpy

from ...bodies import active_body
from ...client import session
from ...words.sentences import draw_label, draw_sentence
from ..bodies.actor import MotivoPanel
from ..buttons import draw_button

HOW = (
    "W A S D or the arrows go, Shift runs, 1 to 8 change the behaviour, dragging at the body"
    " pushes it. Enter keeps it as a take, Esc throws it away."
)


class MOTIVO_PT_live(MotivoPanel, bpy.types.Panel):
    bl_label = "Live"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}
    help_page = "live"

    @classmethod
    def poll(cls, context) -> bool:
        return active_body(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        settings, run = context.scene.motivo_live, session().live
        layout.prop(settings, "style", text="")
        column = layout.column(align=True)
        column.prop(settings, "speed", slider=True)
        column.prop(settings, "target", icon="EMPTY_AXIS")
        if run is None:
            draw_button(context, layout, "motivo.live", 1.5, icon="ARMATURE_DATA")
            draw_sentence(context, layout, HOW)
            return
        told = f"{len(run.frames) / 30:.1f} s, {run.rate:.0f} fps"
        layout.label(text=told, icon="REC", translate=False)
        draw_label(layout, f"Dropped: {run.dropped}")


CLASSES = (MOTIVO_PT_live,)
