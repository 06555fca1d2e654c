"""Live: the body runs while keys, a gamepad or an object steer it, and can be pushed."""

import math
import time

import bpy
from bpy_extras import view3d_utils
from mathutils import Vector

from ...runtime.errors import UserError
from ..bodies import active_body, find_body
from ..client import Notice, session
from ..controller import chosen_controller
from ..live.gamepad import Gamepad
from ..live.running import Asked, LiveRun
from ..live.settings import SPEEDS, STYLES
from ..takes import TakeSet
from .base import NeedsIdleBody

TICK = 1 / 60
ARRIVED = 0.35
"""Metres from the object it goes after at which it stands."""
GRIP_PIXELS = 120
"""How near a joint the mouse must be pressed to push there."""
PUSH = 2.0
"""m/s for a metre drawn with the mouse."""
HARDEST = 3.0
_WAYS = {
    "W": (0, 1),
    "UP_ARROW": (0, 1),
    "S": (0, -1),
    "DOWN_ARROW": (0, -1),
    "A": (-1, 0),
    "LEFT_ARROW": (-1, 0),
    "D": (1, 0),
    "RIGHT_ARROW": (1, 0),
}
_NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT")
HELP = "W A S D: go    Shift: run    1-8: behaviour    Drag: push    Enter: keep    Esc: throw away"


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
        self.report({"ERROR"}, "Live is steered by hand: it needs the 3D view of a window.")
        return {"CANCELLED"}

    def invoke(self, context, _event) -> set[str]:
        from ..posing.pose import start_pose

        area = next((area for area in context.window.screen.areas if area.type == "VIEW_3D"), None)
        if area is None:
            return self.execute(context)
        body = active_body(context)
        try:
            start = start_pose(body)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
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
        self._pad, self._held, self._grip = Gamepad(), set(), None
        self._area, self._start_frame = area, context.scene.frame_current
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        area.header_text_set(HELP)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        began = time.perf_counter()
        run, current = self._run, session()
        if current.live is not run or current.job is not self._job:
            return self._finish(context, keep=bool(run.frames), notice=current.notice)
        if event.type == "TIMER":
            current.pump()
            if run.failed:
                notice = Notice(f"{run.failed.rstrip('.')}.", run.details)
                return self._finish(context, keep=bool(run.frames), notice=notice)
            run.tick(self._asked(context))
            self._tell()
            self._area.tag_redraw()
            run.note(time.perf_counter() - began)
            return {"RUNNING_MODAL"}
        if event.type in ("ESC", "RET", "NUMPAD_ENTER") and event.value == "PRESS":
            return self._finish(context, keep=event.type != "ESC")
        return {"RUNNING_MODAL"} if self._take(context, event) else {"PASS_THROUGH"}

    def cancel(self, context) -> None:
        """Blender ends the operator: its window closes or another file is opened."""
        self._finish(context, keep=False)

    # --- what is asked for ---

    def _take(self, context, event) -> bool:
        """Whether an event is one of those that steer."""
        if event.type in _WAYS or event.type in ("LEFT_SHIFT", "RIGHT_SHIFT"):
            (self._held.discard if event.value == "RELEASE" else self._held.add)(event.type)
            return True
        if event.type in _NUMBERS and event.value == "PRESS":
            context.scene.motivo_live.style = STYLES[_NUMBERS.index(event.type)][0]
            return True
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            self._grip = self._gripped(event)
            return self._grip is not None
        if self._grip is not None and event.type == "MOUSEMOVE":
            self._run.arrow = self._drawn(event)
            return True
        if self._grip is not None and event.type == "LEFTMOUSE":
            self._push(event)
            return True
        return False

    def _asked(self, context) -> Asked:
        settings = context.scene.motivo_live
        style = settings.style
        if style == "walk" and self._held & {"LEFT_SHIFT", "RIGHT_SHIFT"}:
            style = "run"
        speed = SPEEDS.get(style, 0.0) * settings.speed
        return Asked(style, tuple(speed * share for share in self._way(context)))

    def _way(self, context) -> tuple[float, float]:
        """Where to over the floor of the body's space; length 1 is all the way."""
        body = find_body(self._run.body)
        if body is None:
            return 0.0, 0.0
        into = body.matrix_world.inverted_safe()
        target = context.scene.motivo_live.target
        if target is not None:
            off = (into @ target.matrix_world.translation).xy - Vector(self._run.shown[:2])
            far = max(0.0, min(1.0, off.length - ARRIVED))
            return tuple(off.normalized() * far) if off.length > ARRIVED else (0.0, 0.0)
        right, ahead = self._pad.stick()
        for key in self._held & _WAYS.keys():
            right, ahead = right + _WAYS[key][0], ahead + _WAYS[key][1]
        view = self._area.spaces.active.region_3d.view_matrix.to_3x3()
        # Ahead is into the view; from straight above it is up on the screen.
        front = -view.row[2] if abs(view.row[2].z) < 0.95 else view.row[1]
        front = Vector((front.x, front.y, 0.0)).normalized()
        wanted = front * ahead + Vector((front.y, -front.x, 0.0)) * right
        if wanted.length < 1e-3:
            return 0.0, 0.0
        local = (into.to_3x3() @ wanted).xy
        return tuple(local.normalized() * min(1.0, math.hypot(right, ahead)))

    # --- pushing ---

    def _region(self):
        region = next(region for region in self._area.regions if region.type == "WINDOW")
        return region, self._area.spaces.active.region_3d

    def _mouse(self, event) -> tuple[float, float]:
        region, _ = self._region()
        return event.mouse_x - region.x, event.mouse_y - region.y

    def _gripped(self, event) -> "tuple[int, Vector] | None":
        """The joint under the mouse: its number and its place in the world."""
        from ...runtime.body.kinematics import forward_kinematics

        body = find_body(self._run.body)
        if body is None or self._run.shown is None:
            return None
        region, view = self._region()
        mouse = Vector(self._mouse(event))
        nearest = None
        for number, point in enumerate(forward_kinematics(self._run.shown[None])[0][0]):
            world = body.matrix_world @ Vector(point)
            seen = view3d_utils.location_3d_to_region_2d(region, view, world)
            far = GRIP_PIXELS if seen is None else (seen - mouse).length
            if far < (GRIP_PIXELS if nearest is None else nearest[0]):
                nearest = far, number, world
        return nearest and nearest[1:]

    def _way_drawn(self, event) -> Vector:
        region, view = self._region()
        point = view3d_utils.region_2d_to_location_3d(
            region, view, self._mouse(event), self._grip[1]
        )
        return point - self._grip[1]

    def _drawn(self, event):
        import numpy as np

        start = self._grip[1]
        return np.array([start, start + self._way_drawn(event)], dtype=np.float32)

    def _push(self, event) -> None:
        body = find_body(self._run.body)
        if body is not None:
            velocity = body.matrix_world.inverted_safe().to_3x3() @ self._way_drawn(event) * PUSH
            if velocity.length > HARDEST:
                velocity *= HARDEST / velocity.length
            self._run.push(self._grip[0], tuple(velocity))
        self._grip, self._run.arrow = None, None

    # --- telling and ending ---

    def _tell(self) -> None:
        run = self._run
        self._job.text = "Running" if run.ready else "Reading the library"
        seconds = len(run.frames) / 30
        told = f"{seconds:.1f} s, {run.dropped} frames dropped, {1000 * run.slowest:.0f} ms"
        self._area.header_text_set(f"{told}    {HELP}" if run.ready else "Reading the library")

    def _finish(self, context, keep: bool, notice: Notice | None = None) -> set[str]:
        run, current = self._run, session()
        context.window_manager.event_timer_remove(self._timer)
        self._pad.close()
        self._area.header_text_set(None)
        current.live = None
        run.end()
        current.end_here(self._job, notice)
        if not keep or len(run.frames) < 2:
            return {"CANCELLED"}
        chosen = context.scene.motivo_live.style
        label = next(label for name, label, _ in STYLES if name == chosen)
        taken = TakeSet(f"Live {label}", self._start_frame, (run.motion(label),))
        current.takes[run.body] = taken
        for listener in current.on_result:
            listener(self._job)
        told = f"Kept {len(run.frames) / 30:.1f} s as a take, {run.dropped} frames were dropped."
        self.report({"INFO"}, told)
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_live,)
