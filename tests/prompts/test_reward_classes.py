"""The names that researchers know, over the same arithmetic."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts import (
    ArmsReward,
    CrawlReward,
    CrouchReward,
    HeadstandReward,
    JumpReward,
    LieDownReward,
    LocomotionReward,
    MoveAndRaiseArmsReward,
    RotationReward,
    SitOnGroundReward,
    SplitReward,
    ZeroReward,
    make_from_name,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "rewards.npz"
TASKS = [str(name) for name in np.load(GOLDEN)["tasks"]]


@pytest.mark.parametrize("index", range(len(TASKS)), ids=TASKS)
def test_made_from_its_name_a_class_pays_the_published_numbers(index, features, states):
    rewards = make_from_name(TASKS[index]).of(features)
    np.testing.assert_allclose(rewards, states["reward"][:, index], atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("reward", "name"),
    [
        (LocomotionReward(move_speed=2.0), "move-ego-0-2"),
        (LocomotionReward(move_speed=4, move_angle=-90), "move-ego--90-4"),
        (LocomotionReward(move_speed=0), "move-ego-0-0"),
        (LocomotionReward(move_speed=2, stay_low=True), "move-ego-low-0-2"),
        (HeadstandReward(), "headstand"),
        (JumpReward(jump_height=2.0), "jump-2"),
        (RotationReward(axis="y", target_ang_velocity=-5.0), "rotate-y--5-0.8"),
        (ArmsReward(left_pose="l", right_pose="m"), "raisearms-l-m"),
        (CrouchReward(), "crouch-0"),
        (SitOnGroundReward(), "sitonground"),
        (LieDownReward(direction="down"), "lieonground-down"),
        (SplitReward(distance=0.5), "split-0.5"),
        (CrawlReward(spine_height=0.5, move_speed=2, direction=1), "crawl-0.5-2-u"),
        (MoveAndRaiseArmsReward(left_pose="m", right_pose="l"), "move-ego-0-2-raisearms-m-l"),
        (ZeroReward(), "zero"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arguments_mean_what_the_name_means(reward, name):
    assert make_from_name(name) == reward


def test_arguments_beyond_the_names_change_what_is_paid(features):
    usual = LocomotionReward(move_speed=0).of(features)
    assert (LocomotionReward(move_speed=0, stand_height=1.0).of(features) > usual).any()
    low = LocomotionReward(move_speed=0, stay_low=True, low_height=0.9)
    assert (low.of(features) != LocomotionReward(move_speed=0, stay_low=True).of(features)).any()
    assert (JumpReward(2.0, max_velocity=1.0).of(features) >= JumpReward(2.0).of(features)).all()


def test_one_state_is_computed_from_what_the_simulation_holds(body, states):
    data = mujoco.MjData(body)
    data.qpos[:], data.qvel[:] = states["qpos"][7], states["qvel"][7]
    data.ctrl[:] = states["ctrl"][7]
    mujoco.mj_forward(body, data)
    column = TASKS.index("move-ego-0-2")
    paid = LocomotionReward(move_speed=2.0).compute(body, data)
    assert paid == pytest.approx(states["reward"][7, column], abs=1e-6)


def test_rewards_of_both_kinds_add(features):
    mixed = 0.5 * LocomotionReward(move_speed=2.0) + HeadstandReward()
    assert mixed.of(features).shape == (280,)


@pytest.mark.parametrize("name", ["walk", "move-ego-0", "", "rotate-w-5-0.8"])
def test_an_unknown_name_lists_the_forms(name):
    with pytest.raises(UserError, match="move-ego-<angle>-<speed>"):
        make_from_name(name)
