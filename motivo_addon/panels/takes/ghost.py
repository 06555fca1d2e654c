"""What the ghost of the take shows."""

import bpy

from ...bodies import active_body
from ...client import session
from ...shelf.compared import compared_with
from ...shelf.figures import FIGURES
from ...viewport.asked import is_out_of_date
from ...viewport.preview import take_index
from ...words.sentences import draw_label, draw_sentence
from ..bodies.actor import MotivoPanel

HELP = next(figure for figure in FIGURES if figure.key == "assistance_share")


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
                context,
                layout,
                "Out of date: keys, prompts, settings or the scene changed since.",
                "ERROR",
            )
        settings = context.scene.motivo_ghost
        row = layout.row(align=True)
        row.prop(settings, "mesh", toggle=True)
        row.prop(settings, "contacts", toggle=True)
        row.prop(settings, "help", toggle=True)
        self._draw_help(context, takes)
        row = layout.row(align=True)
        row.prop(settings, "onion")
        row.prop(settings, "onion_step")
        several, compared = len(takes.motions) > 1, compared_with(body, takes)
        if several or compared is not None:
            column = layout.column(align=True)
            if compared is not None:
                column.label(text=compared.name, icon="SPLIT_VERTICAL", translate=False)
            else:
                column.prop(settings, "beside", text="Beside: Take")
            column.prop(settings, "apart")

    def _draw_help(self, context, takes) -> None:
        """What holds the body in the frame that is shown; where it does in all the take says above."""
        from ...viewport.ghost import help_share

        index = take_index(context.scene, takes.start_frame, len(takes.motion["qpos"]))
        share = help_share(takes.motion, index)
        if share:
            row = self.layout.row()
            row.alert = HELP.grade(HELP.factor * share) == "poor"
            icon = "ERROR" if row.alert else "INFO"
            draw_label(row, f"A hand carries {100 * share:.0f} % of weight here", icon=icon)


CLASSES = (MOTIVO_PT_ghost,)
