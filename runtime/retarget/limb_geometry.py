"""Whether limbs point where the source's do, told from lengths and places of bones alone.

A map that takes a palm for a forearm measures itself well by the same map. Here nothing is
believed of it but which bones hang on which limb; the rest is found by how bones hang together
and how long they are.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..body.names import SMPL_NAMES
from ..body.rest_pose import rest_pose
from ..skeletons.human_bones import LIMBS, SIDES
from ..skeletons.skeleton import Skeleton, SkeletonPose
from .rig.character import Character
from .transfer.source_motion import SourceMotion

LIMB_OFF_DEG = 35.0
"""Degrees beyond which a whole limb points elsewhere; fingers and toes account for less."""
SHOULDER_OFF_DEG = 40.0
"""Degrees beyond which no shoulder turns further than another, whatever pose it rests in."""
_SHORT = 0.3
"""Share of a limb, to its far tip, under which its first bone is no upper arm and no thigh."""
_BEND = 0.45
"""Share of a limb, fingers and toes included, after which it bends."""
_NONE = 1e-4
"""Metres."""


def limb_warnings(limb_deg: float, shoulder_deg: float) -> tuple[str, ...]:
    """What figures say that cannot be, in words; nothing where all is well."""
    advice = "look at the bones in the list and set right which is which"
    told = []
    if limb_deg > LIMB_OFF_DEG:
        told.append(f"a limb points {limb_deg:.0f} degrees away from the take's; {advice}")
    if shoulder_deg > SHOULDER_OFF_DEG:
        told.append(
            f"a shoulder turns {shoulder_deg:.0f} degrees further than the take's; {advice}"
        )
    return tuple(told)


def worst_limb_off(source: SourceMotion, character: Character, pose: SkeletonPose) -> float:
    """Degrees, median over the frames, of the worst limb as a whole."""
    return float(np.median(whole_limbs_off(source, character, pose), axis=0).max())


def whole_limbs_off(source: SourceMotion, character: Character, pose: SkeletonPose) -> np.ndarray:
    """(T, n) degrees between whole limbs: from shoulder or hip to the end furthest down the bones,
    and to where they bend on half the way.

    Of the map only what hangs somewhere on a limb is used. Where it begins and ends is found by
    the lengths of the bones alone, so that a finger taken for a forearm does not measure itself.
    """
    rest, off = character.rest, []
    for parts, joints in (
        (LIMBS["arm"], ("shoulder", "elbow", "hand")),
        (LIMBS["leg"], ("hip", "knee", "foot")),
    ):
        for side, chain in zip(SIDES, _chains(character, parts), strict=False):
            own = chain[1:] if _begins_short(rest, chain) else chain
            begin, bend, end = (source.joint(f"{side}_{joint}") for joint in joints)
            places = pose.positions[:, [own[0], _middle(rest, own), own[-1]]]
            off.append(_angles(end - begin, places[:, 2] - places[:, 0]))
            off.append(_angles(bend - begin, places[:, 1] - places[:, 0]))
    return np.stack(off, axis=1) if off else np.zeros((source.frames, 1))


def worst_shoulder_off(source: SourceMotion, character: Character, pose: SkeletonPose) -> float:
    """Degrees, median over the frames, by which a shoulder turns further than the source's.

    A shoulder is the bone by which an arm hangs on what carries both, if it is too short for an
    upper arm. 0 where arms have none.
    """
    rest, worst = character.rest, 0.0
    for side, chain in zip(SIDES, _chains(character, LIMBS["arm"]), strict=False):
        if not _begins_short(rest, chain):
            continue
        carrier = int(rest.parents[chain[0]])
        at_rest = (rest.heads[chain[1]] - rest.heads[chain[0]]) @ rest.axes[carrier]
        now = pose.positions[:, chain[1]] - pose.positions[:, chain[0]]
        now = np.einsum("tji,tj->ti", pose.rotations[:, carrier], now)
        turned = _angles(np.broadcast_to(at_rest, now.shape), now)
        worst = max(worst, float(np.median(turned - _collar_turned(source, side))))
    return worst


def _chains(character: Character, parts: tuple[str, ...]) -> list[list[int]]:
    """Left and right bones from what carries both limbs, that left out, to their far tips.

    Empty where a limb has no bones or no end, or both hang on nothing common.
    """
    rest, tips = character.rest, []
    for side in SIDES:
        known = [f"{side}_{part}" for part in parts if f"{side}_{part}" in character.bones]
        tip = _tip(rest, character.bones[known[0]]) if known else None
        if tip is None or (parts[-1] not in known[-1] and character.bones[known[-1]] == tip):
            return []  # where a forearm without a hand ends nothing tells: importers leave tails anywhere
        tips.append(tip)
    carrier = rest.common_ancestor(*tips)
    if carrier is None or carrier in tips:
        return []
    chains = []
    for tip in tips:
        path = rest.ancestors(tip)
        chain = list(reversed(path[: path.index(carrier)]))
        # A bone that only holds what follows at its own place is none.
        begins = [b for b, c in pairwise(chain) if _length(rest, b, c) > _NONE]
        chains.append([*begins, tip])
    return chains if all(len(chain) > 1 for chain in chains) else []


def _middle(rest: Skeleton, chain: list[int]) -> int:
    """The joint of a limb that is nearest to half of its way: an elbow, a knee."""
    way = np.cumsum([0.0, *(_length(rest, a, b) for a, b in pairwise(chain))])
    inner = range(1, max(2, len(chain) - 1))
    return chain[min(inner, key=lambda k: abs(way[k] - _BEND * way[-1]))]


def _begins_short(rest: Skeleton, chain: list[int]) -> bool:
    """Whether the first bone of a limb is too short for an upper arm or a thigh."""
    lengths = [_length(rest, a, b) for a, b in pairwise(chain)]
    return len(lengths) > 2 and lengths[0] < _SHORT * sum(lengths)


def _collar_turned(source: SourceMotion, side: str) -> np.ndarray:
    """(T,) degrees by which the body's own shoulder is turned against its chest."""
    rest = rest_pose()
    collar, arm = (SMPL_NAMES.index(f"{side}_{part}") for part in ("collar", "shoulder"))
    now = source.joint(f"{side}_shoulder") - source.joint(f"{side}_collar")
    now = np.einsum("tji,tj->ti", source.delta("spine3"), now)
    return _angles(np.broadcast_to(rest.heads[arm] - rest.heads[collar], now.shape), now)


def _tip(rest: Skeleton, root: int) -> int | None:
    """The joint below ``root`` that is furthest away at rest."""
    below = sorted(rest.descendants(root) - {root})
    return max(below, key=lambda bone: _length(rest, root, bone)) if below else None


def _length(rest: Skeleton, first: int, second: int) -> float:
    return float(np.linalg.norm(rest.heads[second] - rest.heads[first]))


def _angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(T, 3), (T, 3) -> (T,) degrees."""
    across = np.linalg.norm(np.cross(first, second), axis=1)
    return np.degrees(np.arctan2(across, (first * second).sum(axis=1)))
