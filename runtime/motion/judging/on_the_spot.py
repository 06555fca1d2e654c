"""Somebody whose file tells no places: the feet that stand tell where the body goes."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..skeleton import SkeletonClip

_EVENED = 0.06
"""Seconds over which the pace that is found is evened out."""


def carried_by_feet(clip: SkeletonClip) -> SkeletonClip:
    """The clip, z up, with places: the lower foot stands still on the floor, the body goes."""
    joints = clip.bones.joints
    named = ("left_ankle", "right_ankle", "left_foot", "right_foot")
    feet = clip.positions[:, [clip.names.index(joints[j]) for j in named if j in joints]]
    if not feet.shape[1] or clip.frames < 3:
        return clip
    lower = feet[..., 2].argmin(axis=1)
    place = np.zeros((clip.frames, 3))
    rows = np.arange(clip.frames - 1)
    steps = feet[rows, lower[1:]] - feet[rows + 1, lower[1:]]
    # Where one foot takes over from the other neither stands quite still.
    steps = gaussian_filter1d(steps, _EVENED * clip.fps, axis=0, mode="nearest")
    place[1:, :2] = np.cumsum(steps[:, :2], axis=0)
    place[:, 2] = -feet[..., 2].min(axis=1)
    note = "no translation in the file: taken from the feet that stand"
    return replace(clip, positions=clip.positions + place[:, None], notes=(*clip.notes, note))
