"""What a solve by least squares leaves over, held in the end: directions of limbs and the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...numerics.rotations import rotation_vector_between
from ...skeletons.skeleton import SkeletonPose
from .costs import LIMITS, ResultLimits
from .jacobian import Limb


def limit_direction_error(
    limbs: Sequence[Limb],
    pose: SkeletonPose,
    x: np.ndarray,
    scale: float,
    fps: float,
    limits: ResultLimits = LIMITS,
) -> bool:
    """Shortens in place the offsets x (T, W) of limbs that ``pose`` shows pointing too far aside.

    To first order a limb turns in proportion to its offset. Where directions and what the
    limb's end was to do are too far apart, they meet between. Whether any was shortened.
    """
    from scipy.ndimage import gaussian_filter1d, minimum_filter1d

    frames = max(1, round(limits.ease_s / 2 * fps))
    shortened = False
    for limb in limbs:
        turned = np.linalg.norm(
            rotation_vector_between(limb.bone_directions, limb.directions_in(pose)), axis=2
        ).max(axis=0)
        length = np.linalg.norm(x[:, limb.own], axis=1)
        kept = np.minimum(1.0, limits.limb_direction_rad / np.maximum(turned, 1e-9))
        kept = np.maximum(kept, 1.0 - limits.let_go_m * scale / np.maximum(length, 1e-9))
        if (kept < 1.0).any():
            # As wide as the Gaussian reaches: where most is asked for, all is given.
            kept = gaussian_filter1d(minimum_filter1d(kept, 4 * frames + 1), frames / 2)
            x[:, limb.own] *= kept[:, None]
            shortened = True
    return shortened


def floor_offset(
    heights: np.ndarray, scale: float, fps: float, limits: ResultLimits = LIMITS
) -> np.ndarray:
    """(T,) metres by which all is lifted where skin is still deeper in the floor than one sees.

    ``heights`` (T, N) metres: of the skin over the floor.
    """
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    deep = np.maximum(-heights.min(axis=1, initial=0.0) - limits.penetration_m * scale, 0.0)
    if not deep.any():
        return deep
    frames = max(1, round(limits.ease_s * fps))
    return gaussian_filter1d(maximum_filter1d(deep, 2 * frames + 1), frames / 2)
