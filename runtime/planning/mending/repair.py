"""Mends a reference so that a body with weight can follow it.

Fitted and keyed motions hover and sink by centimetres, jump from one frame to
the next and leave the joint ranges. None of that can be performed; all of it is
taken out here, before the physics sees it, changing no more than needed.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from ...motion.joining import JOIN, join
from .settings import MENDING, DiscontinuityLimits


def without_discontinuities(
    qpos: np.ndarray, limits: DiscontinuityLimits = MENDING.discontinuities
) -> np.ndarray:
    """(T, 76): what follows an impossible jump is led there over ``JOIN`` frames."""
    result = qpos.copy()
    for frame in np.flatnonzero(_discontinuities(qpos, limits)) + 1:
        result[frame:] = join(result[:frame], result[frame:], JOIN)
    return result


def _discontinuities(qpos: np.ndarray, limits: DiscontinuityLimits) -> np.ndarray:
    """(T-1,) bool: whether the root jumps between a frame and the next."""
    if len(qpos) < 2:
        return np.zeros(0, dtype=bool)
    moved = _beyond_neighbours(
        np.linalg.norm(np.diff(qpos[:, :3], axis=0), axis=1), limits.pace_frames
    )
    root = Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    turned = (root[:-1].inv() * root[1:]).magnitude()
    hinges = np.abs(np.diff(qpos[:, 7:], axis=0)).max(axis=1)
    return (moved > limits.root_m) | (turned > limits.root_rad) | (hinges > limits.hinge_rad)


def _beyond_neighbours(steps: np.ndarray, frames: int) -> np.ndarray:
    """(T-1,) metres: each step over what is usual around it; who rides is fast in every frame."""
    if len(steps) < 3:
        return steps
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(steps, frames // 2, mode="edge"), frames
    )
    return np.asarray(steps - np.median(around, axis=1))
