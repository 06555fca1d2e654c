"""Turns between vectors, as matrices, for whole clips at once."""

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1 over the last axis; zeros stay zeros."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def rotation_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(..., 3), (..., 3) unit vectors -> (..., 3, 3): the rotation that takes one into the other."""
    start, end = np.broadcast_arrays(start, end)
    cosine = (start * end).sum(axis=-1)
    # Straight back every axis across is as good; take one that is safely across.
    opposite = cosine < -1 + 1e-9
    smallest = np.eye(3)[np.abs(start).argmin(axis=-1)]
    across = unit(np.cross(start, smallest))
    normal = np.cross(start, end)
    across_normal = skew(normal)
    factor = 1.0 / np.where(opposite, 1.0, 1.0 + cosine)
    turn = np.eye(3) + across_normal + (across_normal @ across_normal) * factor[..., None, None]
    half = 2.0 * across[..., :, None] * across[..., None, :] - np.eye(3)
    return np.where(opposite[..., None, None], half, turn)


def rotation_vector_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(..., 3), (..., 3) unit vectors -> (..., 3) radians: the shortest turn as a rotation vector."""
    normal = np.cross(start, end)
    sine = np.linalg.norm(normal, axis=-1, keepdims=True)
    angle = np.arctan2(sine, (start * end).sum(axis=-1, keepdims=True))
    return normal * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 1.0)


def about_axis(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """(..., 3) unit vectors, (...) radians -> (..., 3, 3)."""
    matrix = skew(axis)
    sine, cosine = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    return np.eye(3) + sine * matrix + (1.0 - cosine) * (matrix @ matrix)


def twist_angle(rotations: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(T, 3, 3), (3,) -> (T,) radians: how far each rotation turns about the axis, continuous in time."""
    wxyz = quaternions(rotations)
    angle = 2.0 * np.arctan2(wxyz[:, 1:] @ axis, wxyz[:, 0])
    return np.unwrap((angle + np.pi) % (2 * np.pi) - np.pi)


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """(T, 3, 3) -> (T, 4) wxyz, without jumps of sign."""
    from scipy.spatial.transform import Rotation

    from ..body.kinematics import continuous_quaternions, to_wxyz

    return continuous_quaternions(to_wxyz(Rotation.from_matrix(rotations)))


def between(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """(T, 3, 3) twice -> (T, 3, 3): the share 0..1 of the way from one to the other."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_matrix(np.swapaxes(first, -1, -2) @ second).as_rotvec()
    return first @ Rotation.from_rotvec(share * turn).as_matrix()


def skew(vectors: np.ndarray) -> np.ndarray:
    """(..., 3) -> (..., 3, 3): the matrices that take the cross product with them."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = [np.stack(row, axis=-1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return np.stack(rows, axis=-2)
