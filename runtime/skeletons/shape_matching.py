"""Parts of a person by the shape of the skeleton, where names say nothing.

Two chains that reach the floor side by side are legs, and where they meet are
the hips. Two chains that leave the trunk side by side above that are arms, and
what goes on upwards between them is neck and head. The toes tell the front, and
the front tells left from right.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..numerics.rotations import unit
from .human_bones import numbered
from .limb_pairs import Chain, Pair, best_pair, limb_likeness
from .names import fold_name
from .skeleton import Skeleton

_FLOOR_SHARE = 0.15
"""Share of the height under which a chain must end to be a leg."""
_PALMS = 0.6
"""How much less likely it is that fingers grow on a forearm than on a hand."""
_HIPS = 0.08
"""Share of a leg's length that thighs are apart at least."""
_UNEVEN = (0.1, 0.2)
"""Differences of thigh and shin, logarithms of lengths: of a leg, and of what hardly is one."""
_FRONT = np.array([0.0, -1.0, 0.0])
"""Where characters look in Blender, if nothing on them tells."""


def read_structure(rest: Skeleton) -> dict[str, int]:
    """Role -> bone of what can be told from where the bones are; empty if that is no person."""
    if len(rest.names) < 7:
        return {}
    best: dict[str, int] = {}
    for up in _ups():
        found = _read(rest, up)
        if len(found) > len(best):
            best = found
        if len(best) >= 14:
            break
    return best


def _ups() -> list[np.ndarray]:
    """Directions that may be up: the world's first, then the others along its axes."""
    return [
        np.array(axis, dtype=float)
        for axis in ((0, 0, 1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0), (0, 0, -1))
    ]


def _read(rest: Skeleton, up: np.ndarray) -> dict[str, int]:
    # Heads only: importers leave tails anywhere.
    low, height = (rest.heads @ up).min(), float(np.ptp(rest.heads @ up))
    if height <= 0:
        return {}

    def like_legs(pair: Pair) -> float | None:
        return _like_legs(rest, pair, up, low, height)

    legs = best_pair(rest, up, height, set(range(len(rest.names))), like_legs)
    if legs is None:
        return {}
    one, two = legs.chains
    chains = _below_pelvis(one, two), _below_pelvis(two, one)
    turns = _ankles(*chains, up)
    pair = _leg(rest, chains[0], turns[0], up), _leg(rest, chains[1], turns[1], up)
    left = _left(rest, pair, up)
    if _across(rest, pair, up) @ left < 0:
        pair = pair[1], pair[0]
    found = {"hips": _topmost(rest, legs.joint, height)}
    for side, leg in zip(("left", "right"), pair, strict=True):
        found.update({f"{side}_{part}": bone for part, bone in leg.items()})
    upper = _upper_body(rest, legs, up, left, height, found)
    return {**found, **upper}


def _like_legs(
    rest: Skeleton, pair: Pair, up: np.ndarray, low: float, height: float
) -> float | None:
    if any(len(chain.bones) < 3 for chain in pair.chains):
        return None
    if any((chain.end @ up - low) > _FLOOR_SHARE * height for chain in pair.chains):
        return None
    share = (rest.heads[pair.joint] @ up - low) / height
    if not 0.15 < share < 0.85:
        return None
    drop = [(chain.points[0] - chain.end) @ up / max(chain.length, 1e-9) for chain in pair.chains]
    if min(drop) < 0.5:
        return None
    feet = all(_ankle(chain, up) is not None for chain in pair.chains)
    length = float(np.mean([chain.length for chain in pair.chains]))
    return limb_likeness(pair) + 0.4 * feet + 2.0 * length / height


def _topmost(rest: Skeleton, joint: int, height: float) -> int:
    """The uppermost bone that begins where the joint does: a pelvis over the spine that has the legs."""
    hips = joint
    for bone in rest.ancestors(joint):
        if np.linalg.norm(rest.heads[bone] - rest.heads[joint]) < 0.02 * height:
            hips = bone
    return hips


def _below_pelvis(leg: Chain, other: Chain) -> Chain:
    """A leg without the bones that lead to it from the middle of the hips."""
    count = min(len(leg.bones), len(other.bones))
    apart = np.linalg.norm(leg.points[:count] - other.points[:count], axis=1)
    # The ends may stand together or far apart; hips are no wider for it.
    wide = min(0.4 * float(np.median(apart)), _HIPS * leg.length)
    start = next((k for k in range(count - 3) if apart[k] > wide), 0)
    return Chain(leg.bones[start:], leg.points[start:])


