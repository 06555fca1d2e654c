"""Slopes of constraint forces, against differences of MuJoCo's own inverse dynamics."""

import mujoco
import numpy as np
import pytest

from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.constraint_slopes import constraint_slopes, read_constraints
from runtime.performance.physics.rigid_tree import Tree
from runtime.performance.physics.tangent import NV
from runtime.performance.search.schedule import stage_at
from runtime.posing.library import library_poses

EPSILON = 1e-6


@pytest.fixture(scope="module")
def body():
    return ServoBody()


def _state(body, name, stage, down):
    """A moving body of which something pushes on the floor."""
    body.set_contact(stage_at(stage).contact)
    data = mujoco.MjData(body.model)
    rng = np.random.default_rng(3)
    data.qpos[:] = library_poses()[name].qpos
    data.qpos[2] -= down
    data.qvel[:] = 0.5 * rng.normal(size=NV)
    mujoco.mj_forward(body.model, data)
    return data


def _forces(body, data, by_position, by_velocity, by_acceleration):
    other = mujoco.MjData(body.model)
    other.qpos[:] = data.qpos
    mujoco.mj_integratePos(body.model, other.qpos, by_position, 1.0)
    other.qvel[:], other.qacc[:] = data.qvel + by_velocity, data.qacc + by_acceleration
    other.ctrl[:] = data.ctrl
    mujoco.mj_inverse(body.model, other)
    return other.qfrc_constraint.copy()


def _differences(body, data, argument):
    columns = []
    for step in np.eye(NV) * EPSILON:
        ends = []
        for sign in (1, -1):
            arguments = [np.zeros(NV)] * 3
            arguments[argument] = sign * step
            ends.append(_forces(body, data, *arguments))
        columns.append((ends[0] - ends[1]) / (2 * EPSILON))
    return np.array(columns).T


@pytest.mark.parametrize(
    ("name", "stage", "down", "tolerance"),
    [
        ("relaxed", 0.0, 0.0, 1e-6),
        ("relaxed", 0.7, 0.001, 1e-6),
        ("relaxed", 1.0, 0.001, 1e-6),
        # Limbs that touch each other: their normals turn, which is left out.
        ("lie-back", 0.0, 0.0, 2e-2),
    ],
)
def test_slopes_are_those_of_differences(body, name, stage, down, tolerance):
    data = _state(body, name, stage, down)
    assert data.efc_force[: data.nefc].any()
    flying = mujoco.MjData(body.model)
    flying.qpos[2] = 5.0
    mujoco.mj_forward(body.model, flying)
    states = [read_constraints(body.model, one) for one in (flying, data)]
    found = constraint_slopes(body.model, Tree(body.model), states)
    jacobian, turning = found.jacobian[1], found.turning[1]
    push = jacobian.T
    measured = (
        turning - push @ found.by_position[1],
        -push @ found.damping[1] @ jacobian,
        -push @ found.stiffness[1] @ jacobian,
    )
    assert not found.stiffness[0].any() and not found.turning[0].any()
    for argument, one in enumerate(measured):
        expected = _differences(body, data, argument)
        error = np.linalg.norm(one - expected)
        assert error < tolerance * np.linalg.norm(expected)


def test_nothing_is_said_of_a_body_in_the_air(body):
    data = _state(body, "relaxed", 1.0, -1.0)
    data.efc_force[:] = 0
    states = [read_constraints(body.model, data)]
    assert constraint_slopes(body.model, Tree(body.model), states) is None
