"""What the ghost of the take shows."""

import bpy

from ..bodies import active_body
from ..client import session
from ..sentences import draw_sentence
from ..viewport.asked import is_out_of_date
from .actor import MotivoPanel


class MOTIVO_PT_ghost(MotivoPanel, bpy.types.Panel):
    bl_label = "Ghost"
    bl_parent_id = "MOTIVO_PT_take"

    @classmethod
    def poll(cls, context) -> bool:
        body = active_body(context)
        return body is not None and body.session_uid in session().takes

    def draw(self, context) -> None:
        layout = self.layout
        body = active_body(context)
        takes = session().takes[body.session_uid]
        if is_out_of_date(body, takes):
            draw_sentence(
                context, layout, "Out of date: keys, prompts or settings changed since.", "ERROR"
            )
        settings = context.scene.motivo_ghost
        row = layout.row(align=True)
        row.prop(settings, "mesh", toggle=True)
        row.prop(settings, "contacts", toggle=True)
        row.prop(settings, "help", toggle=True)
        row = layout.row(align=True)
        row.prop(settings, "onion")
        row.prop(settings, "onion_step")
        if len(takes.motions) > 1:
            row = layout.row(align=True)
            row.prop(settings, "beside", text="Beside: Take")
            row.prop(settings, "apart")


CLASSES = (MOTIVO_PT_ghost,)
