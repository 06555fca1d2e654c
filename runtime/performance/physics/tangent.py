"""Differences of states and how they carry over a step, in MuJoCo's tangent space.

A state is qpos (76,) and qvel (75,); a difference of two is (150,): position and rotation
of the root (the latter in the root's own frame), hinge angles, then velocities. Of several people
in one model, places of one stand behind those of the other, then velocities; see ``Layout``.
"""

from dataclasses import dataclass
from functools import cached_property

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

NQ, NV = 76, 75
MUSCLES = 69
CONTROLS = MUSCLES + 6
"""Of one person: muscles, then the wrench on the root."""


@dataclass(frozen=True)
class Layout:
    """Where in a state and in a control of ``people``, one behind the other, each part is."""

    people: int = 1

    @property
    def nq(self) -> int:
        return NQ * self.people

    @property
    def nv(self) -> int:
        return NV * self.people

    @property
    def controls(self) -> int:
        return CONTROLS * self.people

    @cached_property
    def muscles(self) -> np.ndarray:
        """(69 people,) columns of a control."""
        return self._columns(CONTROLS, slice(0, MUSCLES))

    @cached_property
    def wrench(self) -> np.ndarray:
        """(6 people,) columns of a control."""
        return self._columns(CONTROLS, slice(MUSCLES, CONTROLS))

    @cached_property
    def force(self) -> np.ndarray:
        """(3 people,) columns of a control: the wrench's force."""
        return self._columns(CONTROLS, slice(MUSCLES, MUSCLES + 3))

    @cached_property
    def roots(self) -> np.ndarray:
        """(6 people,) of the velocities."""
        return self._columns(NV, slice(0, 6))

    @cached_property
    def hinges(self) -> np.ndarray:
        """(69 people,) of the velocities."""
        return self._columns(NV, slice(6, NV))

    @property
    def rotations(self) -> list[slice]:
        """Of the velocities, by person: how the root turns."""
        return [slice(NV * one + 3, NV * one + 6) for one in range(self.people)]

    def state(self, person: int) -> np.ndarray:
        """(150,) columns of a difference of states that are the person's."""
        own = np.arange(NV) + NV * person
        return np.concatenate([own, self.nv + own])

    def _columns(self, size: int, part: slice) -> np.ndarray:
        return np.concatenate([np.arange(size)[part] + size * one for one in range(self.people)])


def difference(
    model: mujoco.MjModel, qpos: np.ndarray, qvel: np.ndarray, qpos0: np.ndarray, qvel0: np.ndarray
) -> np.ndarray:
    """(n, 76), (n, 75) minus (n, 76), (n, 75), or minus one state -> (n, 150)."""
    nv = model.nv
    result = np.empty((len(qpos), 2 * nv))
    qpos0 = np.broadcast_to(qpos0, qpos.shape)
    for row in range(len(qpos)):
        mujoco.mj_differentiatePos(model, result[row, :nv], 1.0, qpos0[row], qpos[row])
    result[:, nv:] = qvel - qvel0
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
