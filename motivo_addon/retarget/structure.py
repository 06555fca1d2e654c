"""Parts of a person by the shape of the skeleton, where names say nothing.

Two chains that reach the floor side by side are legs, and where they meet are
the hips. Two chains that leave the trunk side by side above that are arms, and
what goes on upwards between them is neck and head. The toes tell the front, and
the front tells left from right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .roles import numbered
from .skeleton import RestSkeleton

_FLOOR_SHARE = 0.15
"""Share of the height under which a chain must end to be a leg."""
_ALIKE = 0.12
"""Share of the height by which the two of a pair may differ in height and length."""


@dataclass(frozen=True)
class _Chain:
    """A way down the tree, from below the joint at which a pair parts to a leaf."""

    bones: tuple[int, ...]
    end: np.ndarray
    length: float


def read_structure(rest: RestSkeleton) -> dict[str, int]:
    """Role -> bone of what can be told from where the bones are; empty if that is no person."""
    if len(rest.names) < 7:
        return {}
    best: dict[str, int] = {}
    for up in _ups(rest):
        found = _read(rest, up)
        if len(found) > len(best):
            best = found
        if len(best) >= 14:
            break
    return best


def _ups(rest: RestSkeleton) -> list[np.ndarray]:
    """Directions that may be up: the world's first, then the others along its axes."""
    return [
        np.array(axis, dtype=float)
        for axis in ((0, 0, 1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0), (0, 0, -1))
    ]


def _read(rest: RestSkeleton, up: np.ndarray) -> dict[str, int]:
    points = np.concatenate([rest.heads, rest.tails]) @ up
    low, height = points.min(), np.ptp(points)
    if height <= 0:
        return {}
    leaves = [bone for bone in range(len(rest.names)) if not rest.children(bone)]
    heights = {bone: (rest.heads[bone] @ up - low) / height for bone in leaves}
    feet = [bone for bone in leaves if heights[bone] < _FLOOR_SHARE]
    legs = _best_pair(rest, feet, up, height, low, lambda share: 0.25 < share < 0.8)
    if legs is None:
        return {}
    hips, first, second = legs
    found = {"hips": hips}
    used = rest.descendants(first.bones[0]) | rest.descendants(second.bones[0])
    legs_found = [_leg(rest, chain, up) for chain in (first, second)]
    if any(leg is None for leg in legs_found):
        return {}
    left = _left(rest, legs_found, up)
    flip = (rest.heads[legs_found[0]["thigh"]] - rest.heads[legs_found[1]["thigh"]]) @ left < 0
    for side, leg in zip(("right", "left") if flip else ("left", "right"), legs_found, strict=True):
        found.update({f"{side}_{part}": bone for part, bone in leg.items()})
    found.update(_upper_body(rest, hips, used, up, left, low, height))
    return found


def _best_pair(rest, leaves, up, height, low, allowed):
    """The two leaves that mirror each other best: (where their chains part, chain, chain)."""
    best, best_score = None, -np.inf
    for number, one in enumerate(leaves):
        for other in leaves[number + 1 :]:
            joint = rest.common_ancestor(one, other)
            if joint is None or joint in (one, other):
                continue
            share = (rest.heads[joint] @ up - low) / height
            if not allowed(share):
                continue
            chains = [_chain(rest, joint, leaf) for leaf in (one, other)]
            lengths = [chain.length for chain in chains]
            uneven = abs(lengths[0] - lengths[1]) + abs((chains[0].end - chains[1].end) @ up)
            apart = chains[0].end - chains[1].end
            sideways = np.linalg.norm(apart - up * (apart @ up))
            if uneven > _ALIKE * height or sideways < 0.03 * height:
                continue
            if min(len(chain.bones) for chain in chains) < 3:
                continue
            score = sum(lengths) / height - 3 * uneven / height
            if score > best_score:
                best, best_score = (joint, chains[0], chains[1]), score
    return best


def _chain(rest: RestSkeleton, joint: int, leaf: int) -> _Chain:
    way = rest.ancestors(leaf)
    bones = tuple(reversed(way[: way.index(joint)]))
    points = rest.heads[list(bones)]
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    return _Chain(bones, rest.heads[leaf], length)


