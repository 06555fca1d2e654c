"""Stories of the scene: a walk of the library over stairs, a ramp, a box, under a push; with strips.

    python tools/scene_stories.py stairs ramp --out out/scene

Writes for each the take, the scene.json and a strip of pictures, and prints the take's measures.
"""

import argparse
import json
import sys
from pathlib import Path

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from runtime.body.model import make_spec
from runtime.cli.terminal import ProgressBar
from runtime.generation import GenerationSettings, generate
from runtime.library import load_library
from runtime.library.library import Stretch
from runtime.motion import Motion
from runtime.motion.files import save_motion
from runtime.motion.ground_frame import moved
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Box, Push, Scene, SceneObject, World, scene_to_dict
from runtime.scene.surroundings import Surroundings

PICTURES, WIDTH, HEIGHT = 10, 300, 380


def walk(first: int, last: int, clip: str = "accad_Male1_B3_Walk") -> MotionPrompt:
    """Frames of a clip of the library, turned to go along +x from the origin."""
    library = load_library()
    start = int(library.starts[library.names.index(clip)])
    qpos = library.qpos(Stretch(start + first, start + last))
    way = qpos[-1, :2] - qpos[0, :2]
    qpos = moved(qpos, -np.arctan2(way[1], way[0]), qpos[0, :2].copy(), np.zeros(2))
    return MotionPrompt(0, len(qpos) - 1, clip, Motion(30.0, qpos), "world")


def stairs(count: int = 4, rise: float = 0.17, tread: float = 0.3, start: float = 1.0) -> Scene:
    steps = []
    for number in range(count):
        length = tread if number < count - 1 else 6.0
        middle = start + tread * number + length / 2
        height = rise * (number + 1)
        steps.append(
            SceneObject(f"step {number + 1}", Box((length, 1.6, height)), (middle, 0, height / 2))
        )
    return Scene(tuple(steps))


def ramp(degrees: float, start: float = 0.7) -> Scene:
    turn = Rotation.from_euler("y", -degrees, degrees=True)
    place = turn.apply([2.0, 0.0, -0.05]) + [start, 0, 0]
    quat = turn.as_quat(scalar_first=True)
    board = SceneObject("ramp", Box((4.0, 2.0, 0.1)), tuple(place), tuple(quat))
    return Scene((board,))


STORIES = {
    "flat": (10, 75, Scene()),
    "stairs": (10, 100, stairs()),
    "ramp": (10, 75, ramp(15)),
    "slope": (10, 75, Scene(world=World(slope=15))),
    "box": (10, 66, Scene((SceneObject("crate", Box((3, 1.6, 0.4)), (2.35, 0, 0.2)),))),
    "push": (10, 75, Scene(pushes=(Push(20, "Chest", (0, 80, 0)),))),
}


def strip(motion: Motion, scene: Scene, path: Path) -> None:
    """Pictures of a take with its scene, side by side."""
    from PIL import Image

    around = Surroundings(scene, motion.qpos[0], motion.frames)
    spec = make_spec()
    around.add_to(spec)
    model = spec.compile()
    data, camera = mujoco.MjData(model), mujoco.MjvCamera()
    camera.distance, camera.azimuth, camera.elevation = 3.2, 90, -10
    with mujoco.Renderer(model, HEIGHT, WIDTH) as renderer:
        pictures = []
        for frame in np.linspace(0, motion.frames - 1, PICTURES).round().astype(int):
            data.qpos[:] = motion.qpos[frame]
            around.apply(model, data, int(frame), 0.0)
            mujoco.mj_forward(model, data)
            camera.lookat[:] = motion.qpos[frame, :3] - [0, 0, 0.1]
            renderer.update_scene(data, camera)
            pictures.append(renderer.render().copy())
    Image.fromarray(np.concatenate(pictures, axis=1)).save(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("stories", nargs="+", choices=list(STORIES))
    parser.add_argument("--out", type=Path, default=Path("out/scene"))
    parser.add_argument("--quality", default="physical")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    settings = GenerationSettings(controller="servo", quality=args.quality)
    for name in args.stories:
        first, last, scene = STORIES[name]
        (args.out / f"{name}.json").write_text(json.dumps(scene_to_dict(scene), indent=1))
        with ProgressBar() as bar:
            motion = generate(Timeline((walk(first, last),), scene), settings, bar)[0]
        save_motion(motion, args.out / f"{name}.npz")
        strip(motion, scene, args.out / f"{name}.png")
        print(name, json.dumps(motion.metadata["measures"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
