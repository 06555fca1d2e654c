"""Operators whose work takes seconds: in steps, the window drawn between them, ESC taking all back."""

import time

import bpy

from ...runtime.errors import UserError
from .. import worker_timer
from ..client import Job, Notice, session
from ..words.sentences import tell

_AT_ONCE = 0.3
"""Seconds of work that nobody notices as a wait."""
_BETWEEN, _TICK = 0.1, 0.01
"""Seconds of work between two looks at the window, and until the work goes on."""


class InSteps:
    """Runs ``Steps`` (see ``steps.py``); ``_made`` gets what they make.

    In its window nothing else can be done meanwhile: the work holds on to what it looked at.
    """

    _steps = None
    _job: Job | None = None

    def _made(self, context: bpy.types.Context, made) -> set[str]:
        raise NotImplementedError

    def _run(self, context: bpy.types.Context, steps, title: str, text: str) -> set[str]:
        """Starts the work; if it takes longer, ``modal`` has to go on with it."""
        self._steps = steps
        if bpy.app.background:
            return self._advance(context, float("inf"))
        self._job = session().begin_here(title, text)
        result = self._advance(context, _AT_ONCE)
        if result == {"RUNNING_MODAL"}:
            worker_timer.watch(context, _TICK)
            worker_timer.refresh()
        return result

    def _step(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """For ``modal`` while there are steps."""
        stopped = event.type == "ESC" and event.value == "PRESS"
        if stopped or session().job is not self._job:
            self._stop()
            tell(self, {"INFO"}, "Stopped; nothing was changed.")
            return {"CANCELLED"}
        if event.type == "TIMER":
            return self._advance(context, _BETWEEN)
        return {"RUNNING_MODAL"}

    def _stop(self, notice: Notice | None = None) -> None:
        """Takes back what was done so far."""
        if self._steps is not None:
            try:
                self._steps.close()
            finally:
                self._clear(notice)

    def _advance(self, context: bpy.types.Context, seconds: float) -> set[str]:
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                fraction = next(self._steps)
                if self._job is not None:
                    self._job.fraction = fraction
        except StopIteration as end:
            self._clear()
            return self._made(context, end.value)
        except UserError as error:
            self._clear()
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        except BaseException:
            # Whatever it was: no job and no timer stay behind, and Blender tells it.
            self._clear()
            raise
        worker_timer.refresh()
        return {"RUNNING_MODAL"}

    def _clear(self, notice: Notice | None = None) -> None:
        self._steps = None
        if self._job is not None:
            worker_timer.stop_watch()
            session().end_here(self._job, notice)
            self._job = None
            worker_timer.refresh()
