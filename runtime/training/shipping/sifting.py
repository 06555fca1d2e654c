"""Experts whose states mislead a policy are left out of what rewards are inferred from.

z of a reward is the mean of B over the states that it pays best, of several experts at
once. A policy may do what all but one of them do, and with that one among them do none of
it. Which one that is, only performing tells: each task with and without each expert that
has a say in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...body.model import shared_model
from ...evaluation.rollouts import BODIES_AT_ONCE, EPISODE_STEPS, rollout
from ...policy.model import FBcprModel
from ...progress import silent
from ...prompts.latents import SHARPNESS, reward_latent
from ...prompts.rewards import parse_reward
from ...prompts.rewards.features import read_features
from ...simulation.batch import BodyBatch

LEAST_SAY, SOLE_SAY = 0.05, 0.9
"""Share of a task's z from which on an expert has a say in it, and from which on it is the only one
who knows: what is inferred without that one is another task."""
LEAST_GAIN = 15.0
"""Return of 300 steps, summed over all tasks, that leaving an expert out must bring at least."""


@dataclass
class Sifted:
    """What is left to infer rewards from."""

    kept: np.ndarray
    """(n,) bool: of the states."""
    gained: dict[str, float] = field(default_factory=dict)
    """By expert left out, the return that this brought, summed over all tasks."""


class _Tried:
    """A policy that performs tasks under what is inferred from some of the states."""

    def __init__(
        self,
        model: FBcprModel,
        states: Mapping[str, np.ndarray],
        tasks: Sequence[str],
        steps: int,
        progress: Callable[..., None],
    ) -> None:
        self.model, self.tasks, self.steps, self.progress = model, list(tasks), steps, progress
        self.rewards = [parse_reward(task) for task in tasks]
        names = ("next_qpos", "next_qvel", "action")
        features = read_features(shared_model(), *(states[name] for name in names))
        self.paid = np.stack([reward.of(features) for reward in self.rewards])
        observation = states["next_observation"].astype(np.float32)
        self.b = np.asarray(model.backward_map(observation).cpu())

    def says(self, names: np.ndarray, kept: np.ndarray) -> dict[str, np.ndarray]:
        """(K,) by expert, its share in the weights of each task's z."""
        weight = np.exp(SHARPNESS * (self.paid - self.paid.max(axis=1, keepdims=True)))
        weight *= np.maximum(self.paid, 0) * kept
        whole = np.maximum(weight.sum(axis=1), 1e-12)
        return {name: weight[:, names == name].sum(axis=1) / whole for name in np.unique(names)}

    def earned(self, wanted: Sequence[tuple[int, np.ndarray]]) -> np.ndarray:
        """Returns (m,) of one episode each: number of the task and (n,) states it is inferred from."""
        returns = np.zeros(len(wanted))
        with BodyBatch(shared_model(), min(BODIES_AT_ONCE, max(1, len(wanted)))) as batch:
            for first in range(0, len(wanted), len(batch)):
                part = wanted[first : first + len(batch)]
                latents = np.stack([self._latent(*one) for one in part])
                batch.reset()
                for moving, _ in rollout(batch, self._act, latents, [self.steps] * len(part)):
                    asked = np.array([part[body][0] for body in moving])
                    for task in np.unique(asked):
                        bodies = moving[asked == task]
                        paid = self.rewards[task].of(batch.features(bodies))
                        returns[first + bodies] += paid
                self.progress((first + len(part)) / len(wanted), "Trying states")
        return returns

    def _latent(self, task: int, kept: np.ndarray) -> np.ndarray:
        norm = self.model.cfg.archi.norm_z
        return reward_latent(self.b[kept], self.paid[task, kept], True, norm).astype(np.float32)

    def _act(self, observation: np.ndarray, z: np.ndarray) -> np.ndarray:
        action = self.model.act(observation.astype(np.float32), z)
        return np.asarray(action.cpu(), dtype=float)


def sift(
    model: FBcprModel,
    states: Mapping[str, np.ndarray],
    names: np.ndarray,
    tasks: Sequence[str],
    steps: int = EPISODE_STEPS,
    least_gain: float = LEAST_GAIN,
    progress: Callable[..., None] = silent,
) -> Sifted:
    """States as ``coverage.visited_states`` gives them, and the expert (n,) that each belongs to, ""
    for states of none, which always stay.

    Experts go one by one, the most harmful first, as long as all tasks together earn
    ``least_gain`` more without one more. Those that are tried are the ones without which the
    tasks that they have a say in earn that much more.
    """
    tried = _Tried(model, states, tasks, steps, progress)
    kept = np.ones(len(names), dtype=bool)
    says = tried.says(names, kept)
    with_all = tried.earned([(task, kept) for task in range(len(tasks))])
    heard = {
        name: np.flatnonzero(say >= LEAST_SAY)
        for name, say in says.items()
        if name and (say >= LEAST_SAY).any() and (say < SOLE_SAY).all()
    }
    pairs = [(name, int(task)) for name, found in heard.items() for task in found]
    without = tried.earned([(task, kept & (names != name)) for name, task in pairs])
    gain = dict.fromkeys(heard, 0.0)
    for (name, task), value in zip(pairs, without, strict=True):
        gain[name] += float(value - with_all[task])
    sifted, now = Sifted(kept), float(with_all.sum())
    left = [name for name in gain if gain[name] >= least_gain]
    while left:
        # Over all tasks now: on one that is held only just, who has hardly a say tells too.
        masks = [sifted.kept & (names != name) for name in left]
        asked = [(task, mask) for mask in masks for task in range(len(tasks))]
        totals = tried.earned(asked).reshape(len(left), len(tasks)).sum(axis=1)
        best = int(totals.argmax())
        if totals[best] - now < least_gain:
            break
        sifted.gained[left[best]] = float(totals[best]) - now
        sifted.kept, now = masks[best], float(totals[best])
        # Who has a say may be the only one who knows when others are gone.
        says = tried.says(names, sifted.kept)
        left = [name for name in left if name in says and (says[name] < SOLE_SAY).all()]
        left = [name for name in left if name not in sifted.gained]
    return sifted