def _ankle(chain: Chain, up: np.ndarray) -> int | None:
    """Place in the chain where the way turns from down to forward, if it does."""
    down = -(np.diff(chain.points, axis=0) @ up) / np.maximum(chain.steps, 1e-9)
    flatter = {k: down[k - 1] - down[k] for k in range(2, len(down)) if down[k - 1] > 0.5}
    most = max(flatter.values(), default=0.0)
    turn = next((k for k, change in flatter.items() if change > max(0.6 * most, 0.1)), None)
    # Who steps off a foot turns at its ball; but shins are about as long as thighs.
    uneven = {k: _uneven(chain, k) for k in range(2, len(chain.bones))}
    if turn is None or uneven[turn] < _UNEVEN[1]:
        return turn
    even = min(uneven, key=lambda k: uneven[k])
    return even if uneven[even] < _UNEVEN[0] else turn


def _uneven(chain: Chain, ankle: int) -> float:
    """By how much thigh and shin differ in length, as a logarithm, if the ankle is there."""
    path = np.r_[0.0, np.cumsum(chain.steps)][: ankle + 1]
    halves = np.abs(np.log(np.maximum(path[1:-1], 1e-9) / np.maximum(path[-1] - path[1:-1], 1e-9)))
    return float(halves.min())


def _ankles(one: Chain, two: Chain, up: np.ndarray) -> tuple[int | None, int | None]:
    """Places of both ankles: legs of as many bones have them at the same."""
    turns = _ankle(one, up), _ankle(two, up)
    if len(one.bones) != len(two.bones) or turns[0] == turns[1]:
        return turns
    known = [turn for turn in turns if turn is not None]
    both = min(known, key=lambda turn: _uneven(one, turn) + _uneven(two, turn))
    return both, both


def _leg(rest: Skeleton, chain: Chain, turn: int | None, up: np.ndarray) -> dict[str, int]:
    """Thigh, shin, foot and toe of a chain that turns forward at the ``turn``."""
    ankle = len(chain.bones) - 1 if turn is None else turn
    leg = {
        "thigh": chain.bones[0],
        "shin": _middle(rest, chain.bones[: ankle + 1]),
        "foot": chain.bones[ankle],
    }
    below = _foremost(rest, chain.bones[ankle], up)
    if below:
        # The ball lies low; bones of the middle foot are on the way down to it.
        heights = rest.heads[[chain.bones[ankle], *below]] @ up
        low = heights[0] - 0.6 * (heights[0] - heights.min())
        leg["toe"] = next(
            (b for b, h in zip(below, heights[1:], strict=True) if h <= low), below[0]
        )
    return leg


def _foremost(rest: Skeleton, foot: int, up: np.ndarray) -> list[int]:
    """Bones from the foot to what of it reaches furthest over the floor: toes, and no heel."""
    away = rest.heads - rest.heads[foot]
    away = np.linalg.norm(away - np.outer(away @ up, up), axis=1)
    tip = max(sorted(rest.descendants(foot)), key=lambda bone: away[bone])
    path = rest.ancestors(tip)
    return list(reversed(path[: path.index(foot)]))


def _middle(rest: Skeleton, bones: tuple[int, ...]) -> int:
    """The bone of a limb that begins nearest to the middle between its first and last joint."""
    points = rest.heads[list(bones)]
    path = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    inner = range(1, len(bones) - 1)
    return bones[min(inner, key=lambda k: abs(path[k] - path[-1] / 2))]


def _across(
    rest: Skeleton, legs: tuple[dict[str, int], dict[str, int]], up: np.ndarray
) -> np.ndarray:
    """(3,) of length 1, level: from the second leg to the first, between the hips; feet may stand
    one before the other."""
    ends = [np.mean([rest.heads[leg[part]] for part in ("thigh", "shin")], axis=0) for leg in legs]
    across = ends[0] - ends[1]
    return unit(across - up * (across @ up))


