"""All takes of the body: by name, by picture, by figures, and two beside each other."""

import bpy

from ...bodies import active_body
from ...shelf import store
from ...shelf.compared import chosen_take, compared_take
from ...shelf.pictures import picture_of
from ..bodies.actor import MotivoPanel
from ..buttons import draw_button, draw_reasons
from .figures import ICONS, draw_comparison

_ORDER = ("good", "fair", "poor")


class MOTIVO_UL_takes(bpy.types.UIList):
    """One row per take: how good its worst figure is, its name, for which the width is needed, compare."""

    def draw_item(self, context, layout, shelf, row, _icon, _data, _property) -> None:
        found = store.find_take(row.number)
        if found is None:
            return
        take = found[1]
        worst = max((reading.grade for reading in take.figures), key=_ORDER.index, default="good")
        line = layout.row(align=True)
        line.prop(row, "name", text="", emboss=False, icon=ICONS[worst])
        if take is chosen_take(context):
            line.label(text="", icon="BLANK1")  # beside itself it would say nothing
            return
        line.operator(
            "motivo.compare_take",
            text="",
            icon="SPLIT_VERTICAL",
            emboss=False,
            depress=shelf.compared == row.number,
        ).number = row.number

    def filter_items(self, context, shelf, _property) -> tuple[list[int], list[int]]:
        body = active_body(context)
        uid = str(body.session_uid) if body is not None else ""
        return [self.bitflag_filter_item if row.body == uid else 0 for row in shelf.rows], []


class MOTIVO_PT_shelf(MotivoPanel, bpy.types.Panel):
    bl_label = "All Takes"
    help_page = "takes"
    bl_order = 3

    @classmethod
    def poll(cls, context) -> bool:
        body = active_body(context)
        return body is not None and bool(store.kept_takes(body.session_uid))

    def draw(self, context) -> None:
        layout = self.layout
        shelf = context.window_manager.motivo_shelf
        row = layout.row()
        row.template_list("MOTIVO_UL_takes", "", shelf, "rows", shelf, "active", rows=4)
        column = row.column(align=True)
        column.operator("motivo.take_again", text="", icon="FILE_REFRESH")
        column.operator("motivo.remove_take", text="", icon="TRASH")
        draw_reasons(context, layout, "motivo.take_again", "motivo.remove_take")
        chosen, other = chosen_take(context), compared_take(context)
        if chosen is None:
            return
        pictures = layout.row(align=True)
        for take in (chosen, other):
            if take is not None:
                cell = pictures.column(align=True)
                cell.template_icon(picture_of(take.number, take.motion), scale=5.0)
                cell.label(text=take.name, translate=False)
                seconds = (take.frames - 1) / take.motion["fps"]
                cell.label(text=f"{seconds:.1f} s", translate=False)
        if other is not None:
            draw_comparison(context, layout.column(align=True), chosen.figures, other.figures)
            draw_button(context, layout, "motivo.blend_takes", icon="ARROW_LEFTRIGHT")


CLASSES = (MOTIVO_UL_takes, MOTIVO_PT_shelf)
