"""Stories of the scene: walks over stairs, a ramp, a box, under a push, a jump on the moon; with strips.

    python tools/stories/scene_stories.py stairs ramp --out out/scene
    python tools/stories/scene_stories.py moon chair --reference   what is asked for, without performing it
    python tools/stories/scene_stories.py stairs --flat   and the same on the flat floor, for its time

Writes for each the take, the scene.json and a strip of pictures, and prints the take's measures.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from story_scenes import FLAT, STORIES, lean

from runtime.body.model import make_spec
from runtime.body.size import BodySize
from runtime.cli.terminal.progress import ProgressBar
from runtime.cores import core_seconds
from runtime.generation import GenerationSettings, generate
from runtime.measures.scene import scene_measures
from runtime.motion import Motion
from runtime.motion.files import save_motion
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Person, Scene, scene_to_dict
from runtime.scene.people import placed
from runtime.scene.props.loose import led
from runtime.scene.props.stages import stages_along
from runtime.scene.surroundings import Surroundings

PICTURES, WIDTH, HEIGHT = 10, 300, 380
MEET_M = 2.0
WALKS_M = 0.7
"""Metres from which a story is looked at from the right of +x, otherwise from the left of -y."""


def strip(motion: Motion, scene: Scene, path: Path, size: BodySize | None = None) -> None:
    """Pictures of a take with its scene, side by side."""
    from PIL import Image

    camera = mujoco.MjvCamera()
    walks = np.linalg.norm(np.ptp(motion.qpos[:, :2], axis=0)) > WALKS_M
    camera.distance, camera.azimuth, camera.elevation = 3.2, 90 if walks else 180, -10
    # Who meets is looked at with who is met.
    others = [placed(one, motion.frames).qpos[:, :3] for one in scene.people]
    near = [
        one for one in others if np.linalg.norm(one - motion.qpos[:, :3], axis=1).max() < MEET_M
    ]
    middle = np.mean([motion.qpos[:, :3], *near], axis=0)
    if near:
        across = np.abs(near[0][0] - motion.qpos[0, :3])
        camera.azimuth = 90 if across[0] > across[1] else 180
        camera.distance += across.max() * (len(near) - 1)
    chosen = np.linspace(0, motion.frames - 1, PICTURES).round().astype(int)
    pictures = []
    for stage in stages_along(scene, motion.qpos):
        start, there = motion.qpos[stage.first], motion.qpos[:, :2]
        around = Surroundings(stage.scene, start, motion.frames, near=there)
        spec = make_spec(size)
        around.add_to(spec)
        model = spec.compile()
        # A floor that is away lies far below, and what is near would be cut off with it.
        model.stat.extent = 4.0
        data = mujoco.MjData(model)
        here = (chosen >= stage.first) & (chosen < stage.last)
        with mujoco.Renderer(model, HEIGHT, WIDTH) as renderer:
            for frame in chosen[here | ((chosen == stage.last) & (stage.last == chosen[-1]))]:
                data.qpos[:] = motion.qpos[frame]
                around.apply(model, data, int(frame), 0.0)
                mujoco.mj_forward(model, data)
                camera.lookat[:] = middle[frame] - [0, 0, 0.1]
                renderer.update_scene(data, camera)
                pictures.append(renderer.render().copy())
    Image.fromarray(np.concatenate(pictures, axis=1)).save(path)


def met(scene: Scene, people: dict) -> Scene:
    """The scene with those who gave way as they did so."""
    others = [
        Person(one.name, Motion.from_dict(people[one.name])) if one.name in people else one
        for one in scene.people
    ]
    return replace(scene, people=tuple(others))


class FlatTimes:
    """Seconds of a core that a frame takes on the flat floor; each motion is performed once."""

    def __init__(self, settings: GenerationSettings) -> None:
        self._settings, self._known = settings, dict[tuple, float]()

    def of(self, name: str, timeline: Timeline) -> float:
        """Of the same prompts without the scene, or of what ``FLAT`` has in their place."""
        timeline = FLAT[name](self._settings) if name in FLAT else replace(timeline, scene=None)
        (prompt,) = timeline.prompts
        assert isinstance(prompt, MotionPrompt) and isinstance(prompt.source, Motion)
        known = prompt.source.qpos.tobytes(), prompt.end, timeline.body
        if known not in self._known:
            before = core_seconds()
            motion = generate(timeline, self._settings)[0]
            self._known[known] = (core_seconds() - before) / motion.frames
        return self._known[known]


def rolled(way: dict) -> float:
    """Metres from where a thing was at first to where it is in the end."""
    places = np.array(way["position"])
    return float(np.linalg.norm(places[-1] - places[0]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("stories", nargs="+", choices=list(STORIES))
    parser.add_argument("--out", type=Path, default=Path("out/scene"))
    parser.add_argument("--quality", default="physical")
    parser.add_argument("--reference", action="store_true", help="what is asked for alone")
    parser.add_argument("--flat", action="store_true", help="and on the flat floor, for its time")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    settings = GenerationSettings(controller="servo", quality=args.quality)
    flat = FlatTimes(settings)
    for name in args.stories:
        timeline = STORIES[name](None if args.reference else settings)
        scene = timeline.scene
        assert scene is not None
        (args.out / f"{name}.json").write_text(json.dumps(scene_to_dict(scene), indent=1))
        if args.reference:
            reference = build_reference(timeline)
            strip(reference.motion, scene, args.out / f"{name}-reference.png")
            around = reference.surroundings
            assert around is not None
            told = scene_measures(reference.motion, around) | {"choices": reference.choices}
            print(name, json.dumps(told))
            continue
        before = core_seconds()
        with ProgressBar() as bar:
            motion = generate(timeline, settings, bar)[0]
        seconds = core_seconds() - before
        save_motion(motion, args.out / f"{name}.npz")
        ways = motion.metadata.get("loose")
        people = motion.metadata.get("people") or {}
        shown = met(led(scene, ways) if ways else scene, people)
        strip(motion, shown, args.out / f"{name}.png", timeline.body)
        told = motion.metadata["measures"] | {
            "lean_degrees": lean(motion),
            "rolled_m": {name: rolled(way) for name, way in (ways or {}).items()},
            **{f"of {name}": one["measures"] for name, one in people.items()},
            "cpu_seconds": seconds,
        }
        if args.flat:
            told["times_flat"] = seconds / motion.frames / flat.of(name, timeline)
        print(name, json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
