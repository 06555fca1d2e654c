"""Operators whose work takes seconds: in steps, the window drawn between them, ESC taking all back."""

import time

import bpy

from ...runtime.errors import UserError
from .. import heartbeat
from ..client import Job, session

_AT_ONCE = 0.3
"""Seconds of work that nobody notices as a wait."""
_BETWEEN = 0.1
"""Seconds of work between two looks at the window."""


class InSteps:
    """Runs ``Steps`` (see ``steps.py``); ``_made`` gets what they make.

    Nothing else can be done meanwhile: the work holds on to what it looked at.
    """

    _steps = None
    _timer = None
    _job: Job | None = None

    def _made(self, context: bpy.types.Context, made) -> set[str]:
        raise NotImplementedError

    def _run(self, context: bpy.types.Context, steps, title: str, text: str) -> set[str]:
        """Starts the work; if it takes longer, ``modal`` has to go on with it."""
        self._steps = steps
        if bpy.app.background:
            return self._advance(context, float("inf"))
        result = self._advance(context, _AT_ONCE)
        if result == {"RUNNING_MODAL"}:
            self._job = session().begin_here(title, text)
            self._timer = context.window_manager.event_timer_add(0.01, window=context.window)
            heartbeat.refresh()
        return result

    def _step(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """For ``modal`` while there are steps."""
        stopped = event.type == "ESC" and event.value == "PRESS"
        if stopped or session().job is not self._job:
            self._stop(context)
            self.report({"INFO"}, "Stopped; nothing was changed.")
            return {"CANCELLED"}
        if event.type == "TIMER":
            return self._advance(context, _BETWEEN)
        return {"RUNNING_MODAL"}

    def _stop(self, context: bpy.types.Context) -> None:
        """Takes back what was done so far."""
        if self._steps is not None:
            self._steps.close()
            self._clear(context)

    def _advance(self, context: bpy.types.Context, seconds: float) -> set[str]:
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                fraction = next(self._steps)
                if self._job is not None:
                    self._job.fraction = fraction
        except StopIteration as end:
            self._clear(context)
            return self._made(context, end.value)
        except UserError as error:
            self._clear(context)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except BaseException:
            self._clear(context)
            raise
        if self._job is not None:
            heartbeat.refresh()
        return {"RUNNING_MODAL"}

    def _clear(self, context: bpy.types.Context) -> None:
        self._steps = None
        if self._job is not None:
            context.window_manager.event_timer_remove(self._timer)
            session().end_here(self._job)
            self._job = self._timer = None
            heartbeat.refresh()
