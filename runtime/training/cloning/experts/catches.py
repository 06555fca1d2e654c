"""Pushes of a body that stands by a policy, caught by what that policy can do already.

A push over the edge of the feet is caught by steps, and an optimiser whose reference stands still
finds none of them. A policy that walks to all sides has such steps. Which of its behaviours, mixed
by which shares and asked for how long, lead from a pushed state back to standing, is found by
evolution; the body then stands on, so that the end of the performance is one that can be kept.
What comes of it is what the environment did with these actions: an expert as others are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....body.figures import BODY_NAMES
from ....body.model import shared_model
from ....errors import UserError
from ....evaluation.wrappers import RewardWrapper
from ....motion.ground_frame import heading, planar
from ....performance.physics.bodies import PublishedBody
from ....policy.pack import Policy
from ....prompts.latents import project
from ....prompts.rewards import parse_reward
from ....simulation.batch import BodyBatch
from ....simulation.stepping import DivergenceError
from .expert import Expert
from .perform import State
from .pushes import PUSH_M_S, STANDS

STANDING = "move-ego-0-0"
SKILLS = (
    *(
        f"move-ego-{way}-{speed}"
        for way in (0, 45, 90, 135, 180, -135, -90, -45)
        for speed in (1, 2)
    ),
    *("move-ego-low-0-0", "move-ego-low-0-2", "move-ego-low-180-2"),
    *("move-ego-low-90-2", "move-ego-low--90-2"),
    *(STANDING, "raisearms-h-h", "raisearms-l-h", "raisearms-h-l", "raisearms-m-m"),
)
"""What is mixed: steps to all sides, bent knees, swings of the arms."""
DIRECTIONS = 9
"""From straight ahead by way of the left to straight back; mirror images bring the right."""
BEFORE, CAUGHT, AFTER = 90, 80, 60
"""Steps of standing before the push, as in the trial of a model that ships; within which it is to
stand again; and for which it then stands on. An end that others can be reached from is what
makes going there worth it (``behaviours``)."""
FELL_M, STANDS_M, STILL_M_S = 1.15, 1.3, 0.15
"""Height of the head below which a body is given up, and above which, with a pelvis slower than
the last, it stands."""
HEAD = BODY_NAMES.index("Head")


@dataclass(frozen=True)
class SearchSettings:
    """Of the evolution."""

    population: int = 32
    generations: int = 14
    kept: int = 6
    """Best ways, of all generations, that others are made of."""
    fresh: int = 4
    """Ways of each generation that are made of none."""
    mixed: int = 3
    """Skills in a stretch of a fresh way."""
    longest: tuple[int, int] = (24, 34)
    """Steps of its two stretches."""
    spread: float = 0.4
    """Standard deviation of the logarithm of shares from a way to one that is made of it."""
    enough: float = 0.87
    """Of the reward of standing, on average with what is paid for staying up, that ends it."""
    upright: float = 0.3
    """What is paid for a step with the head up, of 1; the rest is the reward of standing."""
    still: float = 15.0
    """What a pelvis and joints at rest at the end are each worth, in steps."""


@dataclass(frozen=True)
class Catch:
    """A body that stands by a policy and is pushed."""

    model: str
    """Folder of the pack."""
    degrees: float
    """From straight ahead to the left."""
    kinds: tuple[str, ...] = (STANDS,)
    frames: int = CAUGHT + AFTER + 1

    @property
    def name(self) -> str:
        return f"caught_{STANDING}-{self.degrees:.0f}"


@dataclass(frozen=True)
class _Way:
    """Two mixtures of skills, one after the other, and then standing."""

    shares: np.ndarray
    """(2, K) of each skill, not normalised."""
    steps: np.ndarray
    """(2,)"""


@dataclass(frozen=True)
class _Tried:
    """What came of a way."""

    way: _Way
    worth: float
    stood: bool
    """Whether it stood to the end."""


def list_catches(model: str | Path, only: tuple[str, ...] = ()) -> list[Catch]:
    """A catch for every direction; ``only``: those whose names hold one of these.

    Raises ``UserError`` if none does.
    """
    jobs = [Catch(str(model), float(d)) for d in np.linspace(0, 180, DIRECTIONS)]
    chosen = [job for job in jobs if not only or any(part in job.name for part in only)]
    if not chosen:
        raise UserError(
            f"No push is called {' or '.join(only)}; they are {jobs[0].name} and so on."
        )
    return chosen


def perform_caught(job: Catch, settings: SearchSettings | None = None) -> Expert:
    """The expert, whose first state is the pushed one.

    Raises ``DivergenceError`` if no way of standing again is found, and ``UserError`` for a folder
    that holds no model.
    """
    settings = settings or SearchSettings()
    actor = RewardWrapper(Policy.load(job.model))
    skills = np.concatenate([actor.reward_inference(task) for task in SKILLS])
    standing = actor.reward_inference(STANDING)
    qpos, qvel = _stood(actor, standing)
    angle = np.radians(job.degrees)
    push = planar(heading(qpos[None]))[0] @ [np.cos(angle), np.sin(angle)]
    qvel[:2] += PUSH_M_S * push
    rng = np.random.default_rng(round(job.degrees))
    with BodyBatch(shared_model(), settings.population) as batch:

        def tried(ways: list[_Way]) -> list[_Tried]:
            return _try(actor, skills, standing, batch, (qpos, qvel), ways, settings)

        best = _evolved(len(skills), tried, settings, rng)
        states, actions = _performed(actor, skills, standing, batch, (qpos, qvel), best.way)
        speed = float(np.linalg.norm(states[1][-1, :2]))
        head = batch.states([0]).positions[0, HEAD, 2]
    if head < STANDS_M or speed > STILL_M_S:
        raise DivergenceError("no way of standing again was found")
    targets = PublishedBody().targets(actions)
    return Expert(job.name, job.kinds, *states, targets)


def _stood(actor: RewardWrapper, standing: np.ndarray) -> State:
    """qpos (76,) and qvel (75,) in which the policy stands."""
    with BodyBatch(shared_model(), 1) as batch:
        batch.reset()
        for _ in range(BEFORE):
            batch.step(_actions(actor, batch, np.array([0]), standing))
        return batch.qpos()[0], batch.qvel()[0]


def _actions(
    actor: RewardWrapper, batch: BodyBatch, bodies: np.ndarray, z: np.ndarray
) -> np.ndarray:
    return np.clip(actor.act(batch.observe(bodies), z).astype(float), -1, 1)


def _latents(skills: np.ndarray, standing: np.ndarray, ways: list[_Way], step: int) -> np.ndarray:
    """(n, z) that each way asks for at a step."""
    z = np.repeat(standing, len(ways), axis=0)
    for row, way in enumerate(ways):
        stretch = int(np.searchsorted(np.cumsum(way.steps), step, side="right"))
        if stretch < len(way.shares):
            z[row] = project(way.shares[stretch] @ skills)
    return z


def _try(
    actor: RewardWrapper,
    skills: np.ndarray,
    standing: np.ndarray,
    batch: BodyBatch,
    start: State,
    ways: list[_Way],
    settings: SearchSettings,
) -> list[_Tried]:
    """All ways at once, from qpos (76,) and qvel (75,)."""
    reward = parse_reward(STANDING)
    count = len(ways)
    qpos, qvel = (np.repeat(part[None], count, axis=0) for part in start)
    batch.reset(qpos, qvel, np.arange(count))
    alive, worth = np.ones(count, dtype=bool), np.zeros(count)
    for step in range(CAUGHT):
        bodies = np.flatnonzero(alive)
        if not len(bodies):
            break
        z = _latents(skills, standing, [ways[body] for body in bodies], step)
        alive[bodies[~batch.step_surviving(_actions(actor, batch, bodies, z), bodies)]] = False
        bodies = np.flatnonzero(alive)
        if not len(bodies):
            break
        paid = reward.of(batch.features(bodies))
        worth[bodies] += settings.upright + (1 - settings.upright) * paid
        alive[bodies[batch.states(bodies).positions[:, HEAD, 2] < FELL_M]] = False
    bodies = np.flatnonzero(alive)
    if len(bodies):
        qvel = batch.qvel(bodies)
        pelvis, joints = np.linalg.norm(qvel[:, :2], axis=1), np.abs(qvel[:, 6:]).mean(axis=1)
        worth[bodies] += settings.still * (np.exp(-5 * pelvis) + np.exp(-joints))
    return [_Tried(*row) for row in zip(ways, worth.tolist(), alive.tolist(), strict=True)]


def _evolved(
    skills: int,
    tried: Callable[[list[_Way]], list[_Tried]],
    settings: SearchSettings,
    rng: np.random.Generator,
) -> _Tried:
    """The best way of all generations."""
    best: list[_Tried] = []
    ways = [_fresh(skills, settings, rng) for _ in range(settings.population)]
    enough = CAUGHT * settings.enough + 1.8 * settings.still
    for _ in range(settings.generations):
        best = sorted([*best, *tried(ways)], key=lambda way: -way.worth)[: settings.kept]
        if best[0].worth > enough:
            break
        ways = [_fresh(skills, settings, rng) for _ in range(settings.fresh)]
        while len(ways) < settings.population:
            # The better, the more is made of it.
            first = best[min(len(best) - 1, int(rng.exponential(2)))].way
            ways.append(_changed(first, best[rng.integers(len(best))].way, settings, rng))
    return best[0]


def _fresh(skills: int, settings: SearchSettings, rng: np.random.Generator) -> _Way:
    shares = np.zeros((2, skills))
    for stretch in shares:
        chosen = rng.choice(skills, min(settings.mixed, skills), replace=False)
        stretch[chosen] = rng.normal(size=len(chosen)) ** 2
    return _Way(shares, rng.integers((3, 0), settings.longest, endpoint=True))


def _changed(way: _Way, other: _Way, settings: SearchSettings, rng: np.random.Generator) -> _Way:
    """``way`` with shares a little different, now and then with the second stretch of ``other``."""
    shares = way.shares.copy()
    if rng.random() < 0.3:
        shares[1] = other.shares[1]
    shares *= np.exp(settings.spread * rng.normal(size=shares.shape))
    stretch, skill = rng.integers(2), rng.integers(shares.shape[1])
    shares[stretch, skill] += 0.6 * abs(rng.normal()) * shares[stretch].max()
    return _Way(shares, np.maximum((2, 0), way.steps + rng.integers(-4, 4, 2, endpoint=True)))


def _performed(
    actor: RewardWrapper,
    skills: np.ndarray,
    standing: np.ndarray,
    batch: BodyBatch,
    start: State,
    way: _Way,
) -> tuple[State, np.ndarray]:
    """qpos (T, 76), qvel (T, 75) and the actions (T-1, 69) of a way, standing on at its end."""
    one = np.array([0])
    batch.reset(start[0][None], start[1][None], one)
    qpos, qvel, actions = [start[0]], [start[1]], []
    for step in range(CAUGHT + AFTER):
        action = _actions(actor, batch, one, _latents(skills, standing, [way], step))
        if not batch.step_surviving(action, one)[0]:
            raise DivergenceError("no way of standing again was found")
        actions.append(action[0])
        qpos.append(batch.qpos(one)[0])
        qvel.append(batch.qvel(one)[0])
    return (np.array(qpos), np.array(qvel)), np.array(actions)
