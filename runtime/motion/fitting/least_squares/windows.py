"""Long clips piece by piece: memory stays small and a cancel is heard soon."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from ..settings import SolverSettings
from .linkage import BodyPoses
from .solver import Comfort, solve
from .terms import Term

_CORE = 240
"""Frames a window answers for."""
_OVERLAP = 32
"""Frames two neighbours share; they blend over the middle half of these."""


def solve_in_windows(
    pose: BodyPoses,
    terms: Sequence[Term],
    comfort: Comfort,
    settings: SolverSettings,
    tick: Callable[[float], None],
) -> BodyPoses:
    """``solver.solve`` over windows that overlap; the same for clips of one window."""
    count = len(pose)
    starts = range(0, max(1, count - _OVERLAP), _CORE)
    result = BodyPoses(pose.root.copy(), pose.turn.copy(), pose.angles.copy())
    for index, start in enumerate(starts):
        stop = count if index == len(starts) - 1 else start + _CORE + _OVERLAP
        frames = np.arange(start, stop)

        def heard(share: float, done: int = index) -> None:
            tick((done + share) / len(starts))

        solved = solve(
            BodyPoses(pose.root[frames], pose.turn[frames], pose.angles[frames]),
            [term.part(frames) for term in terms],
            comfort.part(frames),
            settings.iterations,
            heard,
            settings,
        )
        share = np.ones(len(frames))
        if index:
            ramp = np.clip((np.arange(_OVERLAP) + 0.5) / _OVERLAP * 2 - 0.5, 0, 1)
            share[:_OVERLAP] = ramp
        _blend(result, solved, frames, share)
    return result


def _blend(result: BodyPoses, solved: BodyPoses, frames: np.ndarray, share: np.ndarray) -> None:
    """Goes over from ``result`` to ``solved`` at the frames, by shares 0..1."""
    column = share[:, None]
    result.root[frames] += column * (solved.root - result.root[frames])
    result.angles[frames] += column * (solved.angles - result.angles[frames])
    before = Rotation.from_matrix(result.turn[frames])
    way = (before.inv() * Rotation.from_matrix(solved.turn)).as_rotvec()
    result.turn[frames] = (before * Rotation.from_rotvec(column * way)).as_matrix()
