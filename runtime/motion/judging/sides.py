"""Whether left is left in a source: files that were mirrored, or named the wrong way round."""

import numpy as np

from ..sources.skeleton import SkeletonClip

_BACKWARDS = -0.5
"""Mean cosine between where toes point and where the hips say that somebody faces: a person's is near 1."""
_FEWEST = 5
"""Frames."""


def sides_swapped(clip: SkeletonClip) -> list[str]:
    """A sentence if what is called left lies on the right of somebody whose toes point ahead; else
    none, nor where the clip lacks hips or toes."""
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    wanted = {f"{side}_{part}" for side in ("left", "right") for part in ("hip", "ankle", "foot")}
    if clip.frames < _FEWEST or not wanted <= at.keys():
        return []
    points = {joint: clip.positions[:, at[joint]] for joint in wanted}
    legs = sum(points[f"{side}_hip"] - points[f"{side}_ankle"] for side in ("left", "right"))
    faces = np.cross(points["left_hip"] - points["right_hip"], legs)
    toes = sum(points[f"{side}_foot"] - points[f"{side}_ankle"] for side in ("left", "right"))
    lengths = np.linalg.norm(faces, axis=1) * np.linalg.norm(toes, axis=1)
    known = lengths > 1e-9
    if known.sum() < _FEWEST:
        return []
    if float(((faces * toes).sum(axis=1)[known] / lengths[known]).mean()) > _BACKWARDS:
        return []
    return [
        "what its names call left lies on its right, as in a mirrored file; if so, mirror it, or swap "
        "the sides in its bone map (--map)"
    ]
