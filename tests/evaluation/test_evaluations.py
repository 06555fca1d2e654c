"""The three evaluations score what a policy really did."""

import mujoco
import numpy as np
import pytest

from runtime.body import build_model
from runtime.errors import UserError
from runtime.evaluation import (
    GoalEvaluation,
    GoalWrapper,
    RewardEvaluation,
    RewardWrapper,
    TrackingEvaluation,
    TrackingWrapper,
)
from runtime.evaluation.clips import load_clips
from runtime.evaluation.metrics import goal_scores, tracking_scores
from runtime.motion.poses import POSES, pose
from runtime.simulation import control_step, make_humenv, observe, reset

FALL = {"state_init": "Fall", "max_episode_steps": 12, "seed": 3}


class Still:
    """A model that never moves and whose latents are marks to recognise."""

    def act(self, obs, z):
        return np.zeros((len(obs), 69), np.float32)

    def reward_inference(self, task):
        return np.zeros(4)

    def goal_inference(self, obs):
        return np.zeros((len(obs), 4))

    def tracking_inference(self, obs):
        return np.zeros((len(obs), 4))


@pytest.fixture
def asked(model, transitions):
    return RewardWrapper(
        model=model,
        inference_dataset=transitions,
        num_samples_per_inference=200,
        inference_function="reward_wr_inference",
        max_workers=2,
    )


def test_returns_are_those_of_the_same_episodes_in_the_environment(model, asked):
    task = "raisearms-l-l"
    evaluation = RewardEvaluation([task], FALL, num_contexts=1, num_envs=2, num_episodes=3)
    returns = evaluation.run(agent=asked)[task]["reward"]
    z = asked.reward_inference(task)
    for episode in range(3):
        env, _ = make_humenv(task=task, **{**FALL, "seed": None})
        env.unwrapped.np_random = np.random.default_rng([3, 0, episode])
        observation, _ = env.reset()
        total, over = 0.0, False
        while not over:
            action = asked.act(observation["proprio"][None], z)[0]
            observation, reward, _, over, _ = env.step(action)
            total += reward
        assert returns[episode] == pytest.approx(total, abs=1e-4)
    assert returns.min() > 0 and np.ptp(returns) > 0


def test_results_do_not_depend_on_how_many_move_at_once(asked):
    runs = [
        RewardEvaluation(["crouch-0", "zero"], FALL, num_envs=count, num_episodes=5).run(asked)
        for count in (1, 3, None)
    ]
    for run in runs[1:]:
        for task in ("crouch-0", "zero"):
            # Larger batches round differently in the network.
            np.testing.assert_allclose(run[task]["reward"], runs[0][task]["reward"], atol=1e-3)
    assert not runs[0]["zero"]["reward"].any()


def test_each_context_infers_from_other_samples(asked):
    evaluation = RewardEvaluation(
        ["move-ego-0-2"], FALL, num_contexts=2, num_episodes=2, num_envs=2
    )
    assert evaluation.run(asked)["move-ego-0-2"]["reward"].shape == (4,)
    first, second = (asked.reward_inference("move-ego-0-2", context) for context in (0, 1))
    assert first.shape == (1, 32) and not np.allclose(first, second)


def test_reward_inference_is_the_models_own_over_the_relabelled_samples(model, transitions):
    from runtime.prompts import parse_reward
    from runtime.simulation import observe_states

    everything = {"inference_dataset": transitions, "num_samples_per_inference": 10_000}
    body = build_model()
    seen = observe_states(body, transitions["next_qpos"], transitions["next_qvel"])
    paid = parse_reward("crouch-0.4")(
        body, transitions["next_qpos"], transitions["next_qvel"], transitions["action"]
    )
    for name in ("reward_wr_inference", "reward_inference"):
        z = RewardWrapper(model, inference_function=name, **everything)
        expected = getattr(model, name)(seen.astype(np.float32), paid).numpy()
        np.testing.assert_allclose(z.reward_inference("crouch-0.4"), expected, atol=1e-4)


def test_data_may_be_a_file_a_buffer_or_nested(model, transitions, buffer_file):
    from runtime.training import DictBuffer

    buffer = DictBuffer(280)
    buffer.extend(transitions)
    nested = {
        "action": transitions["action"],
        "next": {"qpos": transitions["next_qpos"], "qvel": transitions["next_qvel"]},
    }
    expected = RewardWrapper(model, transitions).reward_inference("sitonground")
    for data in (buffer_file, str(buffer_file), nested):
        z = RewardWrapper(model, data).reward_inference("sitonground")
        np.testing.assert_allclose(z, expected, atol=1e-5)
    assert RewardWrapper(model, buffer, 50).reward_inference("sitonground").shape == (1, 32)
    with pytest.raises(UserError, match="next_qvel"):
        RewardWrapper(model, {"action": [], "next_qpos": []}).reward_inference("zero")
    with pytest.raises(UserError, match="reward_wr_inference"):
        RewardWrapper(model, transitions, inference_function="infer")


