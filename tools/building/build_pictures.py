"""Paints the behaviours: each is performed as a draft, and one moment of it is shown.

    make poses                                      the same, with the poses
    python tools/building/build_pictures.py --sheet FILE    also one picture of all of them

Writes ``motivo_addon/assets/pictures/behaviour-*.png``. Needs Blender and the engine.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rendering
from build_poses import ASSETS, paint, save_sheet
from motivo_source.motivo_addon.prompts.plain_names import picture_name
from motivo_source.motivo_addon.prompts.tasks import TASK
from motivo_source.runtime.generation import GenerationSettings, generate
from motivo_source.runtime.prompts import BehaviourPrompt, Timeline

TURN = 35.0
FRAMES = 150
MOMENTS: dict[str, int] = {
    "STAND": 75,
    "MOVE": 38,
    "MOVE_LOW": 57,
    "MOVE_ARMS": 75,
    "RAISE_ARMS": 94,
    "CROUCH": 150,
    "SIT": 150,
    "LIE": 150,
    "JUMP": 75,
    "ROTATE": 94,
    "CRAWL": 94,
    "SPLIT": 150,
    "HEADSTAND": 150,
}
"""Task -> the frame of its draft that shows it best, found by looking."""


def moment(identifier: str) -> np.ndarray:
    """(76,): the pose of a task that is painted, over the origin."""
    reward = TASK[identifier].reward(TASK[identifier].defaults)
    asked = Timeline((BehaviourPrompt(0, FRAMES, identifier, ((reward, 1.0),)),))
    (take,) = generate(asked, GenerationSettings(quality="draft"))
    qpos = take.qpos[MOMENTS[identifier]].copy()
    qpos[:2] = 0.0
    return qpos


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", type=Path, help="one picture of all behaviours")
    arguments = parser.parse_args()
    pictures = paint({name: moment(name) for name in MOMENTS}, TURN)
    for name, pixels in pictures.items():
        rendering.stack_rows([pixels], ASSETS / "pictures" / f"{picture_name(name)}.png")
    if arguments.sheet:
        save_sheet(pictures, arguments.sheet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
