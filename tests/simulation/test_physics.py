"""Stepping and observation agree with the golden vectors; divergence is never silent."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from runtime.body import build_model
from runtime.body.observation import observe_bodies
from runtime.simulation import DivergenceError, control_step, observe, observe_states, reset

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "physics.npz")


@pytest.mark.parametrize("episode", range(len(GOLDEN["qpos0"])))
def test_twenty_control_steps_agree_with_the_reference(episode):
    model = build_model()
    data = mujoco.MjData(model)
    reset(model, data, GOLDEN["qpos0"][episode], GOLDEN["qvel0"][episode])
    np.testing.assert_allclose(observe(model, data), GOLDEN["obs0"][episode], atol=1e-9, rtol=0)
    for step, ctrl in enumerate(GOLDEN["ctrl"][episode]):
        control_step(model, data, ctrl)
        np.testing.assert_allclose(data.qpos, GOLDEN["qpos"][episode, step], atol=1e-8, rtol=0)
        np.testing.assert_allclose(data.qvel, GOLDEN["qvel"][episode, step], atol=1e-8, rtol=0)
        np.testing.assert_allclose(
            observe(model, data), GOLDEN["obs"][episode, step], atol=1e-9, rtol=0
        )


def test_observation_works_over_any_leading_dimensions():
    rng = np.random.default_rng(0)
    from scipy.spatial.transform import Rotation

    rotations = Rotation.random(2 * 5 * 24, rng).as_matrix().reshape(2, 5, 24, 3, 3)
    positions, linear, angular = rng.normal(size=(3, 2, 5, 24, 3))
    batch = observe_bodies(positions, rotations, linear, angular)
    assert batch.shape == (2, 5, 358)
    one = observe_bodies(positions[1, 3], rotations[1, 3], linear[1, 3], angular[1, 3])
    np.testing.assert_allclose(batch[1, 3], one, atol=1e-12)


def test_observation_is_blind_to_place_and_heading():
    model = build_model()
    qpos, qvel = GOLDEN["qpos0"][:1].copy(), GOLDEN["qvel0"][:1].copy()
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_euler("z", 1.1)
    moved, moved_velocity = qpos.copy(), qvel.copy()
    moved[0, :3] = turn.apply(qpos[0, :3]) + [3, -2, 0]
    root = Rotation.from_quat(qpos[0, 3:7], scalar_first=True)
    moved[0, 3:7] = (turn * root).as_quat(scalar_first=True)
    moved_velocity[0, :3] = turn.apply(qvel[0, :3])
    np.testing.assert_allclose(
        observe_states(model, moved, moved_velocity), observe_states(model, qpos, qvel), atol=1e-9
    )


def test_divergence_is_reported_and_named():
    model = build_model()
    data = mujoco.MjData(model)
    qvel = np.zeros(75)
    qvel[10] = 1e12
    with pytest.raises(DivergenceError, match="unstable"):
        reset(model, data, qvel=qvel)
        control_step(model, data, np.zeros(69))


def test_a_warning_leaves_no_file_behind(tmp_path, monkeypatch, caplog):
    model = build_model()
    monkeypatch.chdir(tmp_path)
    data = mujoco.MjData(model)
    data.qvel[:] = 1e30
    with caplog.at_level("INFO", "runtime.simulation.stepping"):
        mujoco.mj_step(model, data)
    assert "unstable" in caplog.text
    assert not list(tmp_path.iterdir())


def test_a_state_with_nan_is_never_accepted():
    model = build_model()
    data = mujoco.MjData(model)
    qpos = np.zeros(76)
    qpos[3] = 1
    qpos[20] = np.nan
    with pytest.raises(DivergenceError):
        reset(model, data, qpos)
