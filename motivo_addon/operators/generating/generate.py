"""Generate motion: hands the prompts to the worker and stays out of the way."""

from collections.abc import Callable

import bpy

from ....runtime.errors import UserError
from ....runtime.measures.told import is_draft
from ... import worker_timer
from ...bodies import active_body
from ...client import Notice, can_keep, session
from ...keys.place import performed_place
from ...keys.source import first_frame
from ...keys.watch import look, look_soon
from ...scene import scene_fps
from ...timeline import build_timeline, missing, take_name
from ...viewport.asked import what_is_asked
from ...words.sentences import tell
from ..base import NeedsIdleBody, SaysWhyNot


class MOTIVO_OT_generate(NeedsIdleBody, bpy.types.Operator):
    """Let the body perform its prompts under physics. Nothing in the scene changes until Bake"""

    bl_idname = "motivo.generate"
    bl_label = "Generate Motion"
    # A step of its own to undo: without, Ctrl-Z after it would take back the last key.
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        return super().problem(context) or missing(active_body(context))

    def execute(self, context) -> set[str]:
        """From a script: returns when the take is there. Blender stands still meanwhile."""
        made = watched(active_body(context))
        self._begin(context)
        session().wait()
        notice = session().notice
        if notice is not None:
            tell(self, {"INFO"} if made() else {"ERROR"}, notice.text)
        if not made():
            return {"CANCELLED"}
        tell_of_take(self, context, active_body(context))
        return {"FINISHED"}

    def invoke(self, context, _event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        self._made_one = watched(active_body(context))
        self._begin(context)
        if session().job is None:
            return self._end(context)
        worker_timer.start()
        worker_timer.watch(context)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        current = session()
        if current.job is None:
            return self._end(context)
        if event.type == "ESC" and event.value == "PRESS":
            current.cancel()
            tell(self, {"INFO"}, "Cancelled; nothing was changed.")
            self._end(context)
            return {"CANCELLED"}
        return {"PASS_THROUGH"}

    def cancel(self, context) -> None:
        """Blender ends the operator: its window closes or another file is opened."""
        session().cancel(Notice("The window was closed; generating was stopped.", is_error=False))
        worker_timer.stop_watch()

    def _begin(self, context) -> None:
        """Gives the worker its job; if there can be none, the session's notice says why."""
        body = active_body(context)
        try:
            timeline = build_timeline(context, body).to_dict()
            place = performed_place(context, body)
        except UserError as error:
            session().notice = Notice(str(error), error.details)
            return
        settings = body.motivo.generation.values()
        look(body, 0)
        asked = what_is_asked(body)
        first = first_frame(body)
        session().generate(body, timeline, settings, take_name(body), first, place, asked)

    def _end(self, context) -> set[str]:
        worker_timer.stop_watch()
        body = active_body(context)
        if body is not None:
            look_soon(body)
        worker_timer.refresh()
        notice = session().notice
        if notice is not None:
            # The panel has it in full; an ERROR would also open a popup over the scene.
            tell(self, {"WARNING"} if notice.is_error else {"INFO"}, notice.text)
        if not self._made_one():
            return {"CANCELLED"}
        tell_of_take(self, context, body)
        return {"FINISHED"}


def watched(body: bpy.types.Object) -> Callable[[], bool]:
    """Tells whether the body has got takes since: a notice may also come along with them."""
    uid, before = body.session_uid, session().takes.get(body.session_uid)

    def made() -> bool:
        takes = session().takes.get(uid)
        return takes is not None and takes is not before

    return made


def tell_of_take(operator: bpy.types.Operator, context, body: bpy.types.Object | None) -> None:
    """A take that was held or missed keys says so at once, where one looks after a click."""
    takes = session().takes.get(body.session_uid) if body is not None else None
    told = takes.told(scene_fps(context.scene)) if takes is not None else []
    # Of a draft one knows that it is held; the panel says how much.
    if told and not is_draft(takes.motion["metadata"]):
        tell(operator, {"WARNING"}, " ".join(told))


class MOTIVO_OT_cancel(bpy.types.Operator):
    """Stop what is being computed. Nothing in the scene was changed"""

    bl_idname = "motivo.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context) -> bool:
        return session().job is not None

    def execute(self, _context) -> set[str]:
        session().cancel()
        worker_timer.refresh()
        return {"FINISHED"}


class MOTIVO_OT_keep_best(SaysWhyNot, bpy.types.Operator):
    """Stop now and take the best performance found so far. What still holds it up is told by frame"""

    bl_idname = "motivo.keep_best"
    bl_label = "Keep the Best So Far"
    bl_options = {"INTERNAL"}

    @classmethod
    def problem(cls, _context) -> str:
        job = session().job
        if job is None:
            return "Nothing is being performed"
        if can_keep(job):
            return ""
        return "It is being ended" if job.keeping else "There is no draft yet to keep"

    def execute(self, _context) -> set[str]:
        session().keep_best()
        worker_timer.refresh()
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_generate, MOTIVO_OT_cancel, MOTIVO_OT_keep_best)
