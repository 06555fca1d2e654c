"""What a search compares of a pose: points of the body, seen from where it stands and faces."""

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..motion.ground_frame import heading, planar

POINTS = (
    "Pelvis",
    "Head",
    "L_Elbow",
    "L_Hand",
    "R_Elbow",
    "R_Hand",
    "L_Knee",
    "L_Ankle",
    "L_Toe",
    "R_Knee",
    "R_Ankle",
    "R_Toe",
)
"""Bodies whose places make a pose; the pelvis has only its height."""
WEIGHTS = np.array([1.5, 1.0, 0.7, 0.8, 0.7, 0.8, 1.0, 1.4, 1.0, 1.0, 1.4, 1.0])
"""How much each counts in a distance: feet more, for what they do cannot be eased away."""
WEIGHTS = WEIGHTS / WEIGHTS.sum()
VELOCITY_SECONDS = 0.15
"""How many metres a difference of 1 m/s in speed is worth in a distance between poses."""
_BODIES = [BODY_NAMES.index(name) for name in POINTS]
_OTHER_SIDE = [
    POINTS.index({"L_": "R_", "R_": "L_"}.get(name[:2], name[:2]) + name[2:]) for name in POINTS
]


def pose_points(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 12, 3) metres: x ahead of the pelvis, y to its left, z over the floor."""
    positions = forward_kinematics(qpos)[0][:, _BODIES]
    positions[..., :2] -= qpos[:, None, :2]
    turn = planar(-heading(qpos))
    positions[..., :2] = np.einsum("tij,tpj->tpi", turn, positions[..., :2])
    return positions


def mirror_points(points: np.ndarray) -> np.ndarray:
    """(..., 12, 3): the mirror image's."""
    return points[..., _OTHER_SIDE, :] * np.array([1, -1, 1], points.dtype)


def point_velocities(
    points: np.ndarray,
    place: np.ndarray,
    turn: np.ndarray,
    seconds: float,
    starts: np.ndarray | None = None,
) -> np.ndarray:
    """Velocities (T, 12, 3) m/s in each frame's own heading, by central differences.

    points (T, 12, 3), place (T, 2) metres and heading (T,) radians of frames ``seconds``
    apart; ``starts`` (C+1,) are the borders of the clips they are of, if of several.
    """
    world = points.copy()
    world[..., :2] = np.einsum("tij,tpj->tpi", planar(turn), points[..., :2]) + place[:, None]
    borders = np.array([0, len(points)]) if starts is None else starts
    frames = np.arange(len(points))
    clip = np.searchsorted(borders, frames, side="right") - 1
    after = np.minimum(frames + 1, borders[clip + 1] - 1)
    before = np.maximum(frames - 1, borders[clip])
    span = (np.maximum(after - before, 1) * seconds).astype(points.dtype)
    velocity = (world[after] - world[before]) / span[:, None, None]
    velocity[..., :2] = np.einsum("tij,tpj->tpi", planar(-turn), velocity[..., :2])
    return velocity


def as_vectors(points: np.ndarray, velocities: np.ndarray | None = None) -> np.ndarray:
    """(n, 12, 3) each -> (n, d) whose squared distance is the weighted mean one, in m^2."""
    scale = np.sqrt(WEIGHTS)[:, None]
    parts = [(points * scale).reshape(len(points), -1)]
    if velocities is not None:
        parts.append((velocities * scale * VELOCITY_SECONDS).reshape(len(points), -1))
    return np.concatenate(parts, axis=1).astype(np.float32)
