"""No angle jumps: where a limb has to go from one side of its limits to the other, it takes its time.

Joint limits cut some limb directions into two regions of angles. A person's
shoulder passes from one to the other freely, the body's cannot; frame by frame
both sides fit, and the angles would jump by half a turn between two frames.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...body.figures import PARENTS
from .least_squares.linkage import BodyPoses
from .least_squares.solver import Comfort, solve
from .least_squares.terms import Term
from .settings import FIT, ContinuitySettings, FitSettings


def without_jumps(
    pose: BodyPoses, terms: Sequence[Term], comfort: Comfort, settings: FitSettings = FIT
) -> BodyPoses:
    """Solves the neighbourhood of every jump again, with steady angles."""
    for _ in range(settings.continuity.passes):
        spans = _jump_spans(pose.angles, settings.continuity)
        if not spans:
            break
        for start, stop, hinges in spans:
            pose = _solved_again(pose, terms, comfort, start, stop, hinges, settings)
    return pose


def _jump_spans(
    angles: np.ndarray, settings: ContinuitySettings
) -> list[tuple[int, int, np.ndarray]]:
    """First and last frame and the hinges (69,) bool of each group of jumps."""
    jumps = np.abs(np.diff(angles, axis=0)) > settings.jump_rad
    frames = np.flatnonzero(jumps.any(axis=1))
    if not len(frames):
        return []
    groups = np.split(frames, np.flatnonzero(np.diff(frames) > 2 * settings.around_frames) + 1)
    return [(int(g[0]), int(g[-1]) + 1, _limbs(jumps[g].any(axis=0))) for g in groups]


def _limbs(hinges: np.ndarray) -> np.ndarray:
    """All hinges of the joints concerned and of what hangs on them."""
    joints = np.zeros(24, dtype=bool)
    joints[1:] = hinges.reshape(23, 3).any(axis=1)
    for body in range(1, 24):
        joints[body] |= joints[PARENTS[body]]
    return np.repeat(joints[1:], 3)


def _solved_again(
    pose: BodyPoses,
    terms: Sequence[Term],
    comfort: Comfort,
    start: int,
    stop: int,
    hinges: np.ndarray,
    settings: FitSettings,
) -> BodyPoses:
    around, margin = settings.continuity.around_frames, settings.continuity.margin_frames
    count = len(pose)
    first, last = max(0, start - around), min(count - 1, stop + around)
    frames = np.arange(max(0, first - margin), min(count, last + margin + 1))
    guess = pose.angles.copy()
    share = np.linspace(0, 1, last - first + 1)[:, None]
    straight = (1 - share) * pose.angles[first] + share * pose.angles[last]
    guess[first : last + 1, hinges] = straight[:, hinges]
    steady = np.tile(comfort.steady, (len(frames) - 1, 1))
    inside = slice(first - frames[0], last - frames[0])
    steady[inside] += settings.continuity.firm * hinges
    part = replace(comfort.part(frames), steady=steady)
    solved = solve(
        BodyPoses(pose.root[frames], pose.turn[frames], guess[frames]),
        [term.part(frames) for term in terms],
        part,
        settings.solver.jump_iterations,
        settings=settings.solver,
    )
    root, turn, angles = pose.root.copy(), pose.turn.copy(), pose.angles.copy()
    root[frames], turn[frames], angles[frames] = solved.root, solved.turn, solved.angles
    return BodyPoses(root, turn, angles)