def _leg(rest: RestSkeleton, chain: _Chain, up: np.ndarray) -> dict[str, int] | None:
    """Thigh, shin, foot and toe of a chain: the foot is where the way turns from down to forward."""
    if len(chain.bones) < 3:
        return None
    steps = np.diff(rest.heads[list(chain.bones)], axis=0)
    down = -(steps @ up) / np.maximum(np.linalg.norm(steps, axis=1), 1e-9)
    flatter = {k: down[k - 1] - down[k] for k in range(2, len(steps)) if down[k - 1] > 0.5}
    turning = [k for k, change in flatter.items() if change > 0.6 * max(flatter.values())]
    ankle = turning[0] if turning else len(chain.bones) - 1
    leg = {
        "thigh": chain.bones[0],
        "shin": _middle(rest, chain.bones[: ankle + 1]),
        "foot": chain.bones[ankle],
    }
    if ankle + 1 < len(chain.bones):
        leg["toe"] = chain.bones[ankle + 1]
    return leg


def _middle(rest: RestSkeleton, bones: tuple[int, ...]) -> int:
    """The bone of a limb that begins nearest to the middle between its first and last joint."""
    points = rest.heads[list(bones)]
    way = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    inner = range(1, len(bones) - 1)
    return bones[min(inner, key=lambda k: abs(way[k] - way[-1] / 2))]


def _left(rest: RestSkeleton, legs: list[dict[str, int]], up: np.ndarray) -> np.ndarray:
    """(3,): the person's left, from where the toes point."""
    forward = np.zeros(3)
    for leg in legs:
        end = rest.heads[leg["toe"]] if "toe" in leg else rest.tails[leg["foot"]]
        forward += end - rest.heads[leg["foot"]]
    left = np.cross(up, forward)
    across = rest.heads[legs[0]["thigh"]] - rest.heads[legs[1]["thigh"]]
    if np.linalg.norm(left) < 1e-6:
        return across
    return across if across @ left > 0 else -across


def _upper_body(rest, hips, used, up, left, low, height) -> dict[str, int]:
    above = [
        bone
        for bone in range(len(rest.names))
        if not rest.children(bone) and bone not in used and hips in rest.ancestors(bone)
    ]
    middle = rest.heads[hips] @ left / (left @ left)
    aside = {bone: abs(rest.heads[bone] @ left / (left @ left) - middle) for bone in above}
    hands = [bone for bone in above if aside[bone] * np.linalg.norm(left) > 0.08 * height]
    arms = _best_pair(rest, hands, up, height, low, lambda share: share > 0.4)
    if arms is None:
        return {}
    chest, *chains = arms
    found: dict[str, int] = {}
    swapped = (chains[0].end - chains[1].end) @ left < 0
    for side, chain in zip(
        ("right", "left") if swapped else ("left", "right"), chains, strict=True
    ):
        found.update({f"{side}_{part}": bone for part, bone in _arm(rest, chain).items()})
    trunk = rest.ancestors(chest)
    spine = list(reversed(trunk[: trunk.index(hips)])) if hips in trunk else []
    arm_bones = set().union(*(rest.descendants(chain.bones[0]) for chain in chains))
    tops = [b for b in above if b not in arm_bones and chest in rest.ancestors(b)]
    if tops:
        top = max(tops, key=lambda bone: rest.heads[bone] @ up - aside[bone] * np.linalg.norm(left))
        way = list(_chain(rest, chest, top).bones)
        head = _head(rest, way)
        found["head"] = way[head]
        found.update({numbered("neck", n): bone for n, bone in enumerate(way[:head], 1)})
    found.update({numbered("spine", n): bone for n, bone in enumerate(spine, 1)})
    return found


def _arm(rest: RestSkeleton, chain: _Chain) -> dict[str, int]:
    """Collar bone (if any), upper arm, forearm, hand; fingers begin where the chain branches."""
    bones = chain.bones
    hand = next((k for k, b in enumerate(bones) if k >= 2 and len(rest.children(b)) > 1), None)
    if hand is None:
        hand = len(bones) - 1 if len(bones) <= 4 else 3
    arm = bones[: hand + 1]
    steps = np.linalg.norm(np.diff(rest.heads[list(arm)], axis=0), axis=1)
    found = {}
    # A collar bone is short against what follows, up to the hand.
    if len(arm) >= 4 and steps[0] < 0.4 * steps[1:].sum():
        found["clavicle"] = arm[0]
        arm = arm[1:]
    return {
        **found,
        "upper_arm": arm[0],
        "forearm": _middle(rest, arm),
        "hand": arm[-1],
    }


def _head(rest: RestSkeleton, way: list[int]) -> int:
    """Index of the head on the way up: the first bone that branches, else the last but a leaf."""
    for place, bone in enumerate(way):
        if len(rest.children(bone)) > 1:
            return place
    return max(0, len(way) - 2) if len(way) > 2 else len(way) - 1
