"""Runs a body live in Blender for a while and prints how it keeps up, in figures.

    python tools/long_checks/live_figures.py --seconds 20

The add-on itself runs, without a window: its clock's beats, its engine, the arithmetic of
its drawing. What Blender then needs to show the picture is not in the figures, for
without a graphics card that is most of it; the story ``tests/window/stories/strips.py``
prints the same with all of it.
"""

import argparse
import importlib
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from endurance import EXTENSION, enabled

LOAD = 120.0
"""Seconds in which the library is read anywhere."""
STYLES = ("walk", "run", "crouch", "jump", "kick", "dance", "carry", "walk")
"""What is asked for, one after the other."""
PUSH_EVERY = 3.0


class Watched:
    """One live run, driven as the operator drives it."""

    def __init__(self, bpy: Any) -> None:
        self.bpy = bpy
        live = f"{EXTENSION}.motivo_addon.live"
        self.running = importlib.import_module(f"{live}.running")
        self.driving = importlib.import_module(f"{live}.driving")
        self.ghost = importlib.import_module(f"{EXTENSION}.motivo_addon.viewport.ghost")
        bpy.ops.motivo.add_body()
        body = bpy.context.object
        pose = importlib.import_module(f"{EXTENSION}.motivo_addon.posing.pose")
        begin = {"start": pose.start_pose(body), "controller": "servo", "model": ""}
        # What the first drawing would compute is done before anything runs, as the button does.
        self.ghost.shaded(self.ghost.Figure(begin["start"], self.ghost.NOW, 1.0))
        self.session = importlib.import_module(f"{EXTENSION}.motivo_addon.client").session()
        self.session.live = self.run = self.running.LiveRun(
            body.session_uid, self.session.ask, begin
        )
        self.hand = self.driving.Driving(self.run)
        self.goal = bpy.data.objects.new("Goal", None)
        bpy.context.collection.objects.link(self.goal)
        bpy.context.scene.motivo_live.target = self.goal

    def beat(self) -> None:
        """One beat of the clock, and a drawing if there is something new to see."""
        before = len(self.run.frames)
        began = time.perf_counter()
        self.hand._beat()
        if len(self.run.frames) > before:
            drawn = time.perf_counter()
            self.ghost.shaded(self.ghost.Figure(self.run.shown, self.ghost.NOW, 1.0))
            self.run.note("figure", time.perf_counter() - drawn)
        time.sleep(max(0.0, self.driving.BEAT - (time.perf_counter() - began)))

    def perform(self, seconds: float) -> float:
        """Steers round and round through all behaviours; returns how long it took."""
        until = time.monotonic() + LOAD
        while not self.run.ready and not self.run.failed and time.monotonic() < until:
            self.beat()
        began = time.perf_counter()
        pushed = 0.0
        while (gone := time.perf_counter() - began) < seconds and not self.run.failed:
            self.bpy.context.scene.motivo_live.style = STYLES[int(len(STYLES) * gone / seconds)]
            here = self.run.shown[:2]
            self.goal.location = (
                here[0] + 3 * math.cos(gone),
                here[1] + 3 * math.sin(gone),
                0.0,
            )
            self.bpy.context.view_layer.update()
            if gone - pushed > PUSH_EVERY:
                pushed = gone
                self.run.push(11, (0.0, 0.8, 0.0))
            self.beat()
        if self.run.failed or not self.run.ready:
            raise SystemExit(f"It did not run: {self.run.failed or 'the library was not read'}")
        return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motivo-live-") as folder:
        bpy, _ = enabled(Path(folder))
        watched = Watched(bpy)
        seconds = watched.perform(arguments.seconds)
        run = watched.run
        watched.hand.end()
        run.end()
        engine = 1000 * np.array([frame["seconds"] for frame in run.frames])
        print(
            f"{seconds:.1f} s: {len(run.frames)} frames, {len(run.frames) / seconds:.1f} a second"
        )
        print(f"dropped, because engine or Blender was late: {run.dropped}")
        print(
            f"a frame in the engine (33 ms are due): {np.median(engine):.1f} ms, "
            f"99 of 100 within {np.quantile(engine, 0.99):.1f}, longest {engine.max():.1f}"
        )
        for name, times in run.times.items():
            print(
                f"Blender's main thread, {name}: {times.pieces} pieces, longest "
                f"{1000 * times.slowest:.1f} ms, {times.long} over {1000 * watched.running.LONG:.0f} ms"
            )
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 crashes and 4.5 hangs when the interpreter is taken down around it


if __name__ == "__main__":
    sys.exit(main())
