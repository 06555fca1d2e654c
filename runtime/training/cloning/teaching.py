"""What the teacher itself earns: the blended feedback of experts, asked for a behaviour.

A policy learns from it what it can do, no more. So what the experts of a folder are
good for is measured before any training, in a minute, and a run asks its policy for
what the teacher can do and the policy cannot yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...body.model import shared_model
from ...errors import UserError
from ...evaluation.rollouts import EPISODE_STEPS
from ...progress import silent
from ...prompts.rewards import parse_reward
from ...simulation.batch import BodyBatch
from .behaviours import Behaviours

STEPS, BEFORE_STEPS = 240, 60
NOISE = 0.1
"""Standard deviation added to actions: a policy never does quite what it is told, and a teacher
who falls when shaken a little teaches nothing."""
LOST_M = 0.4
"""Metres from the nearest frame that is of use, at which a teacher has nothing more to say."""


@dataclass(frozen=True)
class Taught:
    """What came of a task, each from the upright start."""

    task: str
    returned: float
    """Mean return, of 300 steps whatever the length of an episode was."""
    lasted: float
    """Mean share of the episode until the body was lost."""
    whole: float
    """Share of the episodes that lasted to the end."""


def teach(
    behaviours: Behaviours,
    tasks: Sequence[str] = (),
    episodes: int = 2,
    steps: int = STEPS,
    noise: float = NOISE,
    before: str = "",
    seed: int = 0,
    progress: Callable[..., None] = silent,
) -> list[Taught]:
    """The tasks (all that some expert does, if none are named) by the teacher alone, all at once.

    before: one of the tasks of ``behaviours`` that is done first, for ``BEFORE_STEPS`` that are
    not counted. What no expert does earns nothing and lasts not at all. Raises ``UserError``
    for a ``before`` that no expert does.
    """
    if before and before not in behaviours.tasks:
        raise UserError(f"No expert leads to '{before}', so nothing can follow on it.")
    named = list(tasks) or behaviours.tasks
    known = [task for task in named if task in behaviours.tasks]
    rng = np.random.default_rng(seed)
    experts = behaviours.experts
    asked = np.repeat(np.arange(len(known)), episodes)
    numbers = np.array([behaviours.tasks.index(task) for task in known], dtype=int)
    rewards = [parse_reward(task) for task in known]
    alive = np.ones(len(asked), dtype=bool)
    earned, lasted = np.zeros(len(asked)), np.zeros(len(asked))
    with BodyBatch(shared_model(), max(1, len(asked))) as batch:
        batch.reset()
        for step in range(-BEFORE_STEPS if before else 0, steps):
            bodies = np.flatnonzero(alive)
            if not len(bodies):
                break
            seen = batch.observe(bodies).astype(np.float32)
            count = behaviours.settings.blended
            frames, shares = (
                np.zeros((len(bodies), count), dtype=int),
                np.zeros((len(bodies), count)),
            )
            far = np.empty(len(bodies))
            now = numbers[asked[bodies]]
            if step < 0:
                now[:] = behaviours.tasks.index(before)
            for task in np.unique(now):
                rows = np.flatnonzero(now == task)
                best, share, far[rows] = behaviours.places(int(task), seen[rows])
                frames[rows, : best.shape[1]], shares[rows, : best.shape[1]] = best, share
            near = far < LOST_M
            alive[bodies[~near]] = False
            bodies, frames, shares = bodies[near], frames[near], shares[near]
            if not len(bodies):
                break
            action = experts.blended_labels(frames, shares, batch.qpos(bodies), batch.qvel(bodies))
            action = np.clip(action + noise * rng.normal(size=action.shape), -1, 1)
            moved = batch.step_surviving(action, bodies)
            alive[bodies[~moved]] = False
            bodies = bodies[moved]
            if step < 0:
                continue
            for task in np.unique(asked[bodies]):
                rows = bodies[asked[bodies] == task]
                earned[rows] += rewards[task].of(batch.features(rows))
            lasted[bodies] += 1
            progress((step + 1) / steps, "")
    return [_outcome(task, known, asked, earned, lasted, steps) for task in named]


def _outcome(
    task: str,
    known: list[str],
    asked: np.ndarray,
    earned: np.ndarray,
    lasted: np.ndarray,
    steps: int,
) -> Taught:
    if task not in known:
        return Taught(task, 0.0, 0.0, 0.0)
    rows = asked == known.index(task)
    share = lasted[rows] / steps
    returned = EPISODE_STEPS * earned[rows].mean() / steps
    return Taught(task, float(returned), float(share.mean()), float((share == 1).mean()))
