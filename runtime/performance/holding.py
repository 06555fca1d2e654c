"""Poses that are kept: what was found while they were taken goes on holding them.

Standing for ten seconds is no new motion every second. Once a pose is reached, its muscle
targets and the feedback around it are a controller that does not depend on time; whether
it holds is seen in the plain simulation itself, and where it does not, the search goes on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..body.kinematics import forward_kinematics
from ..simulation.stepping import DivergenceError
from .physics.bodies import Body
from .physics.trajectory import Trajectory
from .recording import Record, record
from .search.optimiser import Solution


@dataclass(frozen=True)
class HoldSettings:
    """When a pose counts as kept, and how well it has to be."""

    shortest: int = 75
    """Frames from which it pays: what is held saves the search of so many."""
    settle: int = 18
    """Frames into it whose state and feedback hold the rest. Fewer hold a body that still sways;
    each is searched for."""
    lead: int = 15
    """Frames before the next movement that are searched for with it: for it a body leans ahead."""
    still_m: float = 2e-4
    """Metres a joint of a kept reference moves in a frame: what mending leaves of a held pose."""
    away_m: float = 0.015
    """Mean distance of the joints from the state that is held, from which it is not: it leans or
    creeps, and may fall later."""


HOLDING = HoldSettings()


def kept_stretches(
    qpos: np.ndarray, settings: HoldSettings = HOLDING
) -> tuple[tuple[int, int], ...]:
    """(first, last) frames of a reference (T, 76) over which one pose is kept for long."""
    joints = forward_kinematics(qpos)[0]
    still = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1) < settings.still_m
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(int)))
    stretches = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return tuple((a, b) for a, b in stretches if b - a >= settings.shortest)


def end_to_hold(
    first: int, longest: int, stretches: Iterable[tuple[int, int]], settings: HoldSettings = HOLDING
) -> int | None:
    """The frame in which a window from ``first`` is to be left, so that a pose is kept from there
    on; None if none is taken within ``longest`` frames."""
    for begin, last in stretches:
        taken = max(begin, first) + settings.settle
        if first < taken <= first + longest and worth_holding(taken, last, settings):
            return taken
    return None


def worth_holding(frame: int, last: int, settings: HoldSettings = HOLDING) -> bool:
    """Whether enough is left of a pose that is kept until ``last``."""
    return last - settings.lead - frame >= settings.shortest - settings.settle - settings.lead


def held_on(
    body: Body,
    targets: np.ndarray,
    solution: Solution,
    step: int,
    start: tuple[np.ndarray, np.ndarray],
    frames: int,
    watch: Callable[[], None],
    settings: HoldSettings = HOLDING,
) -> Record | None:
    """``frames`` states from ``start`` on, held by what a ``solution`` does in one of its steps.

    ``targets`` (n, 69) as the solution was found with. A plain simulation without a wrench, as
    ``record``; None if the pose is not kept so. Raises whatever ``watch`` raises.
    """
    found = solution.trajectory
    same = np.zeros(frames, dtype=int)
    kept = Trajectory(
        found.qpos[step][None][same],
        np.zeros((frames, found.qvel.shape[1])),
        found.control[step][None][same[1:]],
        found.substates[:0],
    )
    feedback = solution.gains.feedback[step][None][same[1:]]
    try:
        held = record(body, targets[step][None][same], kept, feedback, start, {}, watch)
    except DivergenceError:
        return None
    away = forward_kinematics(held.qpos)[0] - forward_kinematics(kept.qpos[:1])[0]
    if np.linalg.norm(away, axis=-1).mean(axis=1).max() > settings.away_m:
        return None
    return held
