"""Where the floor is, by what rests on it: for who crawls, lies down, gets up or turns cartwheels.

Whatever is lowest of a body bears it, so it is mostly at rest, and always at one height. Along
any other axis of a file what is farthest out moves with the body, or stands now here, now there.
"""

from dataclasses import dataclass

import numpy as np

from ...contact_detection import speeds
from ...sources.skeleton import SkeletonClip

AXES = {
    "x": (1.0, 0.0, 0.0),
    "y": (0.0, 1.0, 0.0),
    "z": (0.0, 0.0, 1.0),
    "-x": (-1.0, 0.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "-z": (0.0, 0.0, -1.0),
}


@dataclass(frozen=True)
class FloorCosts:
    """What speaks against an axis as up. In 402 recordings the true one costs least, but for who
    climbs, and there no other costs less than 2.9, or it is hardly better."""

    rest_m_s: float = 0.3
    """A joint is at rest below this."""
    spread_m: float = 0.1
    """Between the heights (10th to 90th percentile) of what is lowest and at rest: costs 1."""
    spread_most_m: float = 1.0
    moving_share: float = 0.2
    """Of the frames in which what is lowest moves: costs 1."""
    most: float = 2.7
    """What an axis may cost to be up ..."""
    less: float = 1.0
    """... and by how much less than the one that the file has, ..."""
    less_upright: float = 7.0
    """... if somebody is upright in that: who sits or climbs is borne by what is not seen. (Crawls up a
    wall cost 11 more than on a floor.)"""
    alike: float = 0.5
    """By how much less one axis must cost than another to be told from it."""
    head_down: float = 3.0
    """By how much more the floor of the file must cost than one at the other end of somebody whose
    head is down for them to be upside down: in a handstand hands rest, and feet do not."""
    lies: float = 0.3
    """By how much less the axis of the file costs than another for who lies along that to be lying."""


COSTS = FloorCosts()


def up_by_floor(
    clip: SkeletonClip, along: np.ndarray, upright: bool = False, costs: FloorCosts = COSTS
) -> str:
    """Name of the axis that is up; z unless another is clearly better, and very clearly for who is
    ``upright`` in z.

    ``along`` (T, 3) of length 1: from the feet to the head. Who lies rests along several axes; of
    these it is the one along which they stand or sit at some time.
    """
    cost = _costs(clip, costs)
    least = min(cost.values())
    alike = [name for name in cost if cost[name] < least + costs.alike]
    best = max(alike, key=lambda name: float(np.percentile(along @ np.array(AXES[name]), 95)))
    less = costs.less_upright if upright else costs.less
    return best if cost[best] < costs.most and cost["z"] - cost[best] > less else "z"


def rests_on_floor(clip: SkeletonClip, other: str, costs: FloorCosts = COSTS) -> bool:
    """Whether what rests of somebody lies on the floor that the file has rather than on that of the
    ``other`` axis."""
    cost = _costs(clip, costs)
    return cost["z"] < costs.most and cost[other] - cost["z"] > costs.lies


def hangs_in_the_air(clip: SkeletonClip, costs: FloorCosts = COSTS) -> bool:
    """Whether of somebody whose head is down the feet rest, at one height, and nothing below does."""
    cost = _costs(clip, costs)
    return cost["z"] - cost["-z"] > costs.head_down


def _costs(clip: SkeletonClip, costs: FloorCosts) -> dict[str, float]:
    return {name: _cost(clip, np.array(axis), costs) for name, axis in AXES.items()}


def _cost(clip: SkeletonClip, up: np.ndarray, costs: FloorCosts) -> float:
    joints = sorted(clip.names.index(bone) for bone in clip.bones.joints.values())
    points = clip.positions[:, joints]
    heights = points @ up
    lowest = heights.argmin(axis=1)
    frames = np.arange(len(heights))
    rests = speeds(points, clip.fps)[frames, lowest] < costs.rest_m_s
    spread = costs.spread_most_m
    if rests.sum() > 3:
        spread = min(spread, float(np.ptp(np.percentile(heights[frames, lowest][rests], (10, 90)))))
    return spread / costs.spread_m + float(1.0 - rests.mean()) / costs.moving_share
