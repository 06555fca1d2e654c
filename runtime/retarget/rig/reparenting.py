"""Parts of a person that do not hang on each other: feet under the root, a trunk beside the hips.

Such a character is computed as if it were whole. What is keyed then goes by what
the bones really hang on: a foot under the root gets its place as well as its turn.
"""

from __future__ import annotations

import numpy as np

from ...skeletons.bone_map import RigMap, counted, limb_order
from ...skeletons.human_bones import SPINE
from ...skeletons.skeleton import Skeleton

_ON_THE_SPINE = ("neck_1", "head", "clavicle", "upper_arm")


def reparented(rest: Skeleton, rig_map: RigMap) -> Skeleton:
    """The rig with every part of the person under the one it grows from, at last under the hips."""
    bones = rig_map.bones
    parents = rest.parents.copy()
    spine = {rest.index(bones[role]) for role in counted(bones, SPINE)}
    for role, above in limb_order(rig_map):
        if above in (None, "root"):
            continue
        bone, upper = rest.index(bones[role]), rest.index(bones[above])
        # Neck, head and arms may grow from anywhere on the spine.
        holders = spine if spine and role.endswith(_ON_THE_SPINE) else {upper}
        if role.endswith("thigh"):
            holders = {rest.index(bones["hips"])}
        path = _above(parents, bone)
        if not holders.intersection(path) and bone not in _above(parents, upper):
            parents[bone] = upper
    if np.array_equal(parents, rest.parents):
        return rest
    order = sorted(range(len(parents)), key=lambda bone: len(_above(parents, bone)))
    place = {bone: number for number, bone in enumerate(order)}
    return Skeleton(
        tuple(rest.names[bone] for bone in order),
        np.array([place.get(int(parents[bone]), -1) for bone in order]),
        rest.heads[order],
        rest.tails[order],
        rest.axes[order],
    )


def misparented(rest: Skeleton, rig_map: RigMap) -> list[str]:
    """Names of the parts that hang elsewhere than on the person."""
    whole = reparented(rest, rig_map)
    real = {
        name: rest.names[p] if p >= 0 else ""
        for name, p in zip(rest.names, rest.parents, strict=True)
    }
    return [
        name
        for name, p in zip(whole.names, whole.parents, strict=True)
        if real[name] != (whole.names[p] if p >= 0 else "")
    ]


def _above(parents: np.ndarray, bone: int) -> list[int]:
    path = []
    while bone >= 0:
        path.append(bone)
        bone = int(parents[bone])
    return path