def _left(
    rest: Skeleton, legs: tuple[dict[str, int], dict[str, int]], up: np.ndarray
) -> np.ndarray:
    """(3,) of length 1: the person's left, from where the toes point, else from names."""
    across = _across(rest, legs, up)
    if all("toe" in leg for leg in legs):
        forward = sum(rest.heads[leg["toe"]] - rest.heads[leg["foot"]] for leg in legs)
    else:
        sides = [fold_name(rest.names[leg["thigh"]])[0] for leg in legs]
        if set(sides) == {"left", "right"}:
            return across if sides[0] == "left" else -across
        tails = [unit(rest.tails[leg["foot"]] - rest.heads[leg["foot"]]) for leg in legs]
        agree = tails[0] @ tails[1] > 0.5 and max(abs(tail @ up) for tail in tails) < 0.9
        forward = tails[0] + tails[1] if agree else _FRONT
    left = np.cross(up, forward)
    return across if across @ left >= 0 else -across


def _upper_body(
    rest: Skeleton,
    legs: Pair,
    up: np.ndarray,
    left: np.ndarray,
    height: float,
    found: dict[str, int],
) -> dict[str, int]:
    """Hips, arms, spine, neck and head."""
    used = set().union(*(rest.descendants(chain.bones[0]) for chain in legs.chains))
    free = set(range(len(rest.names))) - used
    leg = float(np.mean([(c.points[0] - c.points.min(axis=0)) @ up for c in legs.chains]))
    leg = max(leg, 0.1 * height)
    centre = rest.heads[legs.joint]
    forward = np.cross(left, up)

    def like_arms(pair: Pair) -> float | None:
        return _like_arms(rest, pair, up, left, forward, centre, leg)

    arms = best_pair(rest, up, height, free, like_arms)
    if arms is None:
        return {}
    chest, hips = arms.joint, legs.joint
    if hips not in rest.ancestors(chest):
        # A pelvis beside the spine: what carries both are the hips, if it is where hips are.
        common = rest.common_ancestor(hips, chest)
        if common is None or np.linalg.norm(rest.heads[common] - centre) > 0.35 * leg:
            common = hips
        hips = common
    hips = _topmost(rest, hips, height)
    upper: dict[str, int] = {"hips": hips}
    chains = arms.chains
    if (chains[0].end - chains[1].end) @ left < 0:
        chains = chains[1], chains[0]
    for side, chain in zip(("left", "right"), chains, strict=True):
        parts = _arm(rest, chain, np.abs((chain.points - centre) @ left) / leg)
        upper.update({f"{side}_{part}": bone for part, bone in parts.items()})
    trunk = rest.ancestors(chest)
    if hips in trunk:
        spine = list(reversed(trunk[: trunk.index(hips)]))
    else:
        # A trunk beside the hips: from where it leaves their height, its root on the floor left out.
        spine = [b for b in reversed(trunk) if (rest.heads[b] - centre) @ up > -0.1 * leg]
    arm_bones = set().union(*(rest.descendants(chain.bones[0]) for chain in chains))
    tops = _above(rest, chest, arm_bones, up, left, leg)
    if tops:
        path = list(reversed(rest.ancestors(tops[0])))
        path = path[path.index(chest) + 1 :]
        head = _head(rest, path, up)
        upper["head"] = path[head]
        upper.update({numbered("neck", n): bone for n, bone in enumerate(path[:head], 1)})
    upper.update({numbered("spine", n): bone for n, bone in enumerate(spine, 1)})
    legs_roles = {bone for role, bone in found.items() if role != "hips"}
    return {role: bone for role, bone in upper.items() if bone not in legs_roles}


def _above(
    rest: Skeleton,
    chest: int,
    arm_bones: set[int],
    up: np.ndarray,
    left: np.ndarray,
    leg: float,
) -> list[int]:
    """Bones over the chest and near the middle, the one furthest up the way to the head first."""
    at = rest.heads[chest]
    found = []
    for bone in sorted(rest.descendants(chest) - arm_bones - {chest}):
        over = (rest.heads[bone] - at) @ up / leg
        aside = abs((rest.heads[bone] - at) @ left) / leg
        if over > 0.02:
            found.append((over - 2.0 * aside, bone))
    return [bone for _, bone in sorted(found, reverse=True)]


