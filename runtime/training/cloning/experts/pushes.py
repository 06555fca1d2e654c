"""Pushes of a body that stands, and the way back onto the expert that stands there.

Feedback around an expert that stands still holds no body that is pushed over the edge of its
feet: what is to be done then, a step or a swing of the arms, is in no recording. The optimiser
finds it, as it finds other ways back (``sources.Return``).
"""

from pathlib import Path

import numpy as np

from ....errors import UserError
from ....motion.ground_frame import heading, planar
from .expert import Expert, load_expert
from .sources import BACK, BACK_NAME, SHORTEST_BACK, Return

STANDS = "stand"
"""Kind of the experts whose bodies are pushed."""
PUSH_M_S = 0.5
"""Added to the pelvis's velocity on the floor, as the model that ships is tried by."""
DIRECTIONS = 5
"""From straight ahead by way of the left to straight back; mirror images bring the right."""
STILL_M_S = 0.15
"""Speed of the pelvis below which a body stands; the calmest frame is the one it is pushed in."""


def list_pushes(folder: Path, only: tuple[str, ...] = ()) -> list[Return]:
    """Ways back onto every expert that stands, from pushes into ``DIRECTIONS``.

    ``only``: experts whose names hold one of these. Ways back and experts from pushed starts are
    not pushed again. Raises ``UserError`` if no expert of the folder stands.
    """
    jobs: list[Return] = []
    for path in sorted(Path(folder).glob("*.npz")):
        if BACK_NAME in path.stem or "-push" in path.stem:
            continue
        if only and not any(part in path.stem for part in only):
            continue
        jobs += _pushes(load_expert(path))
    if not jobs:
        raise UserError(
            f"No expert in '{folder}' stands still for long enough to be pushed"
            f"{' or is called ' + ' or '.join(only) if only else ''}; build one that stands first."
        )
    return jobs


def _pushes(expert: Expert) -> list[Return]:
    last = expert.frames - SHORTEST_BACK
    if STANDS not in expert.kinds or last < 1:
        return []
    speed = np.linalg.norm(expert.qvel[:last, :2], axis=1)
    first = int(speed.argmin())
    if speed[first] > STILL_M_S:
        return []
    frames = min(BACK, expert.frames - first)
    facing = planar(heading(expert.qpos[[first]]))[0]
    jobs = []
    for angle in np.linspace(0, np.pi, DIRECTIONS):
        qvel = expert.qvel[first].copy()
        qvel[:2] += facing @ (PUSH_M_S * np.array([np.cos(angle), np.sin(angle)]))
        jobs.append(
            Return(expert.name, expert.kinds, first, frames, expert.qpos[first].copy(), qvel)
        )
    return jobs
