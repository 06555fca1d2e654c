"""A clip elsewhere. Arrays only, no bpy."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..rig.clip import Clip


def moved(
    clip: Clip,
    hips: str,
    shift: np.ndarray,
    heading: float,
    resting: Collection[str] = (),
) -> Clip:
    """The whole performance turned about the vertical under its first step, then shifted.

    ``shift`` (3,) metres in the world, ``heading`` in radians. The object moves
    if it is animated; otherwise it stays and its bones go, but for ``resting``
    ones, such as a root bone that nobody keyed.
    """
    pivot = clip.joints[0, clip.bones.index(hips)] * (1.0, 1.0, 0.0)
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("z", [heading]).as_matrix().reshape(3, 3)
    turn[:3, 3] = pivot - turn[:3, :3] @ pivot + np.asarray(shift, dtype=float)
    animated = np.abs(clip.placed - clip.placed[0]).max() > 1e-6
    placed = turn @ clip.placed if animated else clip.placed
    posed = turn @ clip.posed
    if not animated:
        still = [number for number, bone in enumerate(clip.bones) if bone in resting]
        posed[:, still] = clip.posed[:, still]
    return replace(clip, placed=placed, posed=posed)
