"""Derivatives from inverse dynamics are those of whole control steps."""

import mujoco
import numpy as np
import pytest

from runtime.motion.poses import pose
from runtime.performance.physics.bodies import MUSCLES, PublishedBody, ServoBody
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.physics.linearisation import Sampling
from runtime.performance.physics.tangent import NV, difference
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.search.schedule import stage_at
from runtime.simulation.stepping import DivergenceError


@pytest.mark.parametrize("body_class", [ServoBody, PublishedBody])
def test_derivatives_agree_with_differences_of_whole_control_steps(body_class):
    body = body_class()
    body.set_contact(stage_at(0.5).contact)
    qpos = np.repeat(pose("stand")[None], 2, axis=0)
    rng = np.random.default_rng(1)
    qvel = np.repeat(rng.normal(size=(1, NV)) * 0.3, 2, axis=0)
    targets, _ = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1, sampling=Sampling(body.substeps, body.substeps))
    control = rng.normal(size=(1, 75)) * 0.05
    substates = dynamics.step(qpos[:1], qvel[:1], control, 0)
    ((by_state, by_control),) = dynamics.linearise(Trajectory(qpos, qvel, control, substates))
    expected = _differences(dynamics, qpos[0], qvel[0], control[0])
    dynamics.close()
    measured = np.concatenate([by_state, by_control], axis=1)
    for part in (slice(0, NV), slice(NV, 2 * NV), slice(2 * NV, None)):
        error = np.linalg.norm(measured[:, part] - expected[:, part])
        assert error < 2e-3 * np.linalg.norm(expected[:, part])


def _differences(dynamics, qpos, qvel, control, epsilon=1e-5):
    model, count = dynamics.body.model, 2 * NV + 75
    all_qpos, all_qvel = np.repeat(qpos[None], count + 1, 0), np.repeat(qvel[None], count + 1, 0)
    all_control = np.repeat(control[None], count + 1, 0)
    for column in range(NV):
        step = np.zeros(NV)
        step[column] = epsilon
        mujoco.mj_integratePos(model, all_qpos[1 + column], step, 1.0)
        all_qvel[1 + NV + column, column] += epsilon
    rows = np.arange(75)
    all_control[1 + 2 * NV + rows, rows] += epsilon
    ends = dynamics.step(all_qpos, all_qvel, all_control, 0)[:, -1]
    moved = difference(model, ends[1:, :76], ends[1:, 76:], ends[0, :76], ends[0, 76:])
    return moved.T / epsilon


def test_muscles_at_their_limit_give_no_more():
    body = ServoBody()
    body.set_contact(stage_at(0.5).contact)
    qpos = np.repeat(pose("stand")[None], 2, axis=0)
    qvel = np.zeros((2, NV))
    targets, _ = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1)
    control = np.zeros((1, 75))
    control[0, 3] = 50.0  # radians: far beyond what the knee's muscle can do in a step
    substates = dynamics.step(qpos[:1], qvel[:1], control, 0)
    ((_, by_control),) = dynamics.linearise(Trajectory(qpos, qvel, control, substates))
    dynamics.close()
    free = np.abs(by_control[:, :MUSCLES]).max(axis=0)
    assert free[3] < 1e-9 and (np.delete(free, 3) > 0).all()


def test_contacts_that_cannot_be_solved_are_a_motion_that_was_lost(monkeypatch):
    # A body that was thrown into itself; another state, or help, may do without.
    body = PublishedBody()
    qpos, qvel = np.repeat(pose("stand")[None], 2, axis=0), np.zeros((2, NV))
    targets, _ = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1)

    def fail(*_, **__):
        raise mujoco.FatalError("FactorizeHessian: rank-deficient sparse Hessian")

    monkeypatch.setattr(dynamics._rollout, "rollout", fail)
    with pytest.raises(DivergenceError, match="rank-deficient"):
        dynamics.step(qpos[:1], qvel[:1], np.zeros((1, 75)), 0)
    dynamics.close()
