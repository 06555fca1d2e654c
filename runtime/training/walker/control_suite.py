"""DeepMind Control as FB needs it: data from exploring, rewards of any state, returns of a z."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Act = Callable[[np.ndarray], np.ndarray]
"""Observation (obs,) -> action (action,)."""

STEPS = 1000
"""Control steps of an episode."""


def load_task(domain: str, task: str, seed: int = 0) -> Any:
    """The dm_control environment."""
    from dm_control import suite

    return suite.load(domain, task, task_kwargs={"random": np.random.RandomState(seed)})


def flat_observation(observation: Any) -> np.ndarray:
    """(obs,) float32: the parts of an observation in their own order."""
    return np.concatenate([np.ravel(part) for part in observation.values()]).astype(np.float32)


def sizes(domain: str, task: str) -> tuple[int, int]:
    """Numbers of an observation and of an action."""
    env = load_task(domain, task)
    return len(flat_observation(env.reset().observation)), env.action_spec().shape[0]


def coloured_noise(rng: np.random.Generator, size: int) -> Act:
    """An explorer that knows nothing: noise that holds on for a while (Ornstein-Uhlenbeck).

    How long and how strongly is drawn anew for each episode, because white noise
    averages out before a body has moved.
    """
    hold, strength = rng.uniform(0.5, 0.98), rng.uniform(0.3, 1.2)
    state = rng.normal(size=size) * strength

    def act(observation: np.ndarray) -> np.ndarray:
        nonlocal state
        del observation
        state = hold * state + strength * np.sqrt(1 - hold**2) * rng.normal(size=size)
        return np.clip(state, -1, 1)

    return act


def play_episode(
    env: Any, act: Act, steps: int = STEPS, start: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """One episode in the ExoRL layout, from a physics state or else from the task's own start."""
    observation = env.reset().observation
    if start is not None:
        with env.physics.reset_context():
            env.physics.set_state(start)
        observation = env.task.get_observation(env.physics)
    rows: dict[str, list[np.ndarray]] = {
        "observation": [flat_observation(observation)],
        "physics": [env.physics.get_state()],
        "action": [np.zeros(env.action_spec().shape, np.float32)],
        "reward": [np.zeros(1, np.float32)],
        "discount": [np.ones(1, np.float32)],
    }
    for _ in range(steps):
        action = np.asarray(act(rows["observation"][-1]), dtype=np.float32)
        step = env.step(action)
        rows["observation"].append(flat_observation(step.observation))
        rows["physics"].append(env.physics.get_state())
        rows["action"].append(action)
        rows["reward"].append(np.array([step.reward], np.float32))
        # Running out of time is no end of the task.
        rows["discount"].append(np.ones(1, np.float32))
        if step.last():
            break
    return {name: np.stack(values) for name, values in rows.items()}


def relabel(domain: str, tasks: Sequence[str], physics: np.ndarray) -> dict[str, np.ndarray]:
    """What each task pays for states (n, state): (n,) by task, by dm_control's own rewards."""
    envs = {task: load_task(domain, task) for task in tasks}
    first = envs[tasks[0]]
    first.reset()
    rewards = {task: np.empty(len(physics), np.float32) for task in tasks}
    for row, state in enumerate(physics):
        with first.physics.reset_context():
            first.physics.set_state(state)
        for task, env in envs.items():
            rewards[task][row] = env.task.get_reward(first.physics)
    return rewards


def returns(domain: str, task: str, act: Act, episodes: int, seed: int = 0) -> np.ndarray:
    """(episodes,) return of each."""
    env = load_task(domain, task, seed)
    result = np.zeros(episodes)
    for episode in range(episodes):
        step = env.reset()
        while not step.last():
            step = env.step(act(flat_observation(step.observation)))
            result[episode] += step.reward
    return result
