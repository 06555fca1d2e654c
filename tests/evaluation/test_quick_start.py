"""The calls that users of the published packages know work here, only the imports differ."""

import gymnasium
import h5py
import numpy as np
import pytest
import torch
from gymnasium.wrappers import FlattenObservation, TransformObservation

from runtime.errors import UserError
from runtime.evaluation import (
    GoalEvaluation,
    GoalWrapper,
    RewardEvaluation,
    RewardWrapper,
    TrackingEvaluation,
    TrackingWrapper,
    relabel,
)
from runtime.policy import FBcprModel
from runtime.prompts.rewards import parse_reward
from runtime.simulation import ALL_TASKS, STANDARD_TASKS, MotionBuffer, make_humenv
from runtime.training import DictBuffer

DEVICE = "cpu"
WRAPPERS = [
    FlattenObservation,
    lambda env: TransformObservation(
        env,
        lambda obs: torch.tensor(obs.reshape(1, -1), dtype=torch.float32, device=DEVICE),
        env.observation_space,
    ),
]


def test_load_a_model_sample_z_and_step(checkpoint):
    env, _ = make_humenv(num_envs=1, wrappers=WRAPPERS, state_init="Default")
    model = FBcprModel.from_pretrained(checkpoint)
    model.to(DEVICE)
    z = model.sample_z(1)
    observation, _ = env.reset()
    for _ in range(10):
        action = model.act(observation, z, mean=True)
        observation, reward, terminated, truncated, info = env.step(action.cpu().numpy().ravel())
    assert observation.shape == (1, 358) and info["qpos"].shape == (76,)
    assert (reward, terminated, truncated) == (0.0, False, False)


def test_load_a_buffer_infer_a_reward_roll_out_and_render(model, buffer_file):
    with h5py.File(buffer_file, "r") as file:
        data = {name: values[:] for name, values in file.items()}
    observed, _ = make_humenv(wrappers=WRAPPERS)
    observed.reset()
    data["next_observation"] = np.empty((len(data["action"]), 358))
    for row, (qpos, qvel) in enumerate(zip(data["next_qpos"], data["next_qvel"], strict=True)):
        observed.unwrapped.set_physics(qpos=qpos, qvel=qvel)
        data["next_observation"][row] = observed.unwrapped.get_obs()["proprio"]

    buffer = DictBuffer(capacity=len(data["action"]), device=DEVICE)
    buffer.extend(data)
    batch = buffer.sample(200)
    reward_fn = parse_reward("move-ego-0-2")
    rewards = relabel(
        observed,
        qpos=batch["next_qpos"],
        qvel=batch["next_qvel"],
        action=batch["action"],
        reward_fn=reward_fn,
        max_workers=4,
    )
    assert rewards.shape == (200, 1)
    z = model.reward_wr_inference(
        next_obs=batch["next_observation"],
        reward=torch.tensor(rewards, device=DEVICE, dtype=torch.float32),
    )
    env, _ = make_humenv(num_envs=1, task="move-ego-0-2", state_init="Default", wrappers=WRAPPERS)
    observation, _ = env.reset()
    frames, total = [], 0.0
    for _ in range(5):
        action = model.act(observation, z.repeat(observation.shape[0], 1), mean=True)
        observation, reward, _, _, _ = env.step(action.cpu().numpy().ravel())
        total += reward
        try:
            frames.append(env.render())
        except UserError as error:  # a machine without OpenGL
            frames.append(str(error))
    env.close()
    assert total > 0
    assert all(isinstance(f, str) or (f.ndim == 3 and f.dtype == np.uint8) for f in frames)


def test_tracking_over_a_motion_file(model, motion_folder):
    buffer = MotionBuffer(files=str(motion_folder / "shake_0.hdf5"))
    motion = buffer.get(buffer.get_motion_ids()[0])
    context = model.tracking_inference(
        next_obs=torch.tensor(motion["observation"][1:], dtype=torch.float32)
    )
    env, _ = make_humenv(num_envs=1, wrappers=WRAPPERS, state_init="Default")
    start = {"qpos": motion["qpos"][0], "qvel": motion["qvel"][0]}
    observation, info = env.reset(options=start)
    assert np.array_equal(info["qpos"], motion["qpos"][0])
    for z in context:
        action = model.act(observation, z[None], mean=True)
        observation, *_ = env.step(action.cpu().numpy().ravel())


