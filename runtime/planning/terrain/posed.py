"""How high keys stand that were posed on a scene: taken down by that, they are keys of the floor."""

from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...body.support_points import support_points
from ...scene.ground import NOTHING_M, Ground
from ..mending.grounding import intervals
from .footfalls import STEP_UP_M

_FEET = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")
AIRBORNE_M = 0.02
"""Over the ground, from which no foot stands."""
IN_THE_AIR_M = 0.06
"""The same of keys that are in the air."""


def key_levels(qpos: np.ndarray, ground: Ground) -> tuple[np.ndarray, bool]:
    """(n, 76) keys -> (n,) metres of the ground that each was posed on, 0 for the floor; and whether
    all were posed on what is under them, so that nothing is left to be put there.

    A key whose lowest sole is nearer to the ground under it than to the height of the floor was
    posed on that ground.
    """
    points, below = _soles(qpos, ground)
    rows = np.arange(len(qpos)), (points - below).argmin(axis=1)
    level, lowest = below[rows], points.min(axis=1)
    posed_there = (np.abs(points[rows] - level) < np.abs(lowest)) & (level > NOTHING_M / 2)
    level = np.where(posed_there, level, np.where(np.abs(level) < AIRBORNE_M, level, np.nan))
    return np.nan_to_num(level), bool(np.isfinite(level).all())


def levels_between(
    qpos: np.ndarray, keys: list[int], levels: np.ndarray, ground: Ground
) -> np.ndarray:
    """Frames (T, 76) through ``keys`` that were posed on ``levels`` (n,) -> (T,) metres that each
    stands higher than on the floor.

    From key to key it goes over as gently as they do; where both feet are in the air between keys
    that stand, while they are: until then the body stands where it stood.
    """
    frames = np.arange(len(qpos))
    if len(keys) == 1:
        return np.full(len(qpos), levels[0])
    result = np.asarray(PchipInterpolator(keys, levels)(np.clip(frames, keys[0], keys[-1])))
    points, below = _soles(qpos, ground)
    over = (points - below).min(axis=1)
    standing = [index for index, key in enumerate(keys) if over[key] < IN_THE_AIR_M]
    for one, other in pairwise(standing):
        first, last = keys[one], keys[other]
        flights = intervals(over[first : last + 1] > AIRBORNE_M)
        if other == one + 1 or not len(flights):
            continue
        start, stop = first + flights[np.argmax(flights[:, 1] - flights[:, 0])]
        share = np.clip((frames[first : last + 1] - start + 1) / (stop - start + 1), 0, 1)
        ease = share**2 * (3 - 2 * share)
        result[first : last + 1] = levels[one] + ease * (levels[other] - levels[one])
    return result


def _soles(qpos: np.ndarray, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """(T, 76) -> (T, K) metres: heights of the points of the feet, and of the ground under each."""
    table = support_points()
    feet = np.flatnonzero(np.isin(table.body, [BODY_NAMES.index(name) for name in _FEET]))
    positions, rotations = forward_kinematics(qpos)
    points = positions[:, table.body[feet]] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body[feet]], table.offset[feet]
    )
    return points[..., 2], ground.heights(points, STEP_UP_M)