def test_a_goal_is_scored_over_the_steps_after_the_start():
    body = build_model()
    data = mujoco.MjData(body)
    reset(body, data)
    episode = [observe(body, data)]
    for _ in range(15):
        control_step(body, data, np.zeros(69))
        episode.append(observe(body, data))
    settings = {"state_init": "Default", "max_episode_steps": 15}
    evaluation = GoalEvaluation({"here": episode[8]}, settings, num_episodes=2)
    scores = evaluation.run(agent=GoalWrapper(Still()))["here"]
    expected = goal_scores(np.array(episode), episode[8])
    for name, value in expected.items():
        np.testing.assert_allclose(scores[name], [value, value], atol=1e-5)
    assert scores["success"].all()


def test_goals_are_the_named_poses_unless_given(model):
    settings = {"state_init": "Default", "max_episode_steps": 2}
    scores = GoalEvaluation(env_kwargs=settings, num_episodes=1).run(GoalWrapper(model))
    assert set(scores) == set(POSES)
    with pytest.raises(UserError, match="'odd' has 3 numbers"):
        GoalEvaluation({"odd": np.zeros(3)})
    assert list(GoalEvaluation({"up": pose("arms-up")}).goals["up"].shape) == [358]


def test_tracking_starts_where_the_motion_starts_and_follows_step_by_step(model, motion_folder):
    evaluation = TrackingEvaluation(
        motions=str(motion_folder / "all.txt"), motion_base_path=str(motion_folder), num_envs=2
    )
    agent = TrackingWrapper(model)
    scores = evaluation.run(agent=agent)
    assert list(scores) == ["shake_0", "shake_1"]
    body = build_model()
    data = mujoco.MjData(body)
    for clip in load_clips(motion_folder / "all.txt"):
        z = agent.tracking_inference(clip.observations[1:])
        reset(body, data, clip.motion.qpos[0], clip.motion.qvel[0])
        seen, heights = [], []
        for step in range(len(z)):
            control_step(body, data, agent.act(observe(body, data)[None], z[step : step + 1])[0])
            seen.append(observe(body, data))
            heights.append(data.qpos[2])
        expected = tracking_scores(np.array(seen), clip.observations[1:])
        for name, value in expected.items():
            assert scores[clip.name][name] == pytest.approx(value, rel=1e-3, abs=1e-3), name
        quality = scores[clip.name]["quality"]
        assert quality["frames"] == clip.motion.frames
        assert quality["joint_error_world_cm"] > 0 and quality["keyframe_error_cm"] is not None


def test_a_motion_performed_perfectly_scores_perfectly(motion_folder):
    class Repeats(Still):
        """Plays back the very controls the motion was made with; it is asked step by step."""

        def __init__(self):
            self.rng = np.random.default_rng(0)

        def act(self, obs, z):
            return self.rng.uniform(-0.3, 0.3, 69)[None]

    scores = TrackingEvaluation([motion_folder / "shake_0.hdf5"]).run(TrackingWrapper(Repeats()))
    scored = scores["shake_0"]
    assert scored["success"] == 1 and scored["proximity"] == 1
    # Files keep observations, and wrappers pass them, with a little rounding.
    assert scored["distance"] < 1e-4 and scored["mpjpe_g"] < 0.1
    assert scored["quality"]["joint_error_world_cm"] < 1e-3


def test_an_episode_that_diverges_is_cut_short_and_counted(monkeypatch):
    from runtime.simulation.batch import BodyBatch

    real = BodyBatch.step_surviving

    def explode(self, actions, bodies=None):
        self.datas[1].qvel[10] = 1e12
        return real(self, actions, bodies)

    monkeypatch.setattr(BodyBatch, "step_surviving", explode)
    settings = {"state_init": "Default", "max_episode_steps": 5}
    scores = RewardEvaluation(["move-ego-0-0"], settings, num_episodes=3).run(
        RewardWrapper(Still())
    )
    assert scores["move-ego-0-0"]["diverged"] == 1
    reward = scores["move-ego-0-0"]["reward"]
    assert reward[1] == 0 and reward[0] == reward[2] > 0
    goals = GoalEvaluation({"stand": pose("stand")}, settings, num_episodes=2)
    assert np.isfinite(goals.run(GoalWrapper(Still()))["stand"]["distance"]).all()


def test_bad_input_is_refused_in_words(model, tmp_path):
    with pytest.raises(UserError, match="move-ego"):
        RewardEvaluation(["dance"])
    with pytest.raises(UserError, match="'speed'"):
        RewardEvaluation(["zero"], {"speed": 2})
    with pytest.raises(UserError, match="num_episodes"):
        RewardEvaluation(["zero"], num_episodes=0)
    with pytest.raises(UserError, match="needs motions"):
        RewardEvaluation(["zero"], {"state_init": "MoCap"})
    with pytest.raises(UserError, match="nowhere"):
        TrackingEvaluation(tmp_path / "nowhere.hdf5")
    (tmp_path / "text.hdf5").write_text("hello")
    with pytest.raises(UserError, match="not an HDF5"):
        TrackingEvaluation(tmp_path / "text.hdf5")


def test_a_motion_file_that_lacks_an_array_is_named(tmp_path, motion_folder):
    import shutil

    import h5py

    broken = tmp_path / "broken.hdf5"
    shutil.copy(motion_folder / "shake_0.hdf5", broken)
    with h5py.File(broken, "a") as file:
        del file["ep_0"]["qvel"]
    with pytest.raises(UserError, match=r"broken\.hdf5.*lacks qvel"):
        TrackingEvaluation(broken)
