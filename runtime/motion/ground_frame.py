"""Where on the floor a body stands and faces, and moving it elsewhere. Whole motions at once."""

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.kinematics import to_rotation, to_wxyz


def heading(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T,) radians about z: where the pelvis faces, 0 along +x.

    Upright that is its z axis; bent forward or lying it turns over into its y axis
    (away from the feet on the front, towards them on the back) without a jump.
    """
    axes = to_rotation(qpos[:, 3:7]).as_matrix()
    forward = axes[:, :2, 2] - axes[:, 2:, 2] * axes[:, :2, 1]
    return np.arctan2(forward[:, 1], forward[:, 0])


def planar(angle: np.ndarray) -> np.ndarray:
    """(...,) radians -> (..., 2, 2): rotations of the floor."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)


def wrapped(angle: np.ndarray) -> np.ndarray:
    """The same angle between -pi and pi."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def moved(
    qpos: np.ndarray, turn: np.ndarray | float, about: np.ndarray, place: np.ndarray
) -> np.ndarray:
    """Turns (T, 76) about the vertical through ``about`` and puts that point onto ``place``.

    ``turn`` radians, () or (T,); ``about`` and ``place`` metres, (2,) or (T, 2).
    """
    result = np.array(qpos, dtype=np.float64)
    turns = np.broadcast_to(turn, len(result)).reshape(-1, 1)
    relative = result[:, :2] - about
    result[:, :2] = np.einsum("tij,tj->ti", planar(turns[:, 0]), relative) + place
    result[:, 3:7] = to_wxyz(Rotation.from_euler("z", turns) * to_rotation(result[:, 3:7]))
    return result
