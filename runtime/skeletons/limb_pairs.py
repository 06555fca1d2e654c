"""Pairs of chains that mirror each other, and how much they are like legs or like arms.

Skirts, capes, hair, tails and wings come in mirrored pairs, too. What tells a
limb from them: it is one of two and not of a ring, has two long bones and goes
nearly straight; legs end in feet, arms in fingers beside the trunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from .skeleton import Skeleton

_SAMPLES = 7
"""Points along a chain at which it is held against its mirror image."""
_SHORTEST = 0.15
"""Share of the skeleton's height under which a chain is no limb."""
_UNEVEN = 0.6
"""Share of the longer's length that the shorter of a pair must have."""
_ASKEW = 0.25
"""Share of its length by which a limb may miss its mirror image."""


@dataclass(frozen=True)
class Chain:
    """A way down the tree, from below the joint at which a pair parts to a leaf."""

    bones: tuple[int, ...]
    points: np.ndarray
    """(n, 3): their heads."""

    @property
    def end(self) -> np.ndarray:
        """(3,)"""
        return self.points[-1]

    @property
    def steps(self) -> np.ndarray:
        """(n - 1,): lengths from head to head."""
        return np.linalg.norm(np.diff(self.points, axis=0), axis=1)

    @property
    def length(self) -> float:
        return float(self.steps.sum())

    @property
    def straightness(self) -> float:
        """1 where the way is a line."""
        return float(np.linalg.norm(self.end - self.points[0])) / max(self.length, 1e-9)

    @property
    def long_bones(self) -> float:
        """Share of the length that its two longest bones have: much in limbs, little in cloth."""
        return float(np.sort(self.steps)[-2:].sum()) / max(self.length, 1e-9)

    def at(self, distances: np.ndarray) -> np.ndarray:
        """(n, 3): points that far along."""
        path = np.r_[0.0, np.cumsum(self.steps)]
        return np.stack([np.interp(distances, path, axis) for axis in self.points.T], axis=1)


@dataclass(frozen=True)
class Pair:
    """Two chains that part at a joint and mirror each other."""

    joint: int
    chains: tuple[Chain, Chain]
    askew: float
    """How far they miss each other's mirror image, as a share of their length."""
    alike: int
    """Further chains of the same size that part at the joint."""


def best_pair(
    rest: Skeleton,
    up: np.ndarray,
    height: float,
    free: set[int],
    likeness: Callable[[Pair], float | None],
) -> Pair | None:
    """The pair among ``free`` bones that is most like what is looked for; None says: not at all."""
    best, best_score = None, -np.inf
    for pair in _pairs(rest, up, height, free):
        score = likeness(pair)
        if score is not None and score > best_score:
            best, best_score = pair, score
    return best


def limb_likeness(pair: Pair) -> float:
    """What arms and legs have in common."""
    return (
        -4.0 * pair.askew
        - 0.35 * min(pair.alike, 4)
        + float(np.mean([0.5 * c.long_bones + c.straightness for c in pair.chains]))
    )


def _pairs(rest: Skeleton, up: np.ndarray, height: float, free: set[int]) -> Iterator[Pair]:
    below: dict[int, list[Chain]] = {}
    for leaf in sorted(free):
        if rest.children(leaf):
            continue
        path = rest.ancestors(leaf)
        for depth in range(2, len(path)):
            bones = tuple(reversed(path[:depth]))
            chain = Chain(bones, rest.heads[list(bones)])
            if bones[0] in free and chain.length > _SHORTEST * height:
                below.setdefault(bones[0], []).append(chain)
    for joint in range(len(rest.names)):
        firsts = [child for child in rest.children(joint) if child in below]
        for one, other in combinations(firsts, 2):
            others = [below[child] for child in firsts if child not in (one, other)]
            for first, second in product(below[one], below[other]):
                chains = _evened(first, second)
                askew = _askew(*chains, up)
                if askew < _ASKEW:
                    alike = sum(any(_alike(c, first) for c in found) for found in others)
                    yield Pair(joint, chains, askew, alike)


def _evened(first: Chain, second: Chain) -> tuple[Chain, Chain]:
    """Without what only one of them has at its end: a sword in one hand."""
    if min(first.length, second.length) > _UNEVEN * max(first.length, second.length):
        return first, second
    count = min(len(first.bones), len(second.bones))
    one, two = (Chain(c.bones[:count], c.points[:count]) for c in (first, second))
    return one, two


def _askew(first: Chain, second: Chain, up: np.ndarray) -> float:
    """How far one misses the other's mirror image, over the length that both have."""
    length = min(first.length, second.length)
    if length < _UNEVEN * max(first.length, second.length):
        return np.inf
    along = np.linspace(0.0, length, _SAMPLES)
    one, two = first.at(along), second.at(along)
    apart = (one - two).mean(axis=0)
    apart = apart - up * (apart @ up)
    width = np.linalg.norm(apart)
    if width < 0.05 * length:
        return np.inf
    across = apart / width
    middle = ((one + two) @ across / 2).mean()
    image = one - 2 * np.outer(one @ across - middle, across)
    missed = float(np.sqrt(((image - two) ** 2).sum(axis=1).mean())) / length
    return missed + 0.1 * abs(first.length - second.length) / length


def _alike(chain: Chain, other: Chain) -> bool:
    same_length = abs(chain.length - other.length) < 0.25 * other.length
    same_way = np.linalg.norm(chain.end - other.end) < 1.2 * other.length
    return same_length and bool(same_way)
