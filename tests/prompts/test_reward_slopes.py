"""Slopes of rewards in the state, held against differences of the rewards themselves."""

import mujoco
import numpy as np
import pytest

from runtime.body.model import shared_model
from runtime.motion.poses import pose
from runtime.prompts.rewards import parse_reward
from runtime.prompts.rewards.slopes import features_at_rest, reward_slopes

STEP = 1e-6


def states(count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Poses near standing, leaning any way; they move."""
    rng = np.random.default_rng(0)
    qpos = np.repeat(pose("stand")[None], count, axis=0)
    for row in qpos:
        change = 0.1 * rng.normal(size=shared_model().nv)
        mujoco.mj_integratePos(shared_model(), row, change, 1.0)
    return qpos, 0.3 * rng.normal(size=(count, 75))


def differences(reward, qpos: np.ndarray, qvel: np.ndarray, column: int) -> np.ndarray:
    ends = []
    for sign in (1, -1):
        there, speed = qpos.copy(), qvel.copy()
        if column < 75:
            change = np.zeros(shared_model().nv)
            change[column] = sign * STEP
            for row in there:
                mujoco.mj_integratePos(shared_model(), row, change, 1.0)
        else:
            speed[:, column - 75] += sign * STEP
        ends.append(reward.of(features_at_rest(there, speed)))
    return (ends[0] - ends[1]) / (2 * STEP)


@pytest.mark.parametrize(
    "text",
    [
        "near(left_hand_height, 1.5, 1.0)",
        "near(upright, 0.5, 1.0) * near(facing_up, 0.3, 1.0)",
        "near(ankle_distance, 0.6, 1.0)",
        "near(yaw_rate, 1.0, 2.0)",
    ],
)
def test_slopes_are_those_of_the_reward(text):
    reward, (qpos, qvel) = parse_reward(text), states()
    earned, slopes = reward_slopes(reward, qpos, qvel)
    assert earned == pytest.approx(reward.of(features_at_rest(qpos, qvel)))
    assert np.abs(slopes).max() > 0.1, "there is something to climb"
    for column in range(150):
        numeric = differences(reward, qpos, qvel, column)
        assert slopes[:, column] == pytest.approx(numeric, abs=1e-4 * np.abs(slopes).max()), column


@pytest.mark.parametrize("name", ["raisearms-l-l", "raisearms-h-l"])
def test_published_ones_too_of_a_body_at_rest(name):
    """Speeds of the upper body change with the pose too, which is left out: they are none here."""
    reward, (qpos, _) = parse_reward(name), states()
    qvel = np.zeros((len(qpos), 75))
    _, slopes = reward_slopes(reward, qpos, qvel)
    assert np.abs(slopes).max() > 0.1
    for column in range(75):
        numeric = differences(reward, qpos, qvel, column)
        assert slopes[:, column] == pytest.approx(numeric, abs=1e-4 * np.abs(slopes).max()), column


def test_the_upper_body_goes_as_the_joints_do():
    reward, (qpos, qvel) = parse_reward("near(forward_speed, 0.5, 1.0)"), states()
    _, slopes = reward_slopes(reward, qpos, qvel)
    for column in range(75, 150):
        numeric = differences(reward, qpos, qvel, column)
        assert slopes[:, column] == pytest.approx(numeric, abs=1e-4)


def test_nothing_reachable_has_no_slope():
    reward, (qpos, qvel) = parse_reward("headstand"), states()
    earned, slopes = reward_slopes(reward, qpos, qvel)
    assert not earned.any() and not slopes.any()
