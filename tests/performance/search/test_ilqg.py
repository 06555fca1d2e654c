"""What a correction promises is what it does, where slopes and curvatures are nearly all there is."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from runtime.motion.poses import pose
from runtime.performance.physics.bodies import MUSCLES, ServoBody
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.physics.tangent import NV, difference
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.search import corrections
from runtime.performance.search.corrections import Corrections
from runtime.performance.search.costs import Cost
from runtime.performance.search.ilqg import Problem
from runtime.performance.search.schedule import stage_at

FRAMES = 8


@pytest.fixture
def standing():
    """A body that stands in soft contacts, asked to lean; the problem, its path and its slopes."""
    body = ServoBody()
    body.set_contact(stage_at(0.2).contact)
    qpos = np.repeat(pose("stand")[None], FRAMES, axis=0)
    qvel = np.zeros((FRAMES, NV))
    targets, _ = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1)
    asked = qpos.copy()
    asked[:, 0] += np.linspace(0, 0.02, FRAMES)
    problem = Problem(dynamics, Cost(body.model, asked, qvel))
    problem.control_weights[:, MUSCLES:] = 1 / 0.3**2
    problem.start = qpos[0], qvel[0]
    control = np.zeros((FRAMES - 1, MUSCLES + 6))
    rolled = [dynamics.step(qpos[:1], qvel[:1], control[:1], 0)]
    for frame in range(1, FRAMES - 1):
        end = rolled[-1][:, -1]
        rolled.append(dynamics.step(end[:, :76], end[:, 76:], control[frame : frame + 1], frame))
    substates = np.concatenate(rolled)
    states = np.concatenate([np.append(qpos[0], qvel[0])[None], substates[:, -1]])
    path = Trajectory(states[:, :76], states[:, 76:], control, substates)
    yield problem, path, list(dynamics.linearise(path))
    dynamics.close()


def test_a_whole_step_gains_what_it_promises(standing):
    problem, path, slopes = standing
    gains = problem.backward(path, slopes, 0.0)
    (after,) = problem.forward(path, gains, np.ones(1))
    assert gains.before == pytest.approx(problem.cost(path))
    assert gains.promised < 0.7 * gains.before
    assert gains.kept(problem.cost(after)) == pytest.approx(1, abs=0.05)


def test_what_gaps_cost_is_promised_too(standing):
    problem, path, slopes = standing
    moved = path.qpos.copy()
    moved[3:, 0] += 0.01
    dynamics = problem.dynamics
    substates = dynamics.steps(moved[:-1], path.qvel[:-1], path.control, 0)
    apart, ends = replace(path, qpos=moved, substates=substates), substates[:, -1]
    defects = difference(dynamics.body.model, ends[:, :76], ends[:, 76:], moved[1:], path.qvel[1:])
    assert np.abs(defects[2]).max() > 0.009 and np.abs(defects[3:]).max() < 1e-6
    gains = problem.backward(apart, slopes, 0.0, defects)
    (after,) = problem.forward(apart, gains, np.ones(1))
    assert problem.cost(after) == pytest.approx(gains.promised, rel=0.05)


def test_gains_without_damping_are_the_limit_of_those_with_some(standing):
    problem, path, slopes = standing
    free, damped = (problem.backward(path, slopes, damping) for damping in (0.0, 1e-9))
    assert np.allclose(free.open, damped.open, atol=1e-6)
    assert np.allclose(free.feedback, damped.feedback, atol=1e-4 * np.abs(free.feedback).max())
    assert free.promised == pytest.approx(damped.promised, rel=1e-6)


def test_a_step_may_be_another_in_each_frame(standing):
    problem, path, slopes = standing
    gains = problem.backward(path, slopes, 0.0)
    (half,) = problem.forward(path, gains, np.array([0.5]))
    early = np.r_[np.full(4, 0.5), np.zeros(FRAMES - 5)]
    same, part = problem.forward(path, gains, np.stack([np.full(FRAMES - 1, 0.5), early]))
    np.testing.assert_allclose(same.qpos, half.qpos, atol=1e-12)
    np.testing.assert_allclose(part.qpos[:5], half.qpos[:5], atol=1e-12)
    away = difference(
        problem.dynamics.body.model, part.qpos[4:5], part.qvel[4:5], path.qpos[4:5], path.qvel[4:5]
    )
    fed_back = path.control[4] + (away @ gains.feedback[4].T)[0]
    np.testing.assert_allclose(part.control[4], fed_back, atol=1e-9)
    late = np.r_[np.zeros(4), np.full(FRAMES - 5, 0.5)][None]
    (whole,), (rest,) = (problem.forward(path, gains, late, first=first) for first in (0, 4))
    np.testing.assert_allclose(rest.qpos, whole.qpos, atol=1e-9)
    np.testing.assert_allclose(rest.substates, whole.substates, atol=1e-6)


def test_where_a_whole_correction_fails_each_stretch_takes_what_is_good_for_it(
    standing, monkeypatch
):
    monkeypatch.setattr(corrections, "STRETCH", 3)
    problem, path, slopes = standing
    good = problem.backward(path, slopes, 0.0)
    wrong = good.open.copy()
    wrong[3:6] = -30 * good.open[3:6]
    bad = replace(good, open=wrong)
    search = Corrections(problem.dynamics, problem.states)
    search._problem = problem
    model = SimpleNamespace(gains=lambda damping: bad, trajectory=path)
    (whole,) = problem.forward(path, bad, np.ones(1))
    assert problem.cost(whole) > bad.before
    found = search._by_stretches(path, model, 0.0, bad.before)
    assert found is not None
    better, _, cost = found
    assert cost == pytest.approx(problem.cost(better)) and cost < bad.before
    first = good.open[0] / np.abs(good.open[0]).max()
    assert (better.control[0] - path.control[0]) @ first > 0.3 * np.abs(good.open[0]).max()
    # Nothing to gain: nothing found.
    worse = replace(good, open=-good.open)
    model.gains = lambda damping: worse
    assert search._by_stretches(path, model, 0.0, worse.before) is None
