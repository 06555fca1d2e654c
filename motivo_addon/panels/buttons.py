"""Buttons that say below themselves why they cannot be pressed."""

import bpy

from ..client import session
from ..operators.base import why_not
from ..sentences import draw_sentence


def draw_button(
    context: bpy.types.Context, layout, identifier: str, scale: float = 1.0, **options
) -> None:
    """The button of an operator; if it is greyed, the reason under it.

    While something is computed the reason is on the screen already, with its bar.
    """
    row = layout.row()
    row.scale_y = scale
    row.operator(identifier, **options)
    problem = why_not(context, identifier)
    if problem and session().job is None:
        draw_sentence(context, layout, f"{problem}.", "INFO")
