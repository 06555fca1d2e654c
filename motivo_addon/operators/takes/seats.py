"""What somebody sat on, put under a take's body."""

import bpy
from mathutils import Matrix

from ...bodies import active_body
from ...client import session
from ...surroundings.seats import add_seat
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
        if not problem and not _missing(context):
            return "The take sits on nothing that is not there"
        return problem

    def execute(self, context) -> set[str]:
        body = active_body(context)
        takes = session().takes[body.session_uid]
        place = body.matrix_world if takes.place is None else Matrix(takes.place)
        names = [add_seat(context, seat, place).name for seat in _missing(context)]
        tell(self, {"INFO"}, f"Added {', '.join(names)}; generate again to sit there")
        return {"FINISHED"}


def _missing(context: bpy.types.Context) -> list:
    takes = session().takes[active_body(context).session_uid]
    return list(takes.motion["metadata"].get("seats") or ())


CLASSES = (MOTIVO_OT_add_seat,)
