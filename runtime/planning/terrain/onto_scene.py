"""Puts a motion made over a flat floor onto a scene: feet onto what bears them, swinging feet over
its edges, the pelvis after them, in reach of both."""

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES, OFFSETS
from ...body.kinematics import forward_kinematics, to_rotation, to_wxyz
from ...body.support_points import lowest_points
from ...scene.ground import Ground
from ..mending.legs import place_foot
from .feet import Foot
from .footfalls import Footfall, Way, plan_footfalls

FOLLOW = 5.0
"""Frames: how evenly the pelvis follows what the feet do."""
STRETCH = 0.985
"""Of the leg's length, how far an ankle that stands is from its hip at most."""
STAGES = 5
"""In which a leg is led to where its foot is wanted."""
LEG = float(
    sum(np.linalg.norm(OFFSETS[BODY_NAMES.index(f"L_{name}")]) for name in ("Knee", "Ankle"))
)


def onto_scene(
    qpos: np.ndarray, ground: Ground, posed: np.ndarray | None = None
) -> tuple[np.ndarray, list[Footfall]]:
    """Flat motion (T, 76) -> the same on ``ground``, and where its feet come down.

    Where the ground is the flat floor nothing changes. ``posed`` (T,): metres that somebody posed
    it higher than it is told; NaN where the feet alone say how high it is.
    """
    way = Way(qpos)
    posed = np.full(len(qpos), np.nan) if posed is None else posed
    plan = plan_footfalls(qpos, ground, way, posed=~np.isnan(posed))
    changed = any(one.moved or one.shifted or abs(one.height) > 1e-4 for one in plan)
    if not changed and not np.nan_to_num(posed).any():
        return qpos, plan
    feet = {
        side: Foot(qpos, side, [f for f in plan if f.side == side], way, ground, posed)
        for side in "LR"
    }
    result = qpos.copy()
    used = [foot for foot in feet.values() if foot.falls]
    moved = _even(np.mean([foot.moved for foot in used], axis=0))
    shifted = _even(np.mean([foot.shifted for foot in used], axis=0))
    height = _even(np.mean([foot.level for foot in used], axis=0))
    height = np.where(np.isnan(posed), height, posed)
    along, aside = way.nearest(qpos[:, :2])
    result[:, :2] += way.carried(along, aside, moved, shifted)
    turn = way.turns(along + moved) - way.turns(along)
    result[:, 3:7] = to_wxyz(Rotation.from_euler("z", turn[:, None]) * to_rotation(qpos[:, 3:7]))
    result[:, 2] += height
    lowest = lowest_points(qpos)
    targets = {}
    positions, rotations = forward_kinematics(qpos)
    for side, foot in feet.items():
        bodies = [BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe")]
        sole = lowest[:, bodies].min(axis=1)
        targets[side] = foot.target(positions[:, bodies[0]], rotations[:, bodies[0]], sole)
    result[:, 2] -= too_far(result, targets)
    for side, (place, rotation) in targets.items():
        result = _led(result, side, place, rotation)
    return result, plan


def _led(qpos: np.ndarray, side: str, place: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """``place_foot`` in stages: a leg that is asked to bend by far at once twists instead."""
    positions, rotations = forward_kinematics(qpos)
    ankle = BODY_NAMES.index(f"{side}_Ankle")
    begin = Rotation.from_matrix(rotations[:, ankle])
    turn = (Rotation.from_matrix(rotation) * begin.inv()).as_rotvec()
    way = place - positions[:, ankle]
    for share in (np.arange(STAGES) + 1) / STAGES:
        turned = (Rotation.from_rotvec(share * turn) * begin).as_matrix()
        qpos = place_foot(qpos, side, positions[:, ankle] + share * way, turned)
    return qpos


def _even(values: np.ndarray) -> np.ndarray:
    return gaussian_filter1d(values, FOLLOW, mode="nearest")


def too_far(qpos: np.ndarray, targets: dict[str, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """(T,) metres by which the pelvis is to be lower for both legs to reach their feet."""
    positions, _ = forward_kinematics(qpos)
    lower = np.zeros(len(qpos))
    for side, (ankle, _) in targets.items():
        way = ankle - positions[:, BODY_NAMES.index(f"{side}_Hip")]
        level = np.linalg.norm(way[:, :2], axis=1)
        allowed = np.sqrt(np.maximum((STRETCH * LEG) ** 2 - level**2, 0.01))
        lower = np.maximum(lower, -way[:, 2] - allowed)
    if not lower.any():
        return lower
    return gaussian_filter1d(maximum_filter1d(lower, 5, mode="nearest"), 2.5, mode="nearest")
