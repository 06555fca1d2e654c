"""Generates again and again in one Blender, and kills its worker at random moments.

    python tools/long_checks/endurance.py --generations 200 --kills 50

Kills are counted over all runs together: stopped, it goes on where it was, and
``--generations 0`` does nothing else; --anew begins again. Memory is that of one run.

Runs the add-on itself, without a window. Prints the memory of Blender and of the worker
after three tenths of the generations and at the end, and fails if either grew by more
than a twentieth, if a take differs from the first, or if anything is lost when the
worker is killed: keys, Actions, takes, or the ability to go on. Needs Linux, where
/proc tells the memory.
"""

import argparse
import importlib
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "long_checks"))

from collected import STATE, Collected  # noqa: E402

EXTENSION = "bl_ext.user_default.motivo"
ALLOWED_GROWTH = 1.05
EARLY = 0.3
"""Share of the generations after which memory must stay as it is: caches are filled by then."""
LONGEST = 300.0
"""Seconds in which a generation of three seconds ends anywhere."""
_MB = 1 << 20


def enabled(folder: Path) -> tuple[Any, ModuleType]:
    """Blender and the add-on, from this checkout, with settings of their own in ``folder``."""
    os.environ["BLENDER_USER_RESOURCES"] = str(folder)
    extensions = folder / "extensions" / "user_default"
    extensions.mkdir(parents=True)
    (extensions / "motivo").symlink_to(ROOT)
    import bpy  # isort:skip - it brings addon_utils
    import addon_utils

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    addon_utils.enable(EXTENSION, default_set=True)
    bpy.context.preferences.addons[EXTENSION].preferences.default_quality = "draft"
    return bpy, importlib.import_module(f"{EXTENSION}.motivo_addon")


def make_actor(bpy: Any) -> Any:
    """A body whose arm is keyed to rise and sink within three seconds."""
    from mathutils import Quaternion

    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (45, 0.6), (90, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    return body


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Story:
    """One Blender with one body, from its first generation to the last kill."""

    def __init__(self, folder: Path) -> None:
        self.bpy, self.addon = enabled(folder)
        self.body = make_actor(self.bpy)
        self.session = self.addon.client.session()
        self.store = importlib.import_module(f"{EXTENSION}.motivo_addon.shelf.store")
        self.first: Any = None
        self.seconds = 0.0
        """What the last generation took."""

    @property
    def worker(self) -> int:
        return int(self.session.worker.hello["pid"])

    def scene(self) -> tuple[object, ...]:
        """All that a person made."""
        curves = importlib.import_module(f"{EXTENSION}.motivo_addon.rig.curves")
        keys = [
            (action.name, curves.curves_of(action)[0].data_path, len(curves.curves_of(action)))
            for action in self.bpy.data.actions
        ]
        objects = sorted(thing.name for thing in self.bpy.data.objects)
        takes = [take.number for take in self.store.kept_takes(self.body.session_uid)]
        return keys, objects, len(self.body.motivo.prompts), takes

    def generate(self, what: str) -> None:
        """By the button's own operator; the take must be the first one again."""
        import numpy as np

        began = time.monotonic()
        if self.bpy.ops.motivo.generate() != {"FINISHED"}:
            raise SystemExit(f"{what} failed: {self.session.notice}")
        self.seconds = time.monotonic() - began
        qpos = self.session.takes[self.body.session_uid].motion["qpos"]
        self.first = qpos if self.first is None else self.first
        if not np.array_equal(self.first, qpos):
            raise SystemExit(f"{what} differs from the first generation.")

    def killed(self, after: float) -> bool:
        """Whether the worker, killed some seconds after it was asked, was still at it."""
        timeline = self.addon.timeline.build_timeline(self.bpy.context, self.body).to_dict()
        settings = self.body.motivo.generation.values()
        self.session.generate(self.body, timeline, settings, "Killed", 1)
        began = time.monotonic()
        while self.session.job is not None and time.monotonic() - began < after:
            self.session.pump()
            time.sleep(0.002)
        at_it = self.session.job is not None
        # Before it has said hello its number is known only to the client.
        process = self.session.worker._child._process if self.session.worker.alive else None
        if process is not None:
            os.kill(process.pid, signal.SIGKILL)
            # One that had nothing to do is asked again at once: faster than any hand, and
            # faster than the system notices that it is gone.
            while not at_it and process.poll() is None:
                time.sleep(0.001)
        self.session.wait(LONGEST)
        told = self.session.notice
        if at_it and (told is None or not told.is_error):
            raise SystemExit("A killed worker was not told.")
        return at_it


def generate_often(story: Story, generations: int) -> None:
    """Generates so many times; memory must stay."""
    early: dict[str, int] = {}
    for number in range(generations):
        story.generate(f"Generation {number + 1}")
        if number % 20 == 0:
            print(f"generation {number + 1}: {story.seconds:.1f} s", flush=True)
        if number == int(EARLY * generations):
            early = {"Blender": memory(os.getpid()), "worker": memory(story.worker)}
    late = {"Blender": memory(os.getpid()), "worker": memory(story.worker)}
    grew = []
    for name, before in early.items():
        after = late[name]
        print(f"{name}: {before / _MB:.0f} MB early, {after / _MB:.0f} MB at the end", flush=True)
        grew += [name] if after > ALLOWED_GROWTH * before else []
    if grew:
        raise SystemExit(f"The memory of {' and '.join(grew)} grew.")


def kill_often(story: Story, kills: int, seed: int, so_far: Collected) -> None:
    """Kills the worker ``kills`` times while it works, at any moment of a generation.

    Every other time it had to be started first, so that it dies while starting, too.
    What it was asked for may be done before its moment comes: such a try does not count.
    """
    values = so_far.values
    if values["killed"] < kills:
        story.generate("The first generation before the kills")
    warm = cold = story.seconds
    while (killed := values["killed"]) < kills:
        tries = values["tries"] = values["tries"] + 1
        # Each try has a seed of its own, so that a run which goes on repeats none.
        rng = random.Random(f"{seed}-{tries}")
        if tries > 5 * kills:
            raise SystemExit(f"Only {killed} of {tries} kills came while the worker was at work.")
        if starting := bool(tries % 2):
            story.session.close_worker()
        made = story.scene()
        working = story.killed(rng.uniform(0.0, cold if starting else warm))
        killed = values["killed"] = killed + working
        if working and story.scene() != made:
            raise SystemExit(f"Kill {killed} changed what was there.")
        story.generate(f"The generation after kill {killed}")
        cold = story.seconds if working else cold
        warm = warm if working else story.seconds
        so_far.save()
        if working:
            print(f"kill {killed}: the next generation took {story.seconds:.1f} s", flush=True)
    print(f"killed {killed} times while working, of {values['tries']} tries; nothing was lost")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generations", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--state", type=Path, default=STATE, help="folder of what was done so far")
    parser.add_argument("--anew", action="store_true", help="forget the kills of earlier runs")
    arguments = parser.parse_args()
    so_far = Collected(
        arguments.state / f"kills-seed{arguments.seed}.json",
        {"killed": 0, "tries": 0},
        arguments.anew,
    )
    with tempfile.TemporaryDirectory(prefix="motivo-endurance-") as folder:
        story = Story(Path(folder))
        if arguments.generations:
            generate_often(story, arguments.generations)
        kill_often(story, arguments.kills, arguments.seed, so_far)
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 crashes and 4.5 hangs when the interpreter is taken down around it


if __name__ == "__main__":
    sys.exit(main())
