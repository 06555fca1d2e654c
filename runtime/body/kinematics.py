"""Forward kinematics of the humanoid for whole motions at once, without MuJoCo.

Blender's own process bakes and previews with these, where mujoco may not be
imported. Quaternions are wxyz as in MuJoCo; SciPy's order stays inside here.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from .figures import OFFSETS, PARENTS


def to_rotation(wxyz: np.ndarray) -> Rotation:
    """(..., 4) wxyz -> a flat stack of SciPy rotations."""
    return Rotation.from_quat(np.asarray(wxyz, dtype=np.float64).reshape(-1, 4), scalar_first=True)


def to_wxyz(rotation: Rotation) -> np.ndarray:
    """A stack of n SciPy rotations -> (n, 4) wxyz."""
    return rotation.as_quat(scalar_first=True)


def local_rotations(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 24, 4) wxyz: the root in the world, every other body in its parent."""
    qpos = np.asarray(qpos, dtype=np.float64)
    frames = len(qpos)
    result = np.empty((frames, 24, 4))
    result[:, 0] = to_wxyz(to_rotation(qpos[:, 3:7]))
    # Hinges x, y, z one after the other in the moving frame: intrinsic XYZ.
    hinges = Rotation.from_euler("XYZ", qpos[:, 7:].reshape(-1, 3))
    result[:, 1:] = to_wxyz(hinges).reshape(frames, 23, 4)
    return result


def forward_kinematics(qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, 76) -> positions (T, 24, 3) metres and rotations (T, 24, 3, 3), both in the world."""
    qpos = np.asarray(qpos, dtype=np.float64)
    frames = len(qpos)
    local = to_rotation(local_rotations(qpos)).as_matrix().reshape(frames, 24, 3, 3)
    positions = np.empty((frames, 24, 3))
    rotations = np.empty((frames, 24, 3, 3))
    positions[:, 0], rotations[:, 0] = qpos[:, :3], local[:, 0]
    for body in range(1, 24):
        parent = PARENTS[body]
        positions[:, body] = positions[:, parent] + rotations[:, parent] @ OFFSETS[body]
        rotations[:, body] = rotations[:, parent] @ local[:, body]
    return positions, rotations


def joint_distance(one: np.ndarray, other: np.ndarray, placed: bool = True) -> np.ndarray:
    """States (T, 76) each -> (T,) metres: mean distance of the joints in the world; not ``placed``,
    wherever on the floor the two are."""
    apart = forward_kinematics(one)[0] - forward_kinematics(other)[0]
    if not placed:
        apart[..., :2] -= apart[:, :1, :2]
    return np.asarray(np.linalg.norm(apart, axis=-1).mean(axis=1))


def qpos_from_rotations(root_position: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Root positions (T, 3) and local rotations (T, 24, 4) wxyz -> qpos (T, 76).

    The hinge angles of each body are its intrinsic XYZ Euler angles, chosen
    frame by frame (of the two solutions and their turns) nearest to the frame
    before, and nearest to zero in the first, so that curves are continuous.
    They may lie outside the joint ranges.
    """
    local = np.asarray(local, dtype=np.float64)
    frames = len(local)
    angles = to_rotation(local[:, 1:]).as_euler("XYZ").reshape(frames, 23, 3)
    other = np.stack(
        [angles[..., 0] + np.pi, np.pi - angles[..., 1], angles[..., 2] + np.pi], axis=-1
    )
    result = np.empty((frames, 76))
    result[:, :3] = root_position
    result[:, 3:7] = continuous_quaternions(to_wxyz(to_rotation(local[:, 0])))
    previous = np.zeros((23, 3))
    for frame in range(frames):
        candidates = np.stack([angles[frame], other[frame]])
        candidates += 2 * np.pi * np.round((previous - candidates) / (2 * np.pi))
        best = np.abs(candidates - previous).sum(axis=-1).argmin(axis=0)
        previous = candidates[best, np.arange(23)]
        result[frame, 7:] = previous.ravel()
    return result


def continuous_quaternions(wxyz: np.ndarray) -> np.ndarray:
    """Flips signs so that neighbouring quaternions (T, 4) lie on one hemisphere."""
    signs = np.ones(len(wxyz))
    if len(wxyz) > 1:
        signs[1:] = np.cumprod(np.where((wxyz[1:] * wxyz[:-1]).sum(axis=-1) < 0, -1.0, 1.0))
    if wxyz[0, 0] < 0:
        signs = -signs
    return wxyz * signs[:, None]
