"""Models as the evaluations ask for them: something that acts, and z for a prompt.

A model is a checkpoint in torch (``FBcprModel``), an ONNX pack (``Policy``) or
anything with ``act(obs, z)`` and the inference functions used here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..body.model import shared_model
from ..body.observation import observe_bodies
from ..errors import UserError
from ..prompts.inference_buffer import read_transitions
from ..prompts.reward_buffer import RewardBuffer
from ..prompts.rewards import parse_reward
from ..prompts.rewards.features import Features, body_states, features_of, joined
from ..simulation.environment import RewardFunction


def as_array(values: Any) -> np.ndarray:
    """Tensors of any device as arrays."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _single(values: Any) -> np.ndarray:
    return as_array(values).astype(np.float32)


class ModelWrapper:
    """What all three share: acting for many bodies at once. Tensors and arrays in, arrays out."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def act(self, obs: Any, z: Any, mean: bool = True) -> np.ndarray:
        """Actions (n, 69) for observations (n, 358), each under its own z (n, d).

        The mean, or (of a checkpoint in torch) a sample around it.
        """
        options = {} if mean else {"mean": False}
        return as_array(self.model.act(_single(obs), _single(z), **options))


class GoalWrapper(ModelWrapper):
    """Asks a model to reach a state."""

    def goal_inference(self, next_obs: Any) -> np.ndarray:
        """z (1, d) for the observation (358,) or (1, 358) of a goal."""
        return as_array(self.model.goal_inference(_single(next_obs).reshape(1, -1)))


class TrackingWrapper(ModelWrapper):
    """Asks a model to follow a motion."""

    def tracking_inference(self, next_obs: Any) -> np.ndarray:
        """z (T, d) per step for the observations (T, 358) to be reached step by step."""
        return as_array(self.model.tracking_inference(_single(next_obs)))


@dataclass(frozen=True)
class _Samples:
    features: Features
    observations: np.ndarray


class RewardWrapper(ModelWrapper):
    """Asks a model for behaviours that earn a reward, inferred from relabelled data.

    inference_dataset: an HDF5 file of transitions, a mapping of their arrays, or
    a buffer with ``sample(n)``; ``next_qpos``, ``next_qvel`` and ``action`` are
    read. A ``RewardBuffer`` has been read before and is taken whole. None: the
    model knows its data (an ONNX pack with its reward buffer).
    inference_function: "reward_wr_inference" or "reward_inference".

    What rewards read of the samples is computed once for all tasks, which takes
    seconds where a pool of workers for each task took minutes; so
    ``max_workers``, ``process_executor`` and ``process_context`` have no effect.
    """

    def __init__(
        self,
        model: Any,
        inference_dataset: str | Path | Mapping[str, Any] | Any | None = None,
        num_samples_per_inference: int = 100_000,
        inference_function: str = "reward_wr_inference",
        max_workers: int = 1,
        process_executor: bool = False,
        process_context: str = "spawn",
        seed: int = 0,
    ) -> None:
        super().__init__(model)
        self.inference_dataset = inference_dataset
        self.num_samples_per_inference = num_samples_per_inference
        self.seed = seed
        if not callable(getattr(model, inference_function, None)) and inference_dataset is not None:
            raise UserError(
                f"The model has no {inference_function}; use 'reward_wr_inference' or "
                "'reward_inference'."
            )
        self.inference_function = inference_function
        self._samples: dict[int, _Samples] = {}

    def reward_inference(self, task: str, context: int = 0) -> np.ndarray:
        """z (1, d) for a task; every ``context`` relabels other samples."""
        if self.inference_dataset is None:
            return as_array(self.model.reward_inference(task)).reshape(1, -1)
        if isinstance(self.inference_dataset, RewardBuffer):
            weighted = self.inference_function == "reward_wr_inference"
            norm = self.model.cfg.archi.norm_z
            return self.inference_dataset.infer(task, weighted, norm).reshape(1, -1)
        reward = parse_reward(task)
        if context not in self._samples:
            # One context at a time: a hundred thousand observations take 140 MB.
            self._samples = {context: self._read(context)}
        samples = self._samples[context]
        infer: Callable[..., Any] = getattr(self.model, self.inference_function)
        rewards = reward.of(samples.features).astype(np.float32)[:, None]
        return as_array(infer(next_obs=samples.observations, reward=rewards)).reshape(1, -1)

    def _read(self, context: int) -> _Samples:
        columns = _transitions(
            self.inference_dataset, self.num_samples_per_inference, self.seed + context
        )
        features, observations, done = [], [], 0
        for states in body_states(shared_model(), columns["next_qpos"], columns["next_qvel"]):
            action = columns["action"][done : done + len(states.gyro)]
            features.append(features_of(states, action))
            done += len(action)
            observed = observe_bodies(
                states.positions, states.rotations, states.linear, states.angular
            )
            observations.append(observed.astype(np.float32))
        if not done:
            raise UserError("There are no states to infer rewards from.")
        return _Samples(joined(features), np.concatenate(observations))


def relabel(
    env: Any,
    qpos: Any,
    qvel: Any,
    action: Any,
    reward_fn: str | RewardFunction,
    max_workers: int = 1,
    process_executor: bool = False,
    process_context: str = "spawn",
) -> np.ndarray:
    """Rewards (n, 1) of states qpos (n, 76), qvel (n, 75) reached by action (n, 69).

    ``env`` is an environment of the body, or None; all samples are computed at
    once, so the arguments about workers have no effect.
    """
    reward = parse_reward(reward_fn) if isinstance(reward_fn, str) else reward_fn
    model = shared_model() if env is None else env.unwrapped.model
    states = (as_array(part).astype(np.float64) for part in (qpos, qvel, action))
    return reward(model, *states).reshape(-1, 1)


def _transitions(dataset: Any, count: int, seed: int) -> dict[str, np.ndarray]:
    """``next_qpos``, ``next_qvel`` and ``action`` of ``count`` transitions of a dataset."""
    if isinstance(dataset, str | Path):
        return read_transitions(dataset, count, seed)
    if hasattr(dataset, "sample"):
        rows = dataset.sample(count)
        return {name: _column(rows, name) for name in _COLUMNS}
    columns = {name: _column(dataset, name) for name in _COLUMNS}
    size = len(columns["action"])
    if count >= size:
        return columns
    chosen = np.sort(np.random.default_rng(seed).choice(size, count, replace=False))
    return {name: values[chosen] for name, values in columns.items()}


_COLUMNS = ("next_qpos", "next_qvel", "action")


def _column(rows: Mapping[str, Any], name: str) -> np.ndarray:
    """A column that stands under its name or, for the next state, in a mapping ``next``."""
    short = name.removeprefix("next_")
    following = rows.get("next", {})
    if name not in rows and (short == name or short not in following):
        raise UserError(
            f"The inference data lacks {name}; {', '.join(_COLUMNS)} are expected, "
            f"found are {', '.join(map(str, rows))}."
        )
    values = rows[name] if name in rows else following[short]
    return as_array(values).astype(np.float64)