def test_many_environments_and_motions(motion_folder):
    env, mp_info = make_humenv(
        num_envs=2,
        task="move-ego-0-0",
        state_init="MoCapAndFall",
        fall_prob=0.2,
        motions=str(motion_folder / "all.txt"),
        motion_base_path=str(motion_folder),
        wrappers=[gymnasium.wrappers.FlattenObservation],
        render_width=320,
        render_height=320,
        seed=0,
    )
    observation, _ = env.reset()
    observation, reward, _, truncated, _ = env.step(env.action_space.sample())
    assert observation.shape == (2, 358) and reward.shape == (2,) and not truncated.any()
    assert len(mp_info["motion_buffer"].get_motion_ids()) == 2
    env.close()
    if mp_info is not None:
        mp_info["manager"].shutdown()


def test_the_three_evaluations(model, transitions, motion_folder):
    env_kwargs = {"state_init": "Default", "max_episode_steps": 3}
    buffer = DictBuffer(capacity=1000, device=DEVICE)
    buffer.extend(transitions)

    rewards = RewardEvaluation(
        tasks=["move-ego-0-0"],
        env_kwargs=env_kwargs,
        num_contexts=1,
        num_envs=2,
        num_episodes=2,
    )
    agent = RewardWrapper(
        model=model,
        inference_dataset=buffer,
        num_samples_per_inference=100,
        inference_function="reward_wr_inference",
        max_workers=2,
    )
    assert np.mean(rewards.run(agent=agent)["move-ego-0-0"]["reward"]) > 0

    goal = transitions["next_qpos"][0]
    goals = GoalEvaluation(goals={"one": goal}, env_kwargs=env_kwargs, num_episodes=2, num_envs=2)
    assert 0 <= goals.run(agent=GoalWrapper(model=model))["one"]["proximity"].mean() <= 1

    tracking = TrackingEvaluation(
        motions=str(motion_folder / "all.txt"),
        motion_base_path=str(motion_folder),
        env_kwargs=env_kwargs,
        num_envs=2,
    )
    scores = tracking.run(agent=TrackingWrapper(model=model))
    assert all(row["emd"] > 0 for row in scores.values()) and len(scores) == 2


def test_wrapped_models_take_tensors_as_well_as_arrays(model, motion_folder):
    buffer = MotionBuffer(files=str(motion_folder / "shake_0.hdf5"))
    observed = buffer.get(buffer.get_motion_ids()[0])["observation"]
    tensor = torch.tensor(observed)
    tracking, goal = TrackingWrapper(model=model), GoalWrapper(model=model)
    z = tracking.tracking_inference(next_obs=tensor)
    np.testing.assert_array_equal(z, tracking.tracking_inference(observed))
    action = tracking.act(tensor, torch.tensor(z), mean=True)
    np.testing.assert_array_equal(action, tracking.act(observed, z))
    assert not np.array_equal(action, tracking.act(observed, z, mean=False))
    np.testing.assert_array_equal(
        goal.goal_inference(next_obs=tensor[:1]), goal.goal_inference(observed[0])
    )


def test_the_lists_of_tasks_are_the_published_ones():
    assert len(STANDARD_TASKS) == 45 and len(ALL_TASKS) == 54
    assert set(STANDARD_TASKS) < set(ALL_TASKS)
    assert [make_humenv(task=task)[0] for task in ("jump-2", "crawl-0.4-0-u")]


@pytest.mark.parametrize("mode", ["threads", "async"])
def test_mocap_starts_are_frames_of_the_motions(motion_folder, mode):
    env, info = make_humenv(
        2, mode, state_init="MoCap", motions=[motion_folder / "shake_1.hdf5"], seed=0
    )
    buffer = info["motion_buffer"]
    frames = buffer.get(buffer.get_motion_ids()[0])
    rows = set()
    for _ in range(6):
        _, state = env.reset()
        for qpos, qvel in zip(state["qpos"], state["qvel"], strict=True):
            row = int(np.abs(frames["qpos"] - qpos).sum(axis=1).argmin())
            np.testing.assert_allclose(qpos, frames["qpos"][row], atol=1e-9)
            np.testing.assert_allclose(qvel, frames["qvel"][row], atol=1e-9)
            rows.add(row)
    assert len(rows) > 4
    env.close()


def test_motions_are_drawn_by_their_priority(motion_folder):
    env, info = make_humenv(state_init="MoCap", motions=motion_folder / "all.txt", seed=0)
    buffer = info["motion_buffer"]
    first, second = buffer.get_motion_ids()
    buffer.update_priorities(np.array([first, second]), np.array([0.0, 1.0]))
    frames = buffer.get(second)["qpos"]
    for _ in range(10):
        _, state = env.reset()
        assert np.abs(frames - state["qpos"]).sum(axis=1).min() < 1e-9
