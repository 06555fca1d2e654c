"""Bodies that act in the simulator for the trainer, all at once over threads."""

import logging
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from ..body.model import shared_model
from ..errors import UserError
from ..simulation.batch import BodyBatch
from ..simulation.starts import StateSource, start_body
from ..simulation.stepping import DivergenceError

log = logging.getLogger(__name__)

_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
_SANE = 1e3
"""No number of a sane observation comes near; larger ones would spoil the statistics."""
_TRIES = 20


@dataclass(frozen=True)
class RolloutConfig:
    """The published values."""

    envs: int = 50
    episode_steps: int = 300
    fall_probability: float = 0.2
    threads: int | None = None
    """None: every core this process may use."""


@dataclass(frozen=True)
class Transitions:
    """What one step of all bodies led to; rows of bodies that diverged are left out."""

    bodies: np.ndarray
    """(n,) the bodies, in order."""
    next_observation: np.ndarray
    """(n, 358) float32."""
    next_qpos: np.ndarray
    """(n, 76)"""
    next_qvel: np.ndarray
    """(n, 75)"""


class Rollouts:
    """``envs`` bodies in episodes that never end but by time, starting as MoCapAndFall."""

    def __init__(self, config: RolloutConfig, motions: StateSource, seed: int = 0) -> None:
        self.config = config
        self.motions = motions
        self.batch = BodyBatch(shared_model(), config.envs, config.threads)
        # One generator for each body: starts then do not depend on who starts first.
        self.rngs = [np.random.default_rng([seed, body]) for body in range(config.envs)]
        # Ages are staggered, or all episodes would end in the same step.
        self.age = np.array([rng.integers(config.episode_steps) for rng in self.rngs])
        self.diverged = 0
        """Steps that ended outside the realm of numbers."""
        self._start(np.arange(config.envs))
        self.observation = self.batch.observe().astype(np.float32)
        """(envs, 358): what the next actions answer to."""

    def close(self) -> None:
        self.batch.close()

    def advance(self, actions: np.ndarray) -> Transitions:
        """One control step with actions (envs, 69); then new episodes where one is over."""
        alive = self.batch.step_surviving(actions)
        survivors = np.flatnonzero(alive)
        observation = self.batch.observe(survivors).astype(np.float32)
        # A comparison with NaN is false, so this catches both.
        sane = (np.abs(observation) < _SANE).all(axis=1)
        kept = survivors[sane]
        self._check(len(actions) - len(kept))
        transitions = Transitions(
            kept, observation[sane], self.batch.qpos(kept), self.batch.qvel(kept)
        )
        self.observation[kept] = transitions.next_observation
        self.age += 1
        over = self.age >= self.config.episode_steps
        over[np.setdiff1d(np.arange(len(over)), kept)] = True
        bodies = np.flatnonzero(over)
        if len(bodies):
            self._start(bodies)
            self.age[bodies] = 0
            self.observation[bodies] = self.batch.observe(bodies)
        return transitions

    def _check(self, lost: int) -> None:
        if not lost:
            return
        self.diverged += lost
        log.info("%d bodies left the realm of numbers and start again", lost)
        if lost > max(1, len(self.age) // 2):
            raise UserError(
                f"{lost} of {len(self.age)} bodies diverged in one step; the actions or the "
                "motions they start from are broken."
            )

    def _start(self, bodies: np.ndarray) -> None:
        def start(row: int, data: mujoco.MjData) -> None:
            rng = self.rngs[bodies[row]]
            for _ in range(_TRIES):
                try:
                    start_body(
                        self.batch.model,
                        data,
                        rng,
                        "MoCapAndFall",
                        self.config.fall_probability,
                        self.motions,
                    )
                    return
                except DivergenceError:
                    continue
            raise UserError(
                f"In {_TRIES} tries no start was stable; the motions to start from are broken."
            )

        self.batch.each(start, bodies)

    # --- going on exactly where it stopped ---

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything the next step depends on: arrays, and plain data."""
        size = mujoco.mj_stateSize(self.batch.model, _STATE)
        physics = np.empty((len(self.age), size))
        for data, row in zip(self.batch.datas, physics, strict=True):
            mujoco.mj_getState(self.batch.model, data, row, _STATE)
        arrays = {"physics": physics, "age": self.age, "observation": self.observation}
        plain = {
            "rngs": [rng.bit_generator.state for rng in self.rngs],
            "diverged": self.diverged,
        }
        return arrays, plain

    def restore(self, arrays: dict[str, np.ndarray], plain: dict[str, Any]) -> None:
        """Goes back to what ``state`` told."""
        for data, row in zip(self.batch.datas, arrays["physics"], strict=True):
            mujoco.mj_resetData(self.batch.model, data)
            mujoco.mj_setState(self.batch.model, data, row, _STATE)
        self.age = arrays["age"].copy()
        self.observation = arrays["observation"].copy()
        for rng, state in zip(self.rngs, plain["rngs"], strict=True):
            rng.bit_generator.state = state
        self.diverged = plain["diverged"]
