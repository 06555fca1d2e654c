"""Whether the limbs of a result point as its source's do, by trees of joints and their lengths alone.

No names, tables or rest poses: of both skeletons the five ends that lie farthest from each other
along the bones are hands, feet and head; each limb is the last stretch of the way to its end, as
long in both beside the whole. What was taken for an arm and is none is told by this.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ...body.figures import BODY_NAMES, PARENTS
from ..motion import Motion
from ..sources.skeleton import SkeletonClip


@dataclass(frozen=True)
class LimbLimits:
    """From where on a disagreement is told."""

    off_deg: float = 45.0
    """Median angle of the worst limb. Hands that hold nothing end elsewhere than with fingers."""
    stretches: tuple[float, ...] = (0.2, 0.32)
    """Lengths of a limb, beside the longest way from end to end along the bones: lower and whole."""
    frames: int = 60
    """That are looked at, evenly spread."""
    alike: float = 0.35
    """Mean distance of matched ends, beside the same length, from which on nothing is known: the
    source is no person of five ends, or carries something longer than a limb."""


LIMITS = LimbLimits()
_ENDS = 5
_HEAD = BODY_NAMES.index("Head")


def limbs_aside(source: SkeletonClip, motion: Motion, limits: LimbLimits = LIMITS) -> list[str]:
    """A sentence if a limb of ``motion`` points elsewhere than the source's, frame by frame; else none.

    ``source`` has the frames and the axes of ``motion``.
    """
    off = limbs_off(source, motion, limits)
    if off is None or off < limits.off_deg:
        return []
    return [f"points an arm or a leg {off:.0f} degrees off the source's; look at its bones (--map)"]


def limbs_off(source: SkeletonClip, motion: Motion, limits: LimbLimits = LIMITS) -> float | None:
    """Degrees: median over the frames of the worst limb; None where nothing is known."""
    count = min(source.frames, motion.frames)
    frames = np.linspace(0, count - 1, min(count, limits.frames)).astype(int)
    theirs = _limbs(source.positions[frames], source.parents, limits)
    own = _limbs(motion.positions()[frames], tuple(PARENTS), limits)
    if theirs is None or own is None:
        return None
    (_, tips, directions), (own_ends, own_tips, own_directions) = theirs, own
    apart = np.linalg.norm(own_tips[:, :, None] - tips[:, None], axis=-1).mean(axis=0)
    order = min(
        permutations(range(_ENDS)), key=lambda chosen: float(apart[range(_ENDS), chosen].sum())
    )
    if apart[range(_ENDS), order].mean() > limits.alike:
        return None
    cosines = (own_directions * directions[:, :, order]).sum(axis=-1)
    angles = np.median(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))), axis=1)
    # Where a head ends is anybody's choice.
    limbs = [end for end, joint in enumerate(own_ends) if joint != _HEAD]
    return float(angles[:, limbs].max())


def _limbs(
    points: np.ndarray, parents: tuple[int, ...], limits: LimbLimits
) -> tuple[list[int], np.ndarray, np.ndarray] | None:
    """Joints (T, J, 3) -> which end limbs, their places (T, 5, 3) about the middle, beside the longest
    way, and directions (2, T, 5, 3) of length 1 of the limbs; None where there are fewer ends."""
    joints = len(parents)
    lengths = np.array(
        [
            0.0
            if parent < 0
            else float(np.median(np.linalg.norm(points[:, joint] - points[:, parent], axis=-1)))
            for joint, parent in enumerate(parents)
        ]
    )
    ways = _ways(parents, lengths)
    leaves = sorted(set(range(joints)) - set(parents))
    ways[~np.isfinite(ways)] = 0.0
    if len(leaves) < _ENDS or not ways.any():
        return None
    first = max(leaves, key=lambda leaf: float(ways[leaf, leaves].max()))
    ends = [first]
    while len(ends) < _ENDS:
        ends.append(max(leaves, key=lambda leaf: float(ways[leaf, ends].min())))
    longest = float(ways[np.ix_(ends, ends)].max())
    tips = points[:, ends]
    bases = np.array(
        [
            [_along(points, parents, lengths, end, stretch * longest) for end in ends]
            for stretch in limits.stretches
        ]
    )
    directions = tips - bases.transpose(0, 2, 1, 3)
    directions /= np.maximum(np.linalg.norm(directions, axis=-1, keepdims=True), 1e-9)
    return ends, (tips - tips.mean(axis=1, keepdims=True)) / longest, directions


def _ways(parents: tuple[int, ...], lengths: np.ndarray) -> np.ndarray:
    """(J, J): lengths of the ways along the bones; infinite between people."""
    joints = len(parents)
    ways = np.full((joints, joints), np.inf)
    for joint, parent in enumerate(parents):
        ways[joint, joint] = 0.0
        if parent >= 0:
            ways[joint, :joint] = ways[parent, :joint] + lengths[joint]
            ways[:joint, joint] = ways[joint, :joint]
    return ways


def _along(
    points: np.ndarray, parents: tuple[int, ...], lengths: np.ndarray, end: int, way: float
) -> np.ndarray:
    """(T, 3): where one is that far from an end towards the root."""
    joint = end
    while parents[joint] >= 0 and lengths[joint] < way:
        way -= lengths[joint]
        joint = parents[joint]
    if parents[joint] < 0:
        return points[:, joint]
    share = way / max(lengths[joint], 1e-9)
    return points[:, joint] + share * (points[:, parents[joint]] - points[:, joint])
