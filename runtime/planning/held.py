"""Keys that hold some bones only: "the right hand, here", and the rest does as it does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics, to_rotation, to_wxyz
from ..motion.joining import ease_out
from ..posing.limits import into_ranges
from ..posing.reach import handle_places, reach

REACH_FRAMES = 15
"""Frames before and after such a key over which a limb leaves what it did and goes back to it."""
_LIMBS = {
    "hand": ("Thorax", "Shoulder", "Elbow", "Wrist", "Hand"),
    "foot": ("Hip", "Knee", "Ankle", "Toe"),
}


@dataclass(frozen=True)
class Held:
    """How near the body comes to a key of some bones."""

    frame: int
    bodies: tuple[str, ...]
    missed_cm: float
    """Of the limb that is farthest from where it was keyed."""


def hold(
    qpos: np.ndarray, asked: np.ndarray, frame: int, bodies: Sequence[str]
) -> tuple[np.ndarray, Held]:
    """A motion (T, 76) in which ``bodies`` are at ``frame`` where the pose ``asked`` (76,) has them.

    Limbs go to the place in the world, the trunk and the head turn as they were keyed.
    """
    handles = {
        f"{'left' if side == 'L' else 'right'}_{end}"
        for end, parts in _LIMBS.items()
        for side in "LR"
        if any(f"{side}_{part}" in bodies for part in parts)
    }
    pose = qpos[frame].copy()
    for name in bodies:
        hinge = 7 + 3 * (BODY_NAMES.index(name) - 1)
        pose[hinge : hinge + 3] = asked[hinge : hinge + 3]
    pose = into_ranges(pose[None])[0]
    missed = 0.0
    if handles:
        places = handle_places(asked)
        goals = {name: places[name] for name in handles}
        feet = [name for name in ("left_foot", "right_foot") if name not in handles]
        pins = [name for name in feet if _stands(qpos[frame], name)]
        reached = reach(pose, goals, pins)
        pose = reached.qpos
        missed = 100 * max(reached.missed.get(name, 0.0) for name in handles)
    result = qpos.copy()
    fade = ease_out(np.abs(np.arange(len(qpos)) - frame), REACH_FRAMES)[:, None]
    for part in (slice(0, 3), slice(7, 76)):
        result[:, part] += fade * (pose[part] - qpos[frame, part])
    root = to_rotation(qpos[:, 3:7])
    turn = (to_rotation(pose[None, 3:7]) * root[frame].inv()).as_rotvec()
    result[:, 3:7] = to_wxyz(Rotation.from_rotvec(fade * turn) * root)
    return into_ranges(result), Held(frame, tuple(bodies), missed)


def _stands(qpos: np.ndarray, foot: str) -> bool:
    side = "L" if foot == "left_foot" else "R"
    toe = forward_kinematics(qpos[None])[0][0, BODY_NAMES.index(f"{side}_Toe")]
    return bool(toe[2] < 0.08)
