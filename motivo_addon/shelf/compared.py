"""The take of the list that is chosen, and the one beside which it is shown."""

from typing import TYPE_CHECKING

import bpy

from ..bodies import active_body
from ..client import session
from . import store

if TYPE_CHECKING:
    from ..takes import TakeSet


def chosen_take(context: bpy.types.Context) -> store.KeptTake | None:
    """The take of the active body that is looked at, if it is on the shelf."""
    body = active_body(context)
    takes = session().takes.get(body.session_uid) if body is not None else None
    return None if takes is None else kept_as(body, takes)


def kept_as(body: bpy.types.Object, takes: "TakeSet") -> store.KeptTake | None:
    """The chosen one of a body's takes as it is on the shelf."""
    kept = store.kept_takes(body.session_uid)
    return next((take for take in kept if take.motion is takes.motion), None)


def compared_take(context: bpy.types.Context) -> store.KeptTake | None:
    """The one beside which the chosen one is shown; one of the same body and another one."""
    body = active_body(context)
    takes = session().takes.get(body.session_uid) if body is not None else None
    return None if takes is None else compared_with(body, takes)


def compared_with(body: bpy.types.Object, takes: "TakeSet") -> store.KeptTake | None:
    """The take that a body's chosen one is compared with, if it is another one of the same body."""
    found = store.find_take(bpy.context.window_manager.motivo_shelf.compared)
    if found is None or found[0] != body.session_uid or found[1].motion is takes.motion:
        return None
    return found[1]
