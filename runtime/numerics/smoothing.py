"""Corrections over time that do what is asked where it is asked and fade smoothly elsewhere.

Each is the least-squares solution of a banded system over the whole clip, so
that easing in and out, and two requests that nearly meet, need no cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FIRM = 1e5
"""Weight of what must be met; the wish to change nothing has weight 1."""

AVOID = 300.0
"""Weight of what should be avoided, such as the floor on the way: met in a smooth curve."""

TREMBLING = 6.0
"""Hertz. People move slower than that; joints that a simulation steers do tremble faster."""


@dataclass(frozen=True)
class SoftTarget:
    """The correction itself should be ``value`` (T, K), as strongly as ``weight`` (T,)."""

    value: np.ndarray
    weight: np.ndarray


def fit_smooth_offset(
    frames: int,
    width: int,
    targets: Sequence[SoftTarget] = (),
    ease: float = 5.0,
) -> np.ndarray:
    """(T, K): the correction that meets wishes, small and smooth elsewhere.

    ``ease`` is about how many frames it takes to come and go.
    """
    from scipy.linalg import solveh_banded

    diagonals = np.zeros((3, frames))  # the main one last, as LAPACK stores the upper half
    right = np.zeros((frames, width))
    diagonals[2] += 1.0
    for target in targets:
        diagonals[2] += target.weight
        right += target.weight[:, None] * target.value
    if frames > 2:
        bend = ease**4
        for place, share in enumerate((1.0, -2.0, 1.0)):
            diagonals[2, place : frames - 2 + place] += bend * share * share
        diagonals[1, 1 : frames - 1] += bend * -2.0
        diagonals[1, 2:frames] += bend * -2.0
        diagonals[0, 2:] += bend
    return solveh_banded(diagonals, right)


def lowpass_rotations(rotations: np.ndarray, fps: float) -> np.ndarray:
    """(T, 3, 3) without what trembles faster than ``TREMBLING`` times a second.

    The turns nearest to them in which jerk costs as much as being elsewhere, at
    that frequency: what is half as fast keeps 98 %, what is twice as fast 5 %.
    """
    from ..body.kinematics import to_rotation
    from .block_banded import solve_banded
    from .rotations import quaternions

    frames = len(rotations)
    if frames < 4 or fps / 2 <= TREMBLING:
        return rotations
    cost = (2.0 * np.sin(np.pi * TREMBLING / fps)) ** -6
    third = np.array([-1.0, 3.0, -3.0, 1.0])
    band = np.zeros((4, frames))
    band[3] = 1.0
    for i, first in enumerate(third):
        for j in range(i, 4):
            band[3 + i - j, j : frames - 3 + j] += cost * first * third[j]
    return to_rotation(solve_banded(band, quaternions(rotations))).as_matrix()


def runs(flags: np.ndarray) -> list[slice]:
    """Each run of True in (T,) as a slice."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(int)))
    return [slice(a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]
