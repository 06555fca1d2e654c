"""Somebody whose file tells no places: the feet that stand tell where the body goes."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..sources.skeleton import SkeletonClip
from .judge import judged, stood_up

_EVENED = 0.06
"""Seconds over which the pace that is found is evened out."""


def placed_by_feet(clip: SkeletonClip, up_said: bool = False) -> SkeletonClip:
    """The clip, upright and level, with places: the lower foot stands still, the body goes.

    ``up_said``: z is up as a person said.
    """
    clip = clip if up_said else stood_up(clip, placed=False)
    # Where it goes when its floor may still lean tells whether that does.
    placed = judged(_carried(clip, floor=False), up_said, fps_said=True)
    placed = _carried(placed, floor=True)
    note = "no translation in the file: taken from the feet that stand"
    return replace(placed, notes=(*placed.notes, note))


def _carried(clip: SkeletonClip, floor: bool) -> SkeletonClip:
    """Moved so that the lower foot stands still, on the floor or wherever that is."""
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
    place[1:] = np.cumsum(steps, axis=0)
    if floor:
        place[:, 2] = -feet[..., 2].min(axis=1)
    return replace(clip, positions=clip.positions + place[:, None])
