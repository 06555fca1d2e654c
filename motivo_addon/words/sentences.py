"""Sentences in panels and dialogs: labels do not wrap by themselves."""

import textwrap

import bpy

from .translations import translated

SENTENCE_WIDTH_PIXELS = 7
"""About the width of a character at a resolution scale of 1."""
_WIDE = 0x2E80
"""From here on letters are as wide as high."""
_NEVER_FIRST = "。、，；：）」』！？ー"


def draw_sentence(
    context: bpy.types.Context, layout, text: str, icon: str = "NONE", width: float | None = None
) -> None:
    """``text`` over as many rows as it needs; labels do not wrap by themselves.

    ``width`` in pixels at a resolution scale of 1; that of the sidebar if left out.
    """
    if width is None:
        width = context.region.width / context.preferences.system.ui_scale
    text = translated(text)
    columns = max(20, int(width / SENTENCE_WIDTH_PIXELS) - 8)
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(wrapped(text, columns)):
        first = number == 0 or icon == "NONE"
        column.label(text=line, icon=icon if first else "BLANK1", translate=False)


def draw_label(layout, text: str, **options) -> None:
    """A short line with a number or a name in it, in the person's language."""
    layout.label(text=translated(text), translate=False, **options)


def tell(operator: bpy.types.Operator, kinds: set[str], text: str) -> None:
    """An operator's report, in the person's language."""
    operator.report(kinds, translated(text))


def wrapped(text: str, columns: int) -> list[str]:
    """``text`` in lines of so many columns; Chinese and Japanese letters are two wide and break anywhere."""
    if not any(ord(letter) >= _WIDE for letter in text):
        return textwrap.wrap(text, columns)
    lines, width = [""], 0
    for letter in text:
        size = 2 if ord(letter) >= _WIDE else 1
        if width + size > columns and letter not in _NEVER_FIRST:
            lines.append("")
            width = 0
        if lines[-1] or letter != " ":
            lines[-1] += letter
            width += size
    return lines