def _like_arms(
    rest: Skeleton,
    pair: Pair,
    up: np.ndarray,
    left: np.ndarray,
    forward: np.ndarray,
    centre: np.ndarray,
    leg: float,
) -> float | None:
    """Lengths are held against the ``leg``."""
    joint = rest.heads[pair.joint]
    middle = np.mean([((chain.points[:2] - centre) @ left).mean() for chain in pair.chains])
    if (joint - centre) @ up < -0.1 * leg or abs(middle) > 0.15 * leg:
        return None
    if any(len(chain.bones) < 2 for chain in pair.chains):
        return None
    aside = [abs((chain.end - centre) @ left) / leg for chain in pair.chains]
    if min(aside) < 0.1:
        return None
    length = float(np.mean([chain.length for chain in pair.chains])) / leg
    size = max(0.0, 0.45 - length) + max(0.0, length - 1.4)
    behind = np.mean([-((c.points - joint) @ forward).mean() for c in pair.chains]) / leg
    fingers = all(_hand(rest, chain) is not None for chain in pair.chains)
    arm_bones = set().union(*(rest.descendants(chain.bones[0]) for chain in pair.chains))
    return (
        limb_likeness(pair)
        + min(min(aside), 0.6)
        + min(length, 0.9)
        - 2.0 * size
        - 5.0 * max(0.0, float(behind) - 0.02)
        + 0.6 * fingers
        + 0.5 * bool(_above(rest, pair.joint, arm_bones, up, left, leg))
        + 0.3 * bool((joint - centre) @ up > 0.15 * leg)
    )


def _hand(rest: Skeleton, chain: Chain) -> int | None:
    """Place in the chain of the bone on which fingers grow: chains of two bones and more."""
    for place in range(len(chain.bones) - 2, 0, -1):
        grown = [c for c in rest.children(chain.bones[place]) if rest.children(c)]
        if len(grown) >= 3:
            return place
    return None


def _arm(rest: Skeleton, chain: Chain, aside: np.ndarray) -> dict[str, int]:
    """Collar bone (if any), upper arm, forearm and hand of a chain, by what fits arms best.

    ``aside``: (n,) how far each bone begins from the person's middle, in legs.
    """
    if len(chain.bones) > 3 and chain.steps[-1] < 1e-3 * chain.length:
        chain, aside = (
            Chain(chain.bones[:-1], chain.points[:-1]),
            aside[:-1],
        )  # an end without length
    # Of two bones that begin at one place the first is a helper, the second has the skin.
    steps = np.r_[chain.steps, np.inf]
    own = np.flatnonzero(steps > 1e-3 * chain.length)
    chain, aside = Chain(tuple(chain.bones[k] for k in own), chain.points[own]), aside[own]
    path = np.r_[0.0, np.cumsum(chain.steps)]
    count, hand = len(chain.bones), _hand(rest, chain)
    if count < 3:
        return {"upper_arm": chain.bones[0], "forearm": chain.bones[-1]}
    best, best_score = (0, 1, 2), -np.inf
    for upper, lower, end in combinations(range(count), 3):
        # Where the bones of a palm grow on a forearm, the arm ends where these begin.
        if upper > 2 or (hand is not None and end not in (hand, hand + 1)):
            continue
        above, below = path[lower] - path[upper], path[end] - path[lower]
        arm = above + below
        if min(above, below) < 1e-6:
            continue
        score = -2.0 * abs(float(np.log(above / below)))
        score -= 3.0 * max(0.0, (path[-1] - path[end]) / arm - 0.45)
        score -= 3.0 * max(0.0, path[upper] / arm - 0.35)
        score -= 6.0 * max(0.0, 0.1 - aside[upper])
        # Twist bones may lie in between; more of them explain less.
        score -= _PALMS * (hand is not None and end != hand)
        score -= 0.15 * (lower - upper - 1 + end - lower - 1) + 0.4 * max(0, upper - 1)
        if score > best_score:
            best, best_score = (upper, lower, end), score
    upper, lower, end = best
    found = {} if upper == 0 else {"clavicle": chain.bones[upper - 1]}
    parts = ["upper_arm", "forearm", "hand"]
    if hand is not None and end == hand + 1:
        del parts[2]
    return found | {p: chain.bones[k] for p, k in zip(parts, best[: len(parts)], strict=True)}


def _head(rest: Skeleton, path: list[int], up: np.ndarray) -> int:
    """Index of the head on the way up: the first bone that branches, or whose next is far or aside.

    Bones of a neck are short and alike; what follows the head is its top, its hair or its face.
    """
    said = [fold_name(rest.names[bone])[1] for bone in path]
    if "head" in said:
        return said.index("head")
    steps = np.diff(rest.heads[path], axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    for place, bone in enumerate(path[:-1]):
        if len(rest.children(bone)) > 1:
            return place
        rises = steps[place] @ up > 0.5 * lengths[place]
        if place >= 1 and (not rises or lengths[place] > 1.2 * lengths[:place].mean()):
            return place
    return len(path) - 1
