"""The hand that steers a live body: keys that are held, the stick, the mouse that pushes.

A timer of the application beats sixty times a second; the operator only passes events on.
"""

import math
import time

import bpy
from bpy_extras import view3d_utils
from mathutils import Vector

from ..bodies import find_body
from ..client import session
from ..rig.body.size import own_space
from ..words.translations import translated
from .gamepad import Gamepad
from .running import Asked, LiveRun
from .settings import SPEEDS, STYLES

BEAT = 1 / 60
WAIT = 0.2
"""Seconds between two beats while the library is read: drawing would only slow that."""
TELL = 0.25
"""Seconds between two looks of the header at how it runs."""
SIDEBAR = 1.0
"""Seconds between two looks of the sidebar; drawing it takes longer than the header."""
ARRIVED = 0.35
"""Metres from the object it goes after at which it stands."""
GRIP_PIXELS = 120
"""How near a joint the mouse must be pressed to push there."""
PUSH = 2.0
"""m/s for a metre drawn with the mouse."""
HARDEST = 3.0
WAYS = {
    "W": (0, 1),
    "UP_ARROW": (0, 1),
    "S": (0, -1),
    "DOWN_ARROW": (0, -1),
    "A": (-1, 0),
    "LEFT_ARROW": (-1, 0),
    "D": (1, 0),
    "RIGHT_ARROW": (1, 0),
}
SHIFTS = {"LEFT_SHIFT", "RIGHT_SHIFT"}
NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT")
HELP = "W A S D: go    Shift: run    1-8: behaviour    Drag: push    Enter: keep    Esc: throw away"


def find_view() -> "bpy.types.Area | None":
    """The largest 3D view; looked up each time, for the person may close it."""
    views = [
        area
        for window in bpy.context.window_manager.windows
        for area in window.screen.areas
        if area.type == "VIEW_3D"
    ]
    return max(views, key=lambda area: area.width * area.height, default=None)


def redraw_sidebar() -> None:
    """Has the panel say how the run goes."""
    area = find_view()
    for region in area.regions if area is not None else ():
        if region.type == "UI":
            region.tag_redraw()


