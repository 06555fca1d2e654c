"""``make_humenv``: one environment or many, wrapped as researchers know them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.vector.utils import iterate
from gymnasium.wrappers import OrderEnforcing, TimeLimit

from ..errors import UserError
from .batch import available_cores
from .environment import HumEnv, as_state_source
from .starts import StateSource

EPISODE_STEPS = 300
VECTORIZATIONS = ("threads", "sync", "async")

Wrapper = Callable[[gymnasium.Env], gymnasium.Env]


class ThreadVectorEnv(SyncVectorEnv):
    """Gymnasium's ``SyncVectorEnv`` whose environments step at once, over threads.

    Same numbers, same resets; MuJoCo releases Python's lock while it steps.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gymnasium.Env]],
        threads: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._ahead: list[_Ahead] = []
        super().__init__([partial(self._make_ahead, make) for make in env_fns], **kwargs)
        self._pool = ThreadPoolExecutor(min(threads or available_cores(), self.num_envs))

    def step(self, actions: np.ndarray) -> Any:
        jobs = [
            self._pool.submit(env.step_ahead, action)
            for env, action, resets in zip(
                self._ahead, iterate(self.action_space, actions), self._autoreset_envs, strict=True
            )
            # With this mode such an environment resets instead of stepping.
            if not (resets and self.autoreset_mode is AutoresetMode.NEXT_STEP)
        ]
        errors = [error for job in jobs if (error := job.exception()) is not None]
        if errors:
            raise errors[0]
        return super().step(actions)

    def _make_ahead(self, make: Callable[[], gymnasium.Env]) -> gymnasium.Env:
        self._ahead.append(_Ahead(make()))
        return self._ahead[-1]

    def close_extras(self, **kwargs: Any) -> None:
        self._pool.shutdown()
        super().close_extras(**kwargs)


class _Ahead(gymnasium.Wrapper):
    """Steps before it is asked, on another thread, and then hands out the result."""

    def __init__(self, env: gymnasium.Env) -> None:
        super().__init__(env)
        self._result: Any = None

    def step_ahead(self, action: np.ndarray) -> None:
        self._result = self.env.step(action)

    def step(self, action: np.ndarray) -> Any:
        result, self._result = self._result, None
        return result if result is not None else self.env.step(action)

    def reset(self, **kwargs: Any) -> Any:
        self._result = None
        return self.env.reset(**kwargs)


class SharedMotions:
    """What ``make_humenv`` returns as ``info["manager"]``: ends what the motions need."""

    def shutdown(self) -> None:
        """Nothing to end: the motions live in the processes that use them."""


def make_humenv(
    num_envs: int = 1,
    vectorization_mode: str = "threads",
    wrappers: Sequence[Wrapper] = (),
    task: Any = None,
    state_init: str = "Default",
    motions: str | Path | Sequence[str | Path] | StateSource | None = None,
    motion_base_path: str | Path | None = None,
    fall_prob: float = 0.3,
    seed: int | None = None,
    max_episode_steps: int | None = EPISODE_STEPS,
    mp_context: str | None = None,
    vector_kwargs: dict[str, Any] | None = None,
    **env_kwargs: Any,
) -> tuple[gymnasium.Env | VectorEnv, dict[str, Any] | None]:
    """One environment, or ``num_envs`` of them as a vector environment.

    vectorization_mode: "threads" steps them all in this process over its cores;
    "sync" and "async" are Gymnasium's own. ``wrappers`` wrap each environment,
    inside out. Environment i is seeded with ``seed + i``. ``max_episode_steps``
    None never truncates. ``vector_kwargs`` go to the vector environment,
    ``env_kwargs`` to ``HumEnv``.

    Returns the environment and, where there are motions, a dict with their
    ``motion_buffer`` and a ``manager`` that has ``shutdown()``; else None. With
    "async" every process draws from a copy of the buffer as it is now; otherwise
    all draw from this one, changed priorities included.
    """
    if vectorization_mode not in VECTORIZATIONS:
        raise UserError(
            f"There is no vectorization_mode {vectorization_mode!r}; "
            f"use one of {', '.join(VECTORIZATIONS)}."
        )
    if num_envs < 1:
        raise UserError(f"num_envs is {num_envs}; at least one environment is needed.")
    source = as_state_source(motions, motion_base_path)
    shared = None if source is None else {"motion_buffer": source, "manager": SharedMotions()}

    def maker(index: int) -> Callable[[], gymnasium.Env]:
        return lambda: _make_one(
            wrappers,
            max_episode_steps,
            task=task,
            state_init=state_init,
            motions=source,
            fall_prob=fall_prob,
            seed=None if seed is None else seed + index,
            **env_kwargs,
        )

    makers = [maker(index) for index in range(num_envs)]
    if num_envs == 1:
        return makers[0](), shared
    vector_kwargs = dict(vector_kwargs or {})
    if vectorization_mode == "async":
        context = mp_context or _safest_context()
        return AsyncVectorEnv(makers, context=context, **vector_kwargs), shared
    vector = ThreadVectorEnv if vectorization_mode == "threads" else SyncVectorEnv
    return vector(makers, **vector_kwargs), shared


def _make_one(
    wrappers: Sequence[Wrapper], max_episode_steps: int | None, **kwargs: Any
) -> gymnasium.Env:
    env: gymnasium.Env = OrderEnforcing(HumEnv(**kwargs))
    if max_episode_steps is not None:
        env = TimeLimit(env, max_episode_steps)
    for wrapper in wrappers:
        env = wrapper(env)
    return env


def _safest_context() -> str:
    """Forking a process that has threads can hang; a fork server has none."""
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
