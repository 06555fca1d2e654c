"""Episodes of many bodies under one policy, all in one process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..simulation.batch import BodyBatch
from ..simulation.environment import as_state_source
from ..simulation.starts import StateSource, check_start, start_body

EPISODE_STEPS = 300
BODIES_AT_ONCE = 128
"""Each has some 20 MB of MuJoCo's working memory reserved, of which it uses little."""

_WITHOUT_EFFECT = (
    "camera",
    "context",
    "mp_context",
    "num_envs",
    "render_height",
    "render_mode",
    "render_width",
    "task",
    "vector_kwargs",
    "vectorization_mode",
    "wrappers",
)


@dataclass(frozen=True)
class EpisodeSettings:
    """How episodes start and how long they last."""

    state_init: str = "Default"
    fall_prob: float = 0.3
    motions: StateSource | None = None
    steps: int = EPISODE_STEPS
    seed: int = 0

    @classmethod
    def from_env_kwargs(cls, env_kwargs: Mapping[str, Any] | None) -> "EpisodeSettings":
        """From the arguments of ``make_humenv``.

        Those about wrappers, rendering and processes have no effect here: bodies
        step without an environment around them.
        """
        given = {k: v for k, v in (env_kwargs or {}).items() if k not in _WITHOUT_EFFECT}
        motions: str | Path | Sequence[str | Path] | StateSource | None = given.pop("motions", None)
        source = as_state_source(motions, given.pop("motion_base_path", None))
        steps = given.pop("max_episode_steps", None)
        seed = given.pop("seed", None)
        state_init, fall_prob = given.pop("state_init", "Default"), given.pop("fall_prob", 0.3)
        if given:
            raise UserError(
                f"env_kwargs holds {', '.join(map(repr, given))}, which make_humenv does not know."
            )
        check_start(state_init, source is not None, fall_prob)
        if seed is not None and int(seed) < 0:
            raise UserError(f"seed is {seed}; it must not be negative.")
        return cls(
            state_init,
            fall_prob,
            source,
            EPISODE_STEPS if steps is None else int(steps),
            0 if seed is None else int(seed),
        )

    def start(self, batch: BodyBatch, context: int, first: int, count: int) -> None:
        """Puts bodies 0..count-1 at the start of episodes ``first``...

        The start of an episode depends on its number, context and the seed
        alone, not on the task, nor on how many bodies there are at once.
        """
        batch.each(
            lambda row, data: start_body(
                batch.model,
                data,
                np.random.default_rng([self.seed, context, first + row]),
                self.state_init,
                self.fall_prob,
                self.motions,
            ),
            range(count),
        )


def check_counts(**counts: int | None) -> None:
    """Raises ``UserError`` for a count below one."""
    for name, count in counts.items():
        if count is not None and count < 1:
            raise UserError(f"{name} is {count}; it must be at least 1.")


def rollout(
    batch: BodyBatch,
    act: Callable[[np.ndarray, np.ndarray], np.ndarray],
    latents: np.ndarray,
    lengths: Sequence[int] | np.ndarray,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Steps bodies 0..n-1 under a policy, body i for ``lengths[i]`` steps.

    latents: (n, d) held throughout, or (n, T, d) for each step.
    act: observations (m, 358) and latents (m, d) -> actions (m, 69).

    Yields after every step the numbers of the bodies that took it and the
    latest observations (n, 358) of all. A body that diverges stops: its
    observation stays the last one that meant something.
    """
    lengths = np.asarray(lengths)
    observations = batch.observe(range(len(lengths)))
    alive = np.ones(len(lengths), dtype=bool)
    for step in range(int(lengths.max(initial=0))):
        moving = np.flatnonzero((lengths > step) & alive)
        if not len(moving):
            return
        z = latents[moving] if latents.ndim == 2 else latents[moving, step]
        survived = batch.step_surviving(act(observations[moving], z), moving)
        alive[moving[~survived]] = False
        moving = moving[survived]
        observations[moving] = batch.observe(moving)
        yield moving, observations
