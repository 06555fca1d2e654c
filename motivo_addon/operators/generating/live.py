"""Live: the body runs while keys, a gamepad or an object steer it, and can be pushed."""

import bpy

from ....runtime.errors import UserError
from ... import worker_timer
from ...bodies import active_body
from ...client import Notice, session
from ...controller import chosen_controller
from ...live.driving import Driving, find_view
from ...live.running import LiveRun
from ...live.settings import STYLES
from ...takes import TakeSet
from ...words.sentences import tell
from ..base import NeedsIdleBody

LOOK = 0.1
"""Seconds between two looks whether the run has ended by itself."""


class MOTIVO_OT_live(NeedsIdleBody, bpy.types.Operator):
    """Let the body run now: steer it, push it, and keep what it did as a take"""

    bl_idname = "motivo.live"
    bl_label = "Live"
    bl_options = {"REGISTER", "UNDO", "BLOCKING"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and context.mode not in ("OBJECT", "POSE"):
            return "Go to Object or Pose Mode to run live"
        return problem

    def execute(self, _context) -> set[str]:
        tell(self, {"ERROR"}, "Live is steered by hand: it needs the 3D view of a window.")
        return {"CANCELLED"}

    def invoke(self, context, _event) -> set[str]:
        from ...posing.pose import start_pose
        from ...viewport import ghost

        if find_view() is None:
            return self.execute(context)
        body = active_body(context)
        try:
            start = start_pose(body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        # What the first drawing would load and compute is done now, while nothing runs yet.
        ghost.shaded(ghost.Figure(start, ghost.NOW, 1.0))
        generation = body.motivo.generation
        begin = {
            "start": start,
            "controller": chosen_controller(body).controller,
            "model": bpy.path.abspath(generation.model),
            "strength": generation.strength,
            "assistance": generation.assistance,
        }
        current = session()
        self._job = current.begin_here("Running live", "Reading the library")
        self._job.body, self._job.body_name = body.session_uid, body.name
        current.live = self._run = LiveRun(body.session_uid, current.ask, begin)
        self._driving = Driving(self._run)
        self._start_frame = context.scene.frame_current
        self._timer = context.window_manager.event_timer_add(LOOK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        run, current = self._run, session()
        if current.live is not run or current.job is not self._job:
            return self._finish(context, keep=True, notice=current.notice)
        if run.failed:
            notice = Notice(f"{run.failed.rstrip('.')}.", run.details)
            return self._finish(context, keep=True, notice=notice)
        if event.type in ("ESC", "RET", "NUMPAD_ENTER") and event.value == "PRESS":
            return self._finish(context, keep=event.type != "ESC")
        return {"RUNNING_MODAL"} if self._driving.take(context, event) else {"PASS_THROUGH"}

    def cancel(self, context) -> None:
        """Blender ends the operator: its window closes or another file is opened."""
        self._finish(context, keep=False)

    def _finish(self, context, keep: bool, notice: Notice | None = None) -> set[str]:
        run, current = self._run, session()
        context.window_manager.event_timer_remove(self._timer)
        self._driving.end()
        current.live = None
        run.end()
        current.end_here(self._job, notice)
        worker_timer.refresh()
        if not keep or len(run.frames) < 2:
            return {"CANCELLED"}
        chosen = context.scene.motivo_live.style
        label = next(label for name, label, _ in STYLES if name == chosen)
        taken = TakeSet(f"Live {label}", self._start_frame, (run.motion(label),))
        current.takes[run.body] = taken
        for listener in current.on_result:
            listener(self._job)
        worker_timer.refresh()  # the take is there now
        told = f"Kept {len(run.frames) / 30:.1f} s as a take, {run.dropped} frames were dropped."
        tell(self, {"INFO"}, told)
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_live,)
