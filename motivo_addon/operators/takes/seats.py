"""What somebody sat on, put under a take's body."""

import bpy
from mathutils import Matrix

from ...bodies import active_body
from ...client import session
from ...surroundings.seats import add_seat, is_there
from ...words.sentences import tell
from ..base import NeedsTake


class MOTIVO_OT_add_seat(NeedsTake, bpy.types.Operator):
    """Put a box where this take sits on nothing, as part of the physics. Move it or replace it by your chair, then generate again"""

    bl_idname = "motivo.add_seat"
    bl_label = "Add Seat"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if problem:
            return problem
        told, place = _told(context)
        if not told:
            return "The take sits on nothing that is not there"
        if all(is_there(context, seat, place) for seat in told):
            return "The seat is there; generate again to sit on it"
        return ""

    def execute(self, context) -> set[str]:
        told, place = _told(context)
        lacking = [seat for seat in told if not is_there(context, seat, place)]
        names = [add_seat(context, seat, place).name for seat in lacking]
        tell(self, {"INFO"}, f"Added {', '.join(names)}; generate again to sit there")
        return {"FINISHED"}


def _told(context: bpy.types.Context) -> tuple[list, Matrix]:
    """The seats that the take says are missing, and where in the world it is performed."""
    body = active_body(context)
    takes = session().takes[body.session_uid]
    place = body.matrix_world if takes.place is None else Matrix(takes.place)
    return list(takes.motion["metadata"].get("seats") or ()), place


CLASSES = (MOTIVO_OT_add_seat,)
