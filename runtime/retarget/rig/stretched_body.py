"""The body with longer or shorter bones, as a character: people of other proportions to measure on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...body.figures import PARENTS
from ...body.names import SMPL_NAMES
from ...body.rest_pose import rest_pose
from ...skeletons.bone_map import RigMap, RigRow
from ...skeletons.human_bones import ROLE_TO_SMPL
from ...skeletons.skeleton import Skeleton
from .character import Character

ROLES = ROLE_TO_SMPL | {f"spine_{n}": f"spine{n}" for n in (1, 2, 3)} | {"neck_1": "neck"}
"""Role -> SMPL joint of all that is driven."""


def stretched_body(stretch: Mapping[str, float] | None = None, size: float = 1.0) -> Character:
    """The body, ``size`` times as large.

    ``stretch`` makes the way to joints so many times as long, by their SMPL names without side.
    """
    stretch = stretch or {}
    rest = rest_pose()
    heads = np.zeros((24, 3))
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            heads[joint] = size * rest.heads[joint]
            continue
        offset = size * (rest.heads[joint] - rest.heads[parent])
        name = SMPL_NAMES[joint].removeprefix("left_").removeprefix("right_")
        heads[joint] = heads[parent] + stretch.get(name, 1.0) * offset
    ankles = [SMPL_NAMES.index(f"{side}_ankle") for side in ("left", "right")]
    ankle = size * rest.heads[ankles, 2].mean()
    heads[:, 2] += ankle - heads[ankles, 2].min()
    tails = heads + size * (rest.tails - rest.heads)
    axes = np.tile(np.eye(3), (24, 1, 1))
    skeleton = Skeleton(tuple(SMPL_NAMES), np.array(PARENTS), heads, tails, axes)
    rows = tuple(RigRow(role, joint, "name") for role, joint in ROLES.items())
    return Character.of(skeleton, RigMap("Stretched body", 1.0, rows), origin=np.zeros(3))
