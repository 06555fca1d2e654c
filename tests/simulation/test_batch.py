"""Many bodies over threads are each exactly the body that steps alone."""

import mujoco
import numpy as np
import pytest

from runtime.body import build_model
from runtime.prompts.rewards.features import read_features
from runtime.simulation import BodyBatch, DivergenceError, control_step, observe, reset


@pytest.fixture(scope="module")
def model():
    return build_model()


def _states(model, count):
    rng = np.random.default_rng(3)
    qpos = np.zeros((count, model.nq))
    qpos[:, 2] = rng.uniform(0.3, 1.2, count)
    qpos[:, 3:7] = rng.normal(size=(count, 4))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    return qpos, rng.normal(size=(count, model.nv)), rng.uniform(-1, 1, (6, count, model.nu))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_body_in_a_batch_moves_bit_for_bit_as_alone(model, threads):
    qpos, qvel, actions = _states(model, 7)
    with BodyBatch(model, 7, threads) as batch:
        batch.reset(qpos, qvel)
        for action in actions:
            batch.step(action)
        together = batch.qpos(), batch.qvel(), batch.observe()
    for body in range(7):
        data = mujoco.MjData(model)
        reset(model, data, qpos[body], qvel[body])
        for action in actions:
            control_step(model, data, action[body])
        assert np.array_equal(together[0][body], data.qpos)
        assert np.array_equal(together[1][body], data.qvel)
        assert np.array_equal(together[2][body], observe(model, data))


def test_chosen_bodies_move_and_the_others_stay(model):
    _, _, actions = _states(model, 4)
    with BodyBatch(model, 4) as batch:
        batch.reset()
        before = batch.qpos()
        batch.step(actions[0][:2], bodies=[3, 1])
        after = batch.qpos()
        assert np.array_equal(after[[0, 2]], before[[0, 2]])
        assert not np.array_equal(after[3], before[3])
        assert np.array_equal(batch.ctrl([3, 1]), actions[0][:2])
        assert batch.observe([]).shape == (0, 358)


def test_one_diverging_body_is_named_or_left_behind(model):
    qvel = np.zeros((3, model.nv))
    qvel[1, 10] = 1e12
    with BodyBatch(model, 3) as batch:
        with pytest.raises(DivergenceError):
            batch.reset(qvel=qvel)
            batch.step(np.zeros((3, model.nu)))
        batch.reset()
        batch.datas[1].qvel[10] = 1e12
        assert batch.step_surviving(np.zeros((3, model.nu))).tolist() == [True, False, True]


def test_features_of_a_batch_are_those_read_from_its_states(model):
    qpos, qvel, actions = _states(model, 4)
    with BodyBatch(model, 4) as batch:
        batch.reset(qpos, qvel)
        batch.step(actions[0])
        live = batch.features().to_arrays()
        again = read_features(model, batch.qpos(), batch.qvel(), batch.ctrl()).to_arrays()
    for name, values in live.items():
        np.testing.assert_allclose(values, again[name], atol=1e-9, err_msg=name)
