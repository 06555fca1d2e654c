"""Rigid-body dynamics of a tree of joints, and its exact derivatives.

Spatial vectors (rotation before translation) of all bodies are in the axes of the world
about one point that does not move, so that a joint's twist is the same for all that it
carries, and what it carries turns with that twist. The derivatives follow from this as in
Carpentier and Mansard (2018): with sums over what each joint carries, every entry of the
(75, 75) matrices is a product of 6-vectors. Arrays are of n states at once.
"""

from dataclasses import dataclass

import mujoco
import numpy as np

from .tangent import NV


class Tree:
    """Which joints move which bodies: of a model whose bodies hang on free roots, one for each
    person; what they are about is each one's own point."""

    def __init__(self, model: mujoco.MjModel) -> None:
        self.body_of_dof = np.array(model.dof_bodyid)
        count, dofs = model.nbody, model.nv
        self.moved = np.zeros((count, dofs))
        """(bodies, dofs) 1 where the dof moves the body."""
        self.carried = np.eye(count)
        """(bodies, bodies) 1 where the second hangs on the first, or is it."""
        for body in range(1, count):
            parent = model.body_parentid[body]
            self.moved[body] = self.moved[parent]
            own = slice(model.body_dofadr[body], model.body_dofadr[body] + model.body_dofnum[body])
            if model.body_dofnum[body]:
                self.moved[body, own] = 1
            self.carried[:body, body] = self.carried[:body, parent]
        numbers = np.arange(dofs)
        path = self.moved[self.body_of_dof]
        self.before = path * (numbers < numbers[:, None])
        """(dofs, dofs) 1 where the second moves what carries the first. The root's three
        rotations are about axes of its own, which turn together: none is before another."""
        rotations = [slice(first + 3, first + 6) for first in range(0, dofs, NV)]
        self.together = np.zeros((dofs, dofs))
        """(dofs, dofs) 1 where both are rotations of one root."""
        for own in rotations:
            self.together[own, own] = 1
        self.before *= 1 - self.together
        self.turned = np.maximum(self.before, self.together)
        """(dofs, dofs) 1 where the axis of the first turns with the second."""
        self.upto = (self.before.T + np.eye(dofs)) * (1 - self.turned)
        """(dofs, dofs) 1 where the first's axis stays, and carries the second."""


@dataclass(frozen=True)
class InertialSlopes:
    """What it takes to accelerate, tau = M a + c, and how it changes."""

    mass: np.ndarray
    """(n, dofs, dofs) without armature."""
    by_position: tuple[np.ndarray, ...]
    """(n, dofs, dofs) for each of the accelerations asked for."""
    by_velocity: np.ndarray
    """(n, dofs, dofs), the same for all accelerations."""


def inertial_slopes(
    tree: Tree,
    twists: np.ndarray,
    inertia: np.ndarray,
    qvel: np.ndarray,
    accelerations: tuple[np.ndarray, ...],
    gravity: np.ndarray,
) -> InertialSlopes:
    """``twists`` (n, dofs, 6), ``inertia`` (n, bodies, 6, 6), ``qvel`` and each of
    ``accelerations`` (n, dofs), ``gravity`` (3,) m/s^2."""
    moving = twists * qvel[..., None]
    before, body = tree.before @ moving, tree.moved @ moving
    drift = motion_cross(before, twists) * qvel[..., None]
    momentum = _times(inertia, body)
    crossing = motion_matrix(body)
    bilinear = inertia @ crossing
    bilinear += bilinear.swapaxes(-1, -2) + _momentum_matrix(momentum)
    of = tree.body_of_dof
    composite, composite_bilinear = (
        (tree.carried @ one.reshape(*one.shape[:2], 36)).reshape(one.shape)[:, of]
        for one in (inertia, bilinear)
    )
    inertial = _times(composite, twists)
    coupled = _times(composite_bilinear.swapaxes(-1, -2), twists)
    lag = motion_cross(twists, before)
    shift = 2 * lag + motion_cross(twists, tree.together @ moving)
    carried = _times(composite_bilinear, twists) + _times(composite, shift)
    by_velocity = -(
        tree.turned * (coupled @ _t(twists) + inertial @ _t(shift))
        + tree.upto * (twists @ _t(carried))
    )
    mass = tree.turned * (inertial @ _t(twists)) + tree.upto * (twists @ _t(inertial))
    world = np.concatenate([np.zeros(3), -gravity])
    lagging = _times(composite_bilinear, lag)
    by_position = []
    for acceleration in accelerations:
        terms = twists * acceleration[..., None] + drift
        held = tree.before @ terms + world
        force = _times(inertia, tree.moved @ terms + world) + force_cross(body, momentum)
        left = motion_cross(lag, before) - motion_cross(twists, held)
        total = (tree.carried @ force)[:, of]
        carried = force_cross(twists, total) + _times(composite, left) + lagging
        by_position.append(
            tree.turned * (inertial @ _t(left) + coupled @ _t(lag))
            + tree.upto * (twists @ _t(carried))
        )
    return InertialSlopes(mass, tuple(by_position), by_velocity)


