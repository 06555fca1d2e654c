"""Rows in which only a place or only a pose was lost: zeros among numbers that are none."""

import numpy as np

from ...numerics.smoothing import runs

_APART_DEG = 15.0
"""The largest angle beside a row of zeros that says that a pose was lost there."""
_APART_SIZE = 0.25
"""How far, in sizes of the skeleton, the places beside one are from it."""
_LONGEST_S = 1.0
"""Whoever stays longer in a rest pose or at the origin is there."""


def lost_poses(angles_deg: np.ndarray, fps: float) -> np.ndarray:
    """(T,) bool of (T, n) degrees: the rest pose, to the digit, flashes up inside the motion."""
    turned = (angles_deg + 180.0) % 360.0 - 180.0
    return _lost(~angles_deg.any(axis=1), np.abs(turned).max(axis=1), _APART_DEG, fps, ends=False)


def lost_places(places: np.ndarray, size: float, fps: float) -> np.ndarray:
    """(T,) bool of (T, 3): at the origin, to the digit, and far from it beside that.

    ``size`` of the skeleton in the unit of the places.
    """
    far = np.linalg.norm(places, axis=1)
    return _lost(~places.any(axis=1), far, _APART_SIZE * size, fps, ends=True)


def _lost(zero: np.ndarray, far: np.ndarray, apart: float, fps: float, ends: bool) -> np.ndarray:
    lost = np.zeros(len(zero), dtype=bool)
    for run in runs(zero):
        beside = [frame for frame in (run.start - 1, run.stop) if 0 <= frame < len(zero)]
        inside = len(beside) == 2
        short = run.stop - run.start <= _LONGEST_S * fps
        if beside and short and (inside or ends) and min(far[beside]) > apart:
            lost[run] = True
    return lost
