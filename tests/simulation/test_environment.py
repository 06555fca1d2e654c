"""The environment keeps Gymnasium's contract and the published resets."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from gymnasium.wrappers import FlattenObservation

from runtime.errors import UserError
from runtime.prompts.rewards import parse_reward
from runtime.simulation import DivergenceError, HumEnv, ThreadVectorEnv, make_humenv, observe_states

UPRIGHT = [np.sqrt(0.5), np.sqrt(0.5), 0, 0]


@pytest.mark.filterwarnings("ignore::UserWarning")  # of unbounded observations
def test_gymnasiums_checker_passes():
    check_env(HumEnv(render_mode=None))


def test_the_default_reset_stands_upright_with_all_joints_at_zero():
    env, _ = make_humenv()
    observation, info = env.reset()
    assert info["qpos"][2] == 0.94
    np.testing.assert_allclose(info["qpos"][3:7], UPRIGHT)
    assert not info["qpos"][7:].any() and not info["qvel"].any()
    assert observation["proprio"].shape == (358,)


def test_an_episode_is_cut_after_300_steps_and_never_terminates():
    env, _ = make_humenv()
    env.reset()
    ends = [env.step(np.zeros(69))[2:4] for _ in range(300)]
    assert ends[:-1] == [(False, False)] * 299
    assert ends[-1] == (False, True)


def test_falls_start_in_any_orientation_after_at_most_four_steps():
    env, _ = make_humenv(state_init="Fall", seed=0)
    quats, steps = [], set()
    for _ in range(60):
        _, info = env.reset()
        quats.append(info["qpos"][3:7])
        steps.add(round(env.unwrapped.data.time * 30))
        if env.unwrapped.data.time == 0:
            assert info["qpos"][2] == 1.0 and not info["qpos"][7:].any()
    assert steps == {0, 1, 2, 3, 4}
    assert np.std(quats, axis=0).min() > 0.1


def test_mixed_starts_fall_as_often_as_asked():
    for share in (0.0, 0.3, 1.0):
        env, _ = make_humenv(state_init="DefaultAndFall", fall_prob=share, seed=1)
        fallen = [not np.allclose(env.reset()[1]["qpos"][3:7], UPRIGHT) for _ in range(100)]
        assert np.mean(fallen) == pytest.approx(share, abs=0.12)


def test_a_seed_gives_the_same_episode_again():
    runs = []
    for _ in range(2):
        env, _ = make_humenv(state_init="Fall")
        observation, _ = env.reset(seed=5)
        observation, *_ = env.step(np.full(69, 0.1))
        runs.append(observation["proprio"])
    assert np.array_equal(*runs)
    assert not np.array_equal(
        make_humenv(state_init="Fall", seed=1)[0].reset()[0]["proprio"],
        make_humenv(state_init="Fall", seed=2)[0].reset()[0]["proprio"],
    )


def test_a_state_can_be_set_and_is_what_is_observed():
    env, _ = make_humenv()
    env.reset()
    qpos, qvel = env.unwrapped.data.qpos.copy(), np.linspace(-1, 1, 75)
    qpos[7:] = 0.1
    env.unwrapped.set_physics(qpos, qvel)
    expected = observe_states(env.unwrapped.model, qpos[None], qvel[None])[0]
    assert np.array_equal(env.unwrapped.get_obs()["proprio"], expected)
    observation, info = env.reset(options={"qpos": qpos, "qvel": qvel})
    assert np.array_equal(observation["proprio"], expected)
    assert np.array_equal(info["qpos"], qpos)


@pytest.mark.parametrize("mode", ["threads", "sync", "async"])
def test_many_environments_step_as_each_would_alone(mode):
    arguments = {"state_init": "Fall", "seed": 7, "wrappers": [FlattenObservation]}
    env, _ = make_humenv(3, mode, max_episode_steps=3, **arguments)
    kinds = {"threads": ThreadVectorEnv, "sync": SyncVectorEnv, "async": AsyncVectorEnv}
    assert type(env) is kinds[mode]
    actions = np.random.default_rng(0).uniform(-1, 1, (6, 3, 69))
    seen = [env.reset()[0]]
    ended = []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        assert reward.shape == (3,) and info["qpos"].shape == (3, 76)
        assert not terminated.any()
        seen.append(observation)
        ended.append(truncated.all())
    env.close()
    # Gymnasium resets in the step after an episode ended.
    assert ended == [False, False, True, False, False, False]
    for body in range(3):
        alone, _ = make_humenv(max_episode_steps=3, **{**arguments, "seed": 7 + body})
        assert np.array_equal(seen[0][body], alone.reset()[0])
        for step in (0, 1, 2):
            assert np.array_equal(seen[step + 1][body], alone.step(actions[step, body])[0])
        assert np.array_equal(seen[4][body], alone.reset()[0])
        assert np.array_equal(seen[5][body], alone.step(actions[4, body])[0])


def test_the_cameras_see_the_body_from_different_sides():
    env, _ = make_humenv(render_width=160, render_height=120)
    env.reset()
    images = []
    for camera in ("front_side", "side", "back"):
        env.unwrapped.camera = camera
        try:
            image = env.render()
        except UserError as error:
            pytest.skip(str(error))
        assert image.shape == (120, 160, 3) and image.dtype == np.uint8
        images.append(image.astype(int))
    for first, second in ((0, 1), (1, 2), (0, 2)):
        assert np.abs(images[first] - images[second]).mean() > 1
    env.unwrapped.camera = "ceiling"
    with pytest.raises(UserError, match="front_side"):
        env.render()
    env.close()


@pytest.mark.parametrize(
    "chosen",
    [
        {"MUJOCO_GL": "disable"},
        pytest.param(
            {}, marks=pytest.mark.skipif(sys.platform != "linux", reason="has a window system")
        ),
    ],
    ids=["disabled", "no display"],
)
def test_without_opengl_rendering_says_what_to_set(chosen):
    code = (
        "from runtime.simulation import HumEnv\n"
        "from runtime.errors import UserError\n"
        "try: HumEnv().render()\n"
        "except UserError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**chosen, "PATH": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert "MUJOCO_GL=egl" in done.stdout, done.stderr
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("name", ["body import build_model", "simulation import make_humenv"])
def test_a_mujoco_that_does_not_load_says_why(tmp_path, name):
    """It raises AttributeError where MUJOCO_GL names a library that is not installed."""
    (tmp_path / "mujoco.py").write_text("raise AttributeError('no glGetError')")
    done = subprocess.run(
        [sys.executable, "-c", f"from runtime.{name}"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert "cannot be loaded: no glGetError" in done.stderr


def test_bad_input_is_refused_in_words():
    env, _ = make_humenv()
    env.reset()
    with pytest.raises(UserError, match=r"shape \(69,\)"):
        env.step(np.zeros(3))
    with pytest.raises(UserError, match="finite"):
        env.step(np.full(69, np.nan))
    for chance in (-0.1, 1.5, np.nan):
        with pytest.raises(UserError, match="fall_prob is"):
            make_humenv(state_init="DefaultAndFall", fall_prob=chance)
    with pytest.raises(UserError, match="DefaultAndFall"):
        make_humenv(state_init="Upside")
    with pytest.raises(UserError, match="needs motions"):
        make_humenv(state_init="MoCap")
    with pytest.raises(UserError, match="threads"):
        make_humenv(2, "processes")
    with pytest.raises(UserError, match="shape"):
        env.unwrapped.set_physics(np.zeros(7))


def test_divergence_is_an_error_in_every_kind_of_environment():
    env, _ = make_humenv(2)
    env.reset()
    env.envs[1].unwrapped.data.qvel[10] = 1e12
    with pytest.raises(DivergenceError):
        env.step(np.zeros((2, 69)))
    env.close()


@pytest.mark.parametrize("task", ["move-ego-0-2", "raisearms-h-l", "crouch-0", "zero"])
def test_a_task_pays_for_the_state_that_a_step_reached(task):
    env, _ = make_humenv(task=task, seed=0)
    env.reset()
    paid = []
    for action in np.random.default_rng(0).uniform(-0.5, 0.5, (10, 69)):
        _, reward, _, _, info = env.step(action)
        state = info["qpos"][None], info["qvel"][None]
        expected = parse_reward(task)(env.unwrapped.model, *state, action[None])[0]
        assert reward == pytest.approx(expected, abs=1e-9)
        paid.append(reward)
    assert (np.ptp(paid) > 0) == (task != "zero")


def test_a_reward_of_ones_own_and_a_change_of_task_work():
    env, _ = make_humenv(task=lambda model, qpos, qvel, ctrl: qpos[:, 2])
    env.reset()
    _, reward, _, _, info = env.step(np.zeros(69))
    assert reward == info["qpos"][2]
    env.unwrapped.set_task(None)
    assert env.step(np.zeros(69))[1] == 0
    with pytest.raises(UserError, match="move-ego"):
        env.unwrapped.set_task("dance-wildly")


def test_an_environment_that_is_never_closed_ends_quietly():
    code = (
        "from runtime.simulation import HumEnv\n"
        "env = HumEnv(render_width=32, render_height=32)\n"
        "env.reset(); env.render(); print('rendered')\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    if "rendered" not in done.stdout:
        pytest.skip("OpenGL does not start here")
    assert done.stderr == ""