def spatial_inertia(packed: np.ndarray) -> np.ndarray:
    """MuJoCo's ``cinert`` (..., 10) -> (..., 6, 6)."""
    result = np.zeros((*packed.shape[:-1], 6, 6))
    result[..., :3, :3] = packed[..., _INERTIA]
    lever = _cross_matrix(packed[..., 6:9])
    result[..., :3, 3:], result[..., 3:, :3] = lever, -lever
    for axis in range(3, 6):
        result[..., axis, axis] = packed[..., 9]
    return result


_INERTIA = np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])


def cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(..., 3) each. ``np.cross`` moves axes about first, which for arrays as small as these
    takes longer than the products: a tenth of all that derivatives take."""
    result = np.empty(np.broadcast_shapes(first.shape, second.shape))
    for axis, (one, other) in enumerate(((1, 2), (2, 0), (0, 1))):
        result[..., axis] = first[..., one] * second[..., other]
        result[..., axis] -= first[..., other] * second[..., one]
    return result


def motion_cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How ``second`` changes that is carried along by the motion ``first``; (..., 6) each."""
    result = np.empty(np.broadcast_shapes(first.shape, second.shape))
    turn = first[..., :3]
    result[..., :3] = cross(turn, second[..., :3])
    result[..., 3:] = cross(turn, second[..., 3:]) + cross(first[..., 3:], second[..., :3])
    return result


def force_cross(motion: np.ndarray, force: np.ndarray) -> np.ndarray:
    """How the ``force`` changes that is carried along; (..., 6) each, torque before force."""
    result = np.empty(np.broadcast_shapes(motion.shape, force.shape))
    turn = motion[..., :3]
    result[..., :3] = cross(turn, force[..., :3]) + cross(motion[..., 3:], force[..., 3:])
    result[..., 3:] = cross(turn, force[..., 3:])
    return result


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """(..., 3) -> (..., 3, 3)"""
    result = np.zeros((*vector.shape[:-1], 3, 3))
    x, y, z = vector[..., 0], vector[..., 1], vector[..., 2]
    result[..., 0, 1], result[..., 1, 0] = -z, z
    result[..., 0, 2], result[..., 2, 0] = y, -y
    result[..., 1, 2], result[..., 2, 1] = -x, x
    return result


def motion_matrix(motion: np.ndarray) -> np.ndarray:
    """(..., 6) -> (..., 6, 6) of ``motion_cross``."""
    result = np.zeros((*motion.shape, 6))
    turn = _cross_matrix(motion[..., :3])
    result[..., :3, :3] = result[..., 3:, 3:] = turn
    result[..., 3:, :3] = _cross_matrix(motion[..., 3:])
    return result


def _momentum_matrix(momentum: np.ndarray) -> np.ndarray:
    """(..., 6) -> (..., 6, 6): minus ``force_cross`` of a motion with it, as one of the motion."""
    result = np.zeros((*momentum.shape, 6))
    result[..., :3, :3] = _cross_matrix(momentum[..., :3])
    result[..., :3, 3:] = result[..., 3:, :3] = _cross_matrix(momentum[..., 3:])
    return result


def _times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(..., 6, 6) times (..., 6)"""
    return (matrices @ vectors[..., None])[..., 0]


def _t(array: np.ndarray) -> np.ndarray:
    return array.swapaxes(-1, -2)
