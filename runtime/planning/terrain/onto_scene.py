"""Puts a motion made over a flat floor onto a scene: feet onto what bears them, swinging feet over
its edges, the pelvis after them, in reach of both."""

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES, OFFSETS
from ...body.kinematics import forward_kinematics, to_rotation, to_wxyz
from ...body.support_points import lowest_points, support_points
from ...scene.ground import NOTHING_M, Ground
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


def onto_scene(qpos: np.ndarray, ground: Ground) -> tuple[np.ndarray, list[Footfall]]:
    """Flat motion (T, 76) -> the same on ``ground``, and where its feet come down.

    Where the ground is the flat floor nothing changes.
    """
    way = Way(qpos)
    plan = plan_footfalls(qpos, ground, way)
    if not any(one.moved or one.shifted or abs(one.height) > 1e-4 for one in plan):
        return qpos, plan
    feet = {
        side: Foot(qpos, side, [f for f in plan if f.side == side], way, ground) for side in "LR"
    }
    result = qpos.copy()
    used = [foot for foot in feet.values() if foot.falls]
    moved = _even(np.mean([foot.moved for foot in used], axis=0))
    shifted = _even(np.mean([foot.shifted for foot in used], axis=0))
    height = _even(np.mean([foot.level for foot in used], axis=0))
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


def keyed_levels(qpos: np.ndarray, keys: list[int], ground: Ground) -> np.ndarray:
    """(T, 76) posed on a scene at the frames ``keys`` -> (T,) metres that it stands higher there.

    A key whose lowest sole is nearer to the ground under it than to the height of the floor was
    posed on that ground; taken down by this it is one of the flat floor, to be mended as such.
    """
    if not keys:
        return np.zeros(len(qpos))
    table = support_points()
    feet = np.flatnonzero(np.isin(table.body, [BODY_NAMES.index(name) for name in _FEET]))
    positions, rotations = forward_kinematics(qpos[keys])
    points = positions[:, table.body[feet]] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body[feet]], table.offset[feet]
    )
    below = ground.heights(points)
    rows = np.arange(len(keys)), (points[..., 2] - below).argmin(axis=1)
    level, lowest = below[rows], points[..., 2].min(axis=1)
    posed_there = (np.abs(points[rows][..., 2] - level) < np.abs(lowest)) & (level > NOTHING_M / 2)
    level = np.where(posed_there, level, 0.0)
    if len(keys) == 1:
        return np.full(len(qpos), level[0])
    frames = np.clip(np.arange(len(qpos)), keys[0], keys[-1])
    return np.asarray(PchipInterpolator(keys, level)(frames))


_FEET = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")


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
