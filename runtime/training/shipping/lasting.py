"""How long a model stays on its feet while it does what a reward asks for."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...body.figures import BODY_NAMES
from ...body.model import shared_model
from ...evaluation.rollouts import EPISODE_STEPS
from ...prompts.rewards import parse_reward
from ...simulation.batch import BodyBatch

HEAD_DOWN_M = 1.0
EPISODES = 10
NOISE = 0.02
"""Standard deviation added to actions: from one and the same start and without noise, a policy
would do the same in every episode."""
HEAD = BODY_NAMES.index("Head")


class Actor(Protocol):
    """Who is asked, such as ``evaluation.wrappers.RewardWrapper``."""

    def reward_inference(self, task: str) -> np.ndarray:
        """z (1, d)."""
        ...

    def act(self, obs: np.ndarray, z: np.ndarray) -> np.ndarray:
        """(n, 69) for observations (n, 358) and z (n, d)."""
        ...


@dataclass(frozen=True)
class Trial:
    """Episodes of one task from the upright start."""

    task: str
    steps: int = EPISODE_STEPS
    episodes: int = EPISODES
    push_m_s: float = 0.0
    """Added to the pelvis's velocity on the floor, into any direction."""
    push_step: int = 90
    before: str = ""
    """What is asked for first, for ``before_steps`` that are not counted; "" for nothing."""
    before_steps: int = 60


@dataclass(frozen=True)
class Lasted:
    """What became of the episodes of a trial."""

    seconds: np.ndarray
    """(episodes,) until the head was down."""
    earned: np.ndarray
    """(episodes,) returns until then."""
    steps: int
    """Of a whole episode."""

    @property
    def whole(self) -> np.ndarray:
        """(episodes,) bool: whether the head stays up to the end."""
        return self.seconds > (self.steps - 0.5) / 30


def roll_out(actor: Actor, trial: Trial, seed: int = 0) -> Lasted:
    """Performs the episodes, each until it is over or the head is lower than ``HEAD_DOWN_M`` or
    the body diverges."""
    rng = np.random.default_rng(seed)
    count = trial.episodes
    lasted, earned = np.zeros(count), np.zeros(count)
    reward = parse_reward(trial.task)
    alive = np.ones(count, dtype=bool)
    latents = np.repeat(actor.reward_inference(trial.task), count, axis=0)
    first = latents
    lead = trial.before_steps if trial.before else 0
    if lead:
        first = np.repeat(actor.reward_inference(trial.before), count, axis=0)
    with BodyBatch(shared_model(), count) as batch:
        batch.reset()
        for step in range(-lead, trial.steps):
            bodies = np.flatnonzero(alive)
            if not len(bodies):
                break
            if trial.push_m_s and step == trial.push_step:
                for body in bodies:
                    angle = rng.uniform(0, 2 * np.pi)
                    push = trial.push_m_s * np.array([np.cos(angle), np.sin(angle)])
                    batch.datas[body].qvel[:2] += push
            asked = (first if step < 0 else latents)[bodies]
            action = np.asarray(actor.act(batch.observe(bodies), asked), float)
            action = np.clip(action + NOISE * rng.normal(size=action.shape), -1, 1)
            alive[bodies[~batch.step_surviving(action, bodies)]] = False
            bodies = np.flatnonzero(alive)
            if len(bodies) and step >= 0:
                earned[bodies] += reward.of(batch.features(bodies))
            heads = batch.states(bodies).positions[:, HEAD, 2] if len(bodies) else np.empty(0)
            alive[bodies[heads < HEAD_DOWN_M]] = False
            lasted[alive] += (step >= 0) / 30
    return Lasted(lasted, earned, trial.steps)


def seconds_upright(actor: Actor, trial: Trial, seed: int = 0) -> np.ndarray:
    """(episodes,) seconds until the head was lower than ``HEAD_DOWN_M`` or the body diverged."""
    return roll_out(actor, trial, seed).seconds


def upright_share(actor: Actor, trial: Trial, seed: int = 0) -> float:
    """Share of the episodes in which the head stays up to the end."""
    return float(roll_out(actor, trial, seed).whole.mean())
