"""Sentences in panels and dialogs: labels do not wrap by themselves."""

import textwrap

import bpy

SENTENCE_WIDTH_PIXELS = 7
"""About the width of a character at a resolution scale of 1."""


def draw_sentence(
    context: bpy.types.Context, layout, text: str, icon: str = "NONE", width: float | None = None
) -> None:
    """``text`` over as many rows as it needs; labels do not wrap by themselves.

    ``width`` in pixels at a resolution scale of 1; that of the sidebar if left out.
    """
    if width is None:
        width = context.region.width / context.preferences.system.ui_scale
    text = bpy.app.translations.pgettext_iface(text)
    columns = max(20, int(width / SENTENCE_WIDTH_PIXELS) - 8)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(text, columns)):
        column.label(text=line, icon=icon if number == 0 or icon == "NONE" else "BLANK1")
