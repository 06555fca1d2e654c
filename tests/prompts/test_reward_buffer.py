"""A reward buffer is read once, kept on disk, and answers the same afterwards."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts import Reward, parse_reward
from runtime.prompts.reward_buffer import RewardBuffer, build_reward_buffer
from runtime.prompts.rewards.features import Features, stored
from runtime.simulation import observe_states


@pytest.fixture(scope="module")
def projection():
    return np.random.default_rng(0).normal(size=(358, 12)).astype(np.float32)


@pytest.fixture(scope="module")
def buffer(body, states, projection):
    return build_reward_buffer(
        body, states["qpos"], states["qvel"], states["ctrl"], lambda obs: obs @ projection
    )


def test_b_is_that_of_the_observations(buffer, body, states, projection):
    obs = observe_states(body, states["qpos"], states["qvel"])
    np.testing.assert_allclose(buffer.b, obs @ projection, rtol=1e-3, atol=1e-3)


def test_features_in_single_precision_pay_the_published_rewards(buffer, states):
    for column in range(0, 64, 7):
        rewards = parse_reward(str(states["tasks"][column])).of(buffer.features)
        np.testing.assert_allclose(rewards, states["reward"][:, column], atol=1e-5)


def test_a_stored_buffer_answers_the_same(buffer, tmp_path):
    buffer.save(tmp_path)
    again = RewardBuffer.load(tmp_path)
    for prompt in ("move-ego-0-2", "crawl-0.4-0-d", [("jump-2", 0.3), ("speed", 1.0)]):
        np.testing.assert_array_equal(again.infer(prompt), buffer.infer(prompt))


def test_a_reward_that_pays_nothing_is_logged_and_gives_no_direction(buffer, caplog):
    assert not buffer.infer("zero").any()
    assert "no state of the buffer is paid by the reward zero" in caplog.text


def test_progress_is_told_and_may_stop_the_reading(body, states):
    class Stop(Exception):
        pass

    def progress(fraction, text="", preview=None):
        assert fraction == 1 and text
        raise Stop

    with pytest.raises(Stop):
        build_reward_buffer(
            body, states["qpos"], states["qvel"], states["ctrl"], lambda obs: obs, progress
        )


def test_arrays_that_do_not_belong_together_are_refused(body, states):
    with pytest.raises(UserError, match="280 qpos, 280 qvel and 1 actions"):
        build_reward_buffer(body, states["qpos"], states["qvel"], states["ctrl"][:1], lambda o: o)
    with pytest.raises(UserError, match="no states"):
        empty = [states[key][:0] for key in ("qpos", "qvel", "ctrl")]
        build_reward_buffer(body, *empty, lambda obs: obs)


def test_a_stored_buffer_that_is_missing_or_damaged_is_refused(buffer, tmp_path):
    with pytest.raises(UserError, match=r"no reward_buffer\.npz"):
        RewardBuffer.load(tmp_path)
    path = buffer.save(tmp_path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UserError, match="damaged"):
        RewardBuffer.load(tmp_path)
    np.savez_compressed(path, B=buffer.b, **buffer.features.to_arrays())
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        RewardBuffer.load(tmp_path)
    with path.open("wb") as file:
        np.save(file, buffer.b)
    with pytest.raises(UserError, match="damaged"):
        RewardBuffer.load(tmp_path)
    np.savez(path, B=buffer.b[:-1], **buffer.features.to_arrays())
    with pytest.raises(UserError, match="one row for each state"):
        RewardBuffer.load(tmp_path)
    np.savez(path, **buffer.features.to_arrays())
    with pytest.raises(UserError, match="lacks B"):
        RewardBuffer.load(tmp_path)


@dataclass(frozen=True)
class LaterFeatures(Features):
    """What features may be one day: with one more."""

    foot_speed: np.ndarray = field(metadata=stored(2, later=True))


def test_a_buffer_stored_before_a_feature_was_added_stays_readable(buffer, states):
    arrays = buffer.features.to_arrays()
    later = LaterFeatures.from_arrays(arrays)
    assert later.foot_speed.shape == (2, len(buffer)) and np.isnan(later.foot_speed).all()
    column = list(states["tasks"]).index("move-ego-0-2")
    paid = parse_reward("move-ego-0-2").of(later)
    np.testing.assert_allclose(paid, states["reward"][:, column], atol=1e-5)

    class Slow(Reward):
        def of(self, features):
            return 1 - features.foot_speed.mean(axis=0)

    with pytest.raises(UserError, match="stored without"):
        RewardBuffer(later, buffer.b).infer(Slow())
    with pytest.raises(UserError, match="lack gyro"):
        LaterFeatures.from_arrays({name: a for name, a in arrays.items() if name != "gyro"})
