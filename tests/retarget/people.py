"""Characters as plain arrays: the body itself, and people of other proportions."""

import numpy as np

from runtime.body import PARENTS, SMPL_NAMES
from runtime.body.rest_pose import rest_pose
from runtime.retarget.rig.character import Character
from runtime.skeletons.bone_map import RigMap, RigRow
from runtime.skeletons.human_bones import ROLE_TO_SMPL
from runtime.skeletons.skeleton import Skeleton

ROLES = ROLE_TO_SMPL | {f"spine_{n}": f"spine{n}" for n in (1, 2, 3)} | {"neck_1": "neck"}


def person(stretch: dict[str, float] | None = None, size: float = 1.0) -> Character:
    """The body, ``size`` times as large; ``stretch`` makes the way to joints longer, by name without side."""
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
    return Character.of(skeleton, RigMap("Test", 1.0, rows), origin=np.zeros(3))
