"""Limbs whose bones do not hang on each other: feet under the root, that shins only point at.

Such a character is computed as if its limbs were whole. What is keyed then goes by
what the bones really hang on: a foot gets its place as well as its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from .character import Character
from .rigmap import RigMap
from .roles import LIMBS, SIDES
from .root import WorldMotion
from .skeleton import RestSkeleton


def hung_together(rest: RestSkeleton, rig_map: RigMap) -> RestSkeleton:
    """The rig with every limb's lower bone under its upper one."""
    parents = rest.parents.copy()
    for upper, lower in _limb_pairs(rest, rig_map):
        if upper not in rest.ancestors(lower) and lower not in rest.ancestors(upper):
            parents[lower] = upper
    if np.array_equal(parents, rest.parents):
        return rest
    order = sorted(range(len(parents)), key=lambda bone: len(_above(parents, bone)))
    place = {bone: number for number, bone in enumerate(order)}
    return RestSkeleton(
        tuple(rest.names[bone] for bone in order),
        np.array([place.get(int(parents[bone]), -1) for bone in order]),
        rest.heads[order],
        rest.tails[order],
        rest.axes[order],
    )


def as_it_hangs(
    character: Character, motion: WorldMotion, parents: Mapping[str, str]
) -> tuple[Character, WorldMotion]:
    """The same performance over what the bones really hang on, ``parents`` by name."""
    rest = character.rest
    index = {name: bone for bone, name in enumerate(rest.names)}
    real = np.array([index.get(parents[name], -1) for name in rest.names])
    apart = np.flatnonzero(real != rest.parents).tolist()
    if not apart:
        return character, motion
    motion = replace(motion, placed=motion.placed | set(apart), turned=motion.turned | set(apart))
    return replace(character, rest=replace(rest, parents=real)), motion


def _limb_pairs(rest: RestSkeleton, rig_map: RigMap) -> list[tuple[int, int]]:
    bones = rig_map.bones
    return [
        (rest.index(bones[f"{side}_{upper}"]), rest.index(bones[f"{side}_{lower}"]))
        for side in SIDES
        for parts in LIMBS.values()
        for upper, lower in pairwise(parts)
        if f"{side}_{upper}" in bones and f"{side}_{lower}" in bones
    ]


def _above(parents: np.ndarray, bone: int) -> list[int]:
    way = []
    while bone >= 0:
        way.append(bone)
        bone = int(parents[bone])
    return way
