"""Buttons that say below themselves why they cannot be pressed."""

import bpy

from ..client import session
from ..operators.base import why_not
from ..words.sentences import draw_sentence


def draw_button(
    context: bpy.types.Context, layout, identifier: str, scale: float = 1.0, **options
) -> None:
    """The button of an operator; if it is greyed, the reason under it."""
    row = layout.row()
    row.scale_y = scale
    row.operator(identifier, **options)
    draw_reasons(context, layout, identifier)


def draw_reasons(context: bpy.types.Context, layout, *identifiers: str) -> None:
    """Why buttons above are greyed, each reason once.

    While something is computed the reason is on the screen already, with its bar.
    """
    if session().job is not None:
        return
    for problem in dict.fromkeys(why_not(context, identifier) for identifier in identifiers):
        if problem:
            draw_sentence(context, layout, f"{problem}.", "INFO")