class Driving:
    """Steers one run, from the press on Live to its end."""

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self._pad = Gamepad()
        self._held: set[str] = set()
        self._told = 0.0
        self._sidebar = 0.0
        self._drawn_last = (0, False)
        """How many frames there were at the last drawing, and whether a push was drawn."""
        self._grip: tuple[int, Vector] | None = None
        bpy.app.timers.register(self._beat, first_interval=BEAT)
        self._say(translated("Reading the library"))

    def end(self) -> None:
        """Lets go of everything."""
        if bpy.app.timers.is_registered(self._beat):
            bpy.app.timers.unregister(self._beat)
        self._pad.close()
        self._say(None)

    def _beat(self) -> float | None:
        began = time.perf_counter()
        current, run = session(), self.run
        if current.live is not run:
            return None
        current.pump()
        run.tick(self.asked())
        if run.ready and began - self._told > TELL:
            self._told = began
            seconds = len(run.frames) / 30
            dropped = translated(f"Dropped: {run.dropped}")
            told = f"{seconds:.1f} s    {run.rate:.0f} fps    {dropped}"
            self._say(f"{told}    {translated(HELP)}")
            if current.job is not None:
                current.job.text = "Running"
        if run.ready and began - self._sidebar > SIDEBAR:
            self._sidebar = began
            redraw_sidebar()
        # Beats come twice as often as frames, and drawing is the dearest of all.
        drawn = len(run.frames), run.arrow is not None
        view = self._view() if run.arrow is not None or drawn != self._drawn_last else None
        if view is not None:
            view[0].tag_redraw()
            self._drawn_last = drawn
        run.note("beat", time.perf_counter() - began)
        return BEAT if run.ready else WAIT

    def _say(self, text: str | None) -> None:
        area = find_view()
        if area is not None:
            area.header_text_set(text)

    # --- what is asked for ---

    def take(self, context: bpy.types.Context, event: bpy.types.Event) -> bool:
        """Whether an event is one of those that steer; it is then taken in."""
        if event.type in WAYS or event.type in SHIFTS:
            (self._held.discard if event.value == "RELEASE" else self._held.add)(event.type)
            return True
        if event.type in NUMBERS and event.value == "PRESS":
            context.scene.motivo_live.style = STYLES[NUMBERS.index(event.type)][0]
            return True
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            self._grip = self._gripped(event)
            return self._grip is not None
        if self._grip is not None and event.type == "MOUSEMOVE":
            import numpy as np

            start = self._grip[1]
            self.run.arrow = np.array([start, start + self._drawn(event)], dtype=np.float32)
            return True
        if self._grip is not None and event.type == "LEFTMOUSE":
            self._push(event)
            return True
        return False

    def asked(self) -> Asked:
        """What the keys, the stick or the object ask for now."""
        settings = bpy.context.scene.motivo_live
        style = settings.style
        if style == "walk" and self._held & SHIFTS:
            style = "run"
        speed = SPEEDS.get(style, 0.0) * settings.speed
        right, ahead = self._way(settings.target)
        return Asked(style, (speed * right, speed * ahead))

    def _way(self, target: "bpy.types.Object | None") -> tuple[float, float]:
        """Where to over the floor of the body's space, x and y; length 1 is all the way."""
        body, view = find_body(self.run.body), self._view()
        if body is None or self.run.shown is None:
            return 0.0, 0.0
        into = own_space(body).inverted_safe()
        if target is not None:
            off = (into @ target.matrix_world.translation).xy - Vector(self.run.shown[:2])
            far = max(0.0, min(1.0, off.length - ARRIVED))
            toward = off.normalized() * far
            return toward.x, toward.y
        right, ahead = self._pad.stick()
        for key in self._held & WAYS.keys():
            right, ahead = right + WAYS[key][0], ahead + WAYS[key][1]
        if view is None or math.hypot(right, ahead) < 1e-3:
            return 0.0, 0.0
        turn = view[1].view_matrix.to_3x3()
        # Ahead is into the view; from straight above it is up on the screen.
        front = -turn.row[2] if abs(turn.row[2].z) < 0.95 else turn.row[1]
        front = Vector((front.x, front.y, 0.0)).normalized()
        wanted = front * ahead + Vector((front.y, -front.x, 0.0)) * right
        local = (into.to_3x3() @ wanted).xy.normalized() * min(1.0, math.hypot(right, ahead))
        return local.x, local.y

    # --- pushing ---

    def _view(self) -> "tuple[bpy.types.Region, bpy.types.RegionView3D] | None":
        area = find_view()
        if area is None:
            return None
        region = next(region for region in area.regions if region.type == "WINDOW")
        return region, area.spaces.active.region_3d

    def _gripped(self, event: bpy.types.Event) -> "tuple[int, Vector] | None":
        """The joint under the mouse: its number and its place in the world."""
        from ...runtime.body.kinematics import forward_kinematics

        body, view = find_body(self.run.body), self._view()
        if body is None or view is None or self.run.shown is None:
            return None
        mouse = Vector((event.mouse_x - view[0].x, event.mouse_y - view[0].y))
        if not (0 <= mouse.x < view[0].width and 0 <= mouse.y < view[0].height):
            return None
        nearest, least = None, float(GRIP_PIXELS)
        for number, point in enumerate(forward_kinematics(self.run.shown[None])[0][0]):
            world = own_space(body) @ Vector(point)
            seen = view3d_utils.location_3d_to_region_2d(*view, world)
            far = least if seen is None else (seen - mouse).length
            if far < least:
                nearest, least = (number, world), far
        return nearest

    def _drawn(self, event: bpy.types.Event) -> Vector:
        """How far the mouse was drawn from the grip, in the world, as deep as the grip is."""
        view = self._view()
        if view is None or self._grip is None:
            return Vector((0.0, 0.0, 0.0))
        mouse = event.mouse_x - view[0].x, event.mouse_y - view[0].y
        return view3d_utils.region_2d_to_location_3d(*view, mouse, self._grip[1]) - self._grip[1]

    def _push(self, event: bpy.types.Event) -> None:
        body = find_body(self.run.body)
        if body is not None and self._grip is not None:
            velocity = own_space(body).inverted_safe().to_3x3() @ self._drawn(event) * PUSH
            if velocity.length > HARDEST:
                velocity *= HARDEST / velocity.length
            self.run.push(self._grip[0], (velocity.x, velocity.y, velocity.z))
        self._grip, self.run.arrow = None, None
