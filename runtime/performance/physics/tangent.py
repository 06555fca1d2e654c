"""Differences of states and how they carry over a step, in MuJoCo's tangent space.

A state is qpos (76,) and qvel (75,); a difference of two is (150,): position and rotation
of the root (the latter in the root's own frame), hinge angles, then velocities.
"""

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

NV = 75
ROTATION = slice(3, 6)


def difference(
    model: mujoco.MjModel, qpos: np.ndarray, qvel: np.ndarray, qpos0: np.ndarray, qvel0: np.ndarray
) -> np.ndarray:
    """(n, 76), (n, 75) minus (n, 76), (n, 75), or minus one state -> (n, 150)."""
    result = np.empty((len(qpos), 2 * NV))
    qpos0 = np.broadcast_to(qpos0, qpos.shape)
    for row in range(len(qpos)):
        mujoco.mj_differentiatePos(model, result[row, :NV], 1.0, qpos0[row], qpos[row])
    result[:, NV:] = qvel - qvel0
    return result


def rotation_steps(angular: np.ndarray, timestep: float) -> tuple[np.ndarray, np.ndarray]:
    """How a root that turns by ``angular`` (n, 3) rad/s in its own frame carries differences on.

    Returns (n, 3, 3) that carry the difference of rotation itself and (n, 3, 3) by which a
    change of the angular velocity, times the timestep, adds to it: the transposed rotation of
    the step and the right Jacobian of SO(3) (Sola et al. 2018, eq. 143).
    """
    turn = angular * timestep
    x, y, z = turn.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    # Steps are a few hundredths of a radian; the series is exact to the eighth digit there.
    jacobian = np.eye(3) - cross / 2 + cross @ cross / 6
    return Rotation.from_rotvec(-turn).as_matrix(), jacobian
