"""Rewards pay what the published ones pay, add and multiply, and refuse unknown names."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts import ALL_TASKS, STANDARD_TASKS, mix_rewards, parse_reward
from runtime.prompts.rewards.features import Features, read_features
from runtime.prompts.rewards.forms import REWARD_FORMS, find_form
from runtime.prompts.timeline import BehaviourPrompt

GOLDEN = Path(__file__).parents[1] / "golden" / "rewards.npz"
TASKS = [str(name) for name in np.load(GOLDEN)["tasks"]]


@pytest.mark.parametrize("index", range(len(TASKS)), ids=TASKS)
def test_reward_pays_the_published_numbers(index, features, states):
    rewards = parse_reward(TASKS[index]).of(features)
    np.testing.assert_allclose(rewards, states["reward"][:, index], atol=1e-6, rtol=0)


def test_a_reward_is_called_with_model_and_states(body, states):
    reward = parse_reward("move-ego-90-2")
    some = slice(10, 40)
    result = reward(body, states["qpos"][some], states["qvel"][some], states["ctrl"][some])
    column = TASKS.index("move-ego-90-2")
    np.testing.assert_allclose(result, states["reward"][some, column], atol=1e-6)
    one = reward(body, states["qpos"][5], states["qvel"][5], states["ctrl"][5])
    np.testing.assert_allclose(one, states["reward"][5:6, column], atol=1e-6)


def test_the_benchmark_has_45_tasks_and_54_with_arms():
    assert len(set(STANDARD_TASKS)) == 45
    assert len(set(ALL_TASKS)) == 54
    assert list(ALL_TASKS) == TASKS[:54]


def test_features_are_those_of_a_whole_mj_forward(body, states, features):
    data = mujoco.MjData(body)
    for row in range(0, 280, 40):
        data.qpos[:], data.qvel[:] = states["qpos"][row], states["qvel"][row]
        mujoco.mj_forward(body, data)
        np.testing.assert_allclose(features.height[:, row], data.xpos[1:, 2], atol=1e-12)
        up = data.xmat[1:].reshape(24, 3, 3)[:, 2]
        np.testing.assert_allclose(features.up[:, :, row], up, atol=1e-12)
        chest_velocity = data.sensor("Chest_subtreelinvel").data
        np.testing.assert_allclose(features.velocity[:, row], chest_velocity, atol=1e-12)
        np.testing.assert_allclose(
            features.gyro[:, row], data.sensor("Pelvis_gyro").data, atol=1e-12
        )


def test_more_states_than_are_read_at_once_come_back_in_order(body, states, features):
    many = np.arange(5000) % 280
    read = read_features(body, states["qpos"][many], states["qvel"][many], states["ctrl"][many])
    assert len(read) == 5000
    np.testing.assert_array_equal(read.height, features.height[:, many])
    np.testing.assert_array_equal(read.calm, features.calm[many])


def test_features_survive_an_npz_file(features, tmp_path):
    np.savez(tmp_path / "features.npz", **features.to_arrays())
    with np.load(tmp_path / "features.npz") as file:
        again = Features.from_arrays(file)
        partial = {name: file[name] for name in file if name != "gyro"}
        cut = {name: file[name] for name in file} | {"gyro": file["gyro"][:, :7]}
    np.testing.assert_array_equal(again.up, features.up)
    with pytest.raises(UserError, match="gyro"):
        Features.from_arrays(partial)
    with pytest.raises(UserError, match=r"gyro.*\(3, 7\)"):
        Features.from_arrays(cut)


def test_states_of_different_number_are_refused(body, states):
    with pytest.raises(UserError, match="do not belong together"):
        read_features(body, states["qpos"], states["qvel"][:3], states["ctrl"])


@pytest.mark.parametrize("part", ["qpos", "qvel", "ctrl"])
def test_states_that_are_not_of_the_body_are_refused(body, states, part):
    good = {name: states[name][:4] for name in ("qpos", "qvel", "ctrl")}
    broken = good[part].copy()
    broken[2, 5] = np.nan
    with pytest.raises(UserError, match="not finite"):
        parse_reward("jump-2")(body, **{**good, part: broken})
    if part != "ctrl":
        with pytest.raises(UserError, match=f"{part} has shape"):
            parse_reward("jump-2")(body, **{**good, part: good[part][:, :70]})


def test_sums_and_products_with_weights(features):
    move, arms = parse_reward("move-ego-0-2"), parse_reward("raisearms-h-h")
    a, b = move.of(features), arms.of(features)
    np.testing.assert_allclose((0.7 * move + 0.3 * arms).of(features), 0.7 * a + 0.3 * b)
    np.testing.assert_allclose((move * arms - 1).of(features), a * b - 1)
    mixed = mix_rewards(
        BehaviourPrompt(0, 30, rewards=(("move-ego-0-2", 2), ("speed", -1))).rewards
    )
    speed = np.hypot(features.velocity[0], features.velocity[1])
    np.testing.assert_allclose(mixed.of(features), 2 * a - speed)


def test_a_mix_without_rewards_or_with_a_broken_weight_is_refused():
    with pytest.raises(UserError, match="at least one"):
        mix_rewards([])
    with pytest.raises(UserError, match="weight of the reward 'jump-2'"):
        mix_rewards([("jump-2", float("nan"))])


@pytest.mark.parametrize(
    "name",
    ["moonwalk", "move-ego-0", "move-ego-fast-2", "rotate-w-5-0.8", "raisearms-l-q", "split"],
)
def test_an_unknown_reward_is_an_error_with_the_forms_in_its_details(name):
    with pytest.raises(UserError) as error:
        parse_reward(name)
    for form in ("move-ego-<angle>-<speed>", "headstand", "crawl-<height>-<speed>-<belly>"):
        assert form in error.value.details


@pytest.mark.parametrize("name", ["move-ego-0--2", "jump--1", "crawl-0.4--2-u", "rotate-x-5--1"])
def test_numbers_that_cannot_be_negative_are_refused(name):
    with pytest.raises(UserError, match="must not be negative"):
        parse_reward(name)


def test_numbers_too_large_to_be_any_are_refused():
    with pytest.raises(UserError, match="height is too large"):
        parse_reward("jump-" + "9" * 400)


def test_numbers_in_names_may_be_negative_or_have_decimals(features):
    for name in ("move-ego--37.5-2.25", "crouch--0.1", "rotate-z--4.5-.7", "crawl-0.35-0.5-u"):
        assert np.isfinite(parse_reward(name).of(features)).all()
    # A bound below the floor is met by all that a bound at the floor is met by.
    at_floor, below = parse_reward("split-0"), parse_reward("split--0.5")
    np.testing.assert_allclose(below.of(features), at_floor.of(features))
    assert np.isfinite(parse_reward("crawl--0.1-0-d").of(features)).all()


def test_every_form_makes_names_of_its_own_from_its_usual_values():
    for form in REWARD_FORMS:
        assert tuple(name for name, _ in form.defaults) == form.parameters
        name = form.name(**dict(form.defaults))
        found = find_form(name)
        assert found is not None and found[0] is form


def test_a_walk_to_the_left_is_paid_to_a_body_that_goes_left(body):
    """The body faces +x when its heading is zero: forward is +x, left is +y."""
    qpos, qvel = np.zeros((2, 76)), np.zeros((2, 75))
    # Pelvis +z (the front) towards world +x, +y (the head) up.
    qpos[:, 2:7] = [0.94, 0.5, 0.5, 0.5, 0.5]
    qvel[0, 0] = qvel[1, 1] = 2
    ctrl = np.zeros((2, 69))
    forward = parse_reward("move-ego-0-2")(body, qpos, qvel, ctrl)
    left = parse_reward("move-ego-90-2")(body, qpos, qvel, ctrl)
    assert forward[0] > 0.99 and left[1] > 0.99
    assert forward[1] < 0.6 and left[0] < 0.6
