"""The policy tried out along experts, and what their feedback says about where it comes to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ...body.kinematics import joint_distance
from ...prompts.rewards import parse_reward
from ...simulation.batch import BodyBatch
from .behaviours import Behaviours
from .experts.expert_set import ExpertSet
from .latents import AHEAD, HELD, window_means
from .needs import Needs

Act = Callable[[np.ndarray, torch.Tensor], np.ndarray]
"""Observations (n, 358) and means of B (n, z) -> actions (n, 69)."""


@dataclass(frozen=True)
class RolloutSettings:
    """How the policy is tried out in each round."""

    bodies: int = 40
    steps: int = 150
    held: float = 0.1
    """Share of the bodies that hold the z of a stretch of an expert."""
    asked: float = 0.8
    """Share that hold the z of a reward prompt; the others follow an expert frame by frame."""
    upright: float = 0.75
    """Share of the asked ones that begin in the upright start, as episodes of prompts do."""
    often: tuple[str, ...] = ("move-ego-0-2", "move-ego-0-2", "move-ego-0-0", "raisearms-h-h")
    """Walking twice: it is what is lost first."""
    often_share: float = 0.4
    """Of the asked ones, by how many such behaviours are asked for: all else begins with these.
    The others are asked for what is most in need (``needs``)."""
    switched: float = 0.35
    """Of the asked ones, share that is asked for something else on the way: who has only ever
    walked from the start of an episode does not walk on when it stands already."""
    begun: tuple[str, str] = ("move-ego-0-0", "move-ego-0-2")
    """What those of them are asked for first and then who begin to walk from standing."""
    begun_share: float = 0.5
    """Of the switched ones: left to chance, hardly one of a roll-out would ever do that."""
    pushed: float = 0.2
    """Share of all bodies that are pushed on the way."""
    push_m_s: float = 0.5
    """Added at most to the pelvis's velocity on the floor by a push."""
    noise: float = 0.08
    """Standard deviation added to the actions of every second body."""
    label_m: float = 0.25
    """Distance from the expert up to which its linear feedback is believed."""


@dataclass
class Found:
    """What a roll-out brought."""

    frames: np.ndarray
    """(n,) of experts, counted over all, whose feedback labels each state."""
    observation: np.ndarray
    """(n, 358)"""
    action: np.ndarray
    """(n, 69)"""
    task: np.ndarray
    """(n,) number of the task that was asked for, -1 for none."""
    transitions: dict[str, np.ndarray]
    lost: list[tuple[int, np.ndarray, np.ndarray]]
    """Frame, qpos (76,) and qvel (75,) where a body was lost."""
    steps: int
    figures: dict[str, float]
    earned: dict[str, float]
    """Mean reward a step of each task that was asked for from the upright start, of which nothing
    is earned any more by who is lost."""


_NOTHING = [
    [np.empty(shape, dtype)]
    for shape, dtype in (
        *(
            ((0, 1), np.int64),
            ((0, 1), float),
            ((0, 358), float),
            ((0, 76), float),
            ((0, 75), float),
        ),
        (0, np.int64),
    )
]
"""What is seen where all are lost at once."""


class _Bodies:
    """What each of the bodies of a roll-out is asked for, and where it counts as being."""

    def __init__(
        self,
        experts: ExpertSet,
        behaviours: Behaviours,
        sums: torch.Tensor,
        settings: RolloutSettings,
        rng: np.random.Generator,
        needs: Needs,
    ) -> None:
        self.experts, self.behaviours, self.sums = experts, behaviours, sums
        count = settings.bodies
        asked = round(settings.asked * count) if behaviours.tasks else 0
        held = min(round(settings.held * count), count - asked)
        self.held = np.zeros(count, dtype=bool)
        self.held[asked : asked + held] = True
        self.rng, self.settings = rng, settings
        self.common = [name for name in settings.often if name in behaviours.tasks]
        self.need = needs.shares(behaviours.tasks)
        self.task = np.full(count, -1)
        for body in range(asked):
            self.task[body] = self._drawn()
        lengths = np.diff(experts.starts)
        self.entry = rng.choice(len(lengths), count, p=lengths / lengths.sum())
        first = (rng.random(count) * np.maximum(1, lengths[self.entry] - 2 * AHEAD)).astype(int)
        self.frame = experts.starts[self.entry] + first
        for body in range(asked):
            member = np.flatnonzero(behaviours.member[self.task[body]])
            self.frame[body] = rng.choice(member)
        self.upright = (self.task >= 0) & (rng.random(count) < settings.upright)
        self.switched_at = np.where(
            (self.task >= 0) & (rng.random(count) < settings.switched), self._on_the_way(), -1
        )
        self.begins = np.zeros(count, dtype=bool)
        if all(name in behaviours.tasks for name in settings.begun):
            self.begins = (self.switched_at >= 0) & (rng.random(count) < settings.begun_share)
            self.task[self.begins] = behaviours.tasks.index(settings.begun[0])
            self.upright |= self.begins
        self.latents = _held_latents(experts, sums, self.entry, first, rng)
        if asked:
            self.latents[:asked] = behaviours.latents[self.task[:asked]].to(self.latents.dtype)
        self.follows = ~self.held & (self.task < 0)
        self.noise = settings.noise * (rng.permutation(count) % 2)
        self.pushed_at = np.where(rng.random(count) < settings.pushed, self._on_the_way(), -1)
        left = experts.starts[self.entry + 1] - 1 - self.frame
        self.asked_steps = np.where(self.follows, np.minimum(settings.steps, left), settings.steps)

    def _drawn(self) -> int:
        """Number of a task to be asked for."""
        if self.common and self.rng.random() < self.settings.often_share:
            return self.behaviours.tasks.index(self.common[self.rng.integers(len(self.common))])
        return int(self.rng.choice(len(self.need), p=self.need))

    def _on_the_way(self) -> np.ndarray:
        """(bodies,) steps in the middle half of a roll-out."""
        steps = self.settings.steps
        return self.rng.integers(steps // 4, 3 * steps // 4 + 1, self.settings.bodies)

    def switch(self, step: int, alive: np.ndarray) -> None:
        """Asks some of the living (bodies,) for something else."""
        for body in np.flatnonzero(alive & (self.switched_at == step)):
            begun = self.settings.begun[1]
            self.task[body] = (
                self.behaviours.tasks.index(begun) if self.begins[body] else self._drawn()
            )
            z = self.behaviours.latents[self.task[body]]
            self.latents[body] = z.to(self.latents.dtype)

    def push(self, batch: BodyBatch, step: int, bodies: np.ndarray) -> None:
        """Pushes some of the bodies (n,)."""
        for body in bodies[self.pushed_at[bodies] == step]:
            angle, speed = self.rng.uniform(0, 2 * np.pi), self.settings.push_m_s
            way = np.array([np.cos(angle), np.sin(angle)])
            batch.datas[body].qvel[:2] += self.rng.uniform(0, speed) * way

    def start(self, batch: BodyBatch) -> None:
        qpos, qvel = self.experts.all_states()
        batch.reset()
        there = np.flatnonzero(~self.upright)
        batch.reset(qpos[self.frame[there]], qvel[self.frame[there]], there)

    def places(
        self, bodies: np.ndarray, step: int, observation: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, K) the frames whose feedback holds for each body, the foremost first, (n, K) their
        shares in it, and (n,) the distance from the foremost."""
        frames, experts = self.frame[bodies] + step, self.experts
        far = np.empty(len(bodies))
        follows = self.follows[bodies]
        far[follows] = experts.distances(observation[follows], frames[follows])
        for row in np.flatnonzero(self.held[bodies]):
            start, end = experts.starts[self.entry[bodies[row]] : self.entry[bodies[row]] + 2]
            among = np.arange(start, end - 1)
            apart = experts.all_distances(observation[row : row + 1], among)[0]
            frames[row], far[row] = among[apart.argmin()], apart.min()
        count = self.behaviours.settings.blended
        frames = np.repeat(frames[:, None], count, axis=1)
        shares = np.zeros(frames.shape)
        shares[:, 0] = 1
        tasks = self.task[bodies]
        for task in np.unique(tasks[tasks >= 0]):
            rows = np.flatnonzero(tasks == task)
            best, share, far[rows] = self.behaviours.places(int(task), observation[rows])
            frames[rows, : best.shape[1]], shares[rows, : best.shape[1]] = best, share
        return frames, shares, far

    def paid(self, batch: BodyBatch, bodies: np.ndarray) -> np.ndarray:
        """(n,) what the bodies that are asked for something from the upright start earn now."""
        paid = np.zeros(len(bodies))
        tasks = np.where(self.upright[bodies], self.task[bodies], -1)
        for task in np.unique(tasks[tasks >= 0]):
            rows = np.flatnonzero(tasks == task)
            reward = parse_reward(self.behaviours.tasks[task])
            paid[rows] = reward.of(batch.features(bodies[rows]))
        return paid

    def earned(self, paid: np.ndarray) -> dict[str, float]:
        """Means a step by task, from what each body earned in all."""
        whole = self.upright & (self.switched_at < 0)
        return {
            self.behaviours.tasks[task]: float(
                (paid / self.asked_steps)[whole & (self.task == task)].mean()
            )
            for task in np.unique(self.task[whole])
        }

    def z(self, bodies: np.ndarray, frames: np.ndarray) -> torch.Tensor:
        """(n, z) means of B that the bodies are to hear now."""
        ahead = _ahead_latents(self.experts, self.sums, frames)
        follows = torch.from_numpy(self.follows[bodies])[:, None]
        return torch.where(follows, ahead, self.latents[bodies])


def follow_experts(
    experts: ExpertSet,
    behaviours: Behaviours,
    batch: BodyBatch,
    act: Act,
    sums: torch.Tensor,
    settings: RolloutSettings,
    rng: np.random.Generator,
    needs: Needs,
) -> Found:
    """Bodies move by the policy until they are lost, from frames of experts or upright.

    Those that follow an expert are labelled by the frame they should be at, those that
    hold a stretch by its frame most like them, those that a reward is asked of by the
    frame from which most is earned.
    """
    crew = _Bodies(experts, behaviours, sums, settings, rng, needs)
    paid = np.zeros(len(batch))
    crew.start(batch)
    alive = np.ones(len(batch), dtype=bool)
    lasted = np.zeros(len(batch))
    seen: list[tuple[np.ndarray, ...]] = []
    lost: list[tuple[int, np.ndarray, np.ndarray]] = []
    rows: dict[str, list[np.ndarray]] = {"observation": [], "action": [], "next_observation": []}
    for step in range(settings.steps):
        alive &= step < crew.asked_steps
        crew.switch(step, alive)
        bodies = np.flatnonzero(alive)
        if not len(bodies):
            break
        observation = batch.observe(bodies).astype(np.float32)
        frames, shares, far = crew.places(bodies, step, observation)
        near = far < settings.label_m
        alive[bodies[~near]] = False
        for row in np.flatnonzero(~near):
            state = batch.qpos([bodies[row]])[0], batch.qvel([bodies[row]])[0]
            lost.append((int(frames[row, 0]), *state))
        bodies, observation = bodies[near], observation[near]
        frames, shares = frames[near], shares[near]
        if not len(bodies):
            continue
        state = batch.qpos(bodies), batch.qvel(bodies)
        seen.append((frames, shares, observation, *state, crew.task[bodies]))
        action = act(observation, crew.z(bodies, frames[:, 0]))
        action = action + rng.normal(size=action.shape) * crew.noise[bodies, None]
        action = np.clip(action, -1, 1)
        # After all have been seen, for what is seen must be what is labelled.
        crew.push(batch, step, bodies)
        moved = batch.step_surviving(action, bodies)
        alive[bodies[~moved]] = False
        bodies = bodies[moved]
        lasted[bodies] += 1
        if len(bodies):
            paid[bodies] += crew.paid(batch, bodies)
            rows["observation"].append(observation[moved])
            rows["action"].append(action[moved])
            rows["next_observation"].append(batch.observe(bodies))
    transitions = {
        name: np.concatenate(parts).astype(np.float32) if parts else np.empty((0, 1), np.float32)
        for name, parts in rows.items()
    }
    share = lasted / crew.asked_steps
    kinds = {"following": crew.follows, "holding": crew.held, "asked": crew.task >= 0}
    figures = {
        f"lasted_{name}": float(share[rows].mean()) for name, rows in kinds.items() if rows.any()
    }
    parts = zip(*seen, strict=True) if seen else _NOTHING
    places, parts_of, states, qpos, qvel, task = (np.concatenate(part) for part in parts)
    right = experts.blended_labels(places, parts_of, qpos, qvel)
    asked = np.append(behaviours.numbers, -1)[task]
    return Found(
        places[:, 0], states, right, asked, transitions, lost, int(lasted.sum()), figures,
        crew.earned(paid),
    )  # fmt: skip


def follow_from_start(
    experts: ExpertSet, batch: BodyBatch, act: Act, sums: torch.Tensor
) -> dict[str, float]:
    """Every entry followed from its first frame: ``followed``, the share that no joint strays
    more than half a metre from on average, wherever on the floor; ``follow_cm``, the mean
    distance until then; ``share``, of all frames that come before."""
    lengths = np.diff(experts.starts)
    whole = [experts.states(entry) for entry in experts.entries]
    batch.reset(np.array([s[0][0] for s in whole]), np.array([s[1][0] for s in whole]))
    alive = np.ones(len(lengths), dtype=bool)
    lasted = np.zeros(len(lengths))
    errors: list[np.ndarray] = []
    numbers = np.arange(len(lengths))
    for frame in range(int(lengths.max()) - 1):
        bodies = np.flatnonzero(alive & (frame < lengths - 1))
        if not len(bodies):
            break
        z = _ahead_latents(experts, sums, experts.starts[numbers[bodies]] + frame)
        moved = batch.step_surviving(np.clip(act(batch.observe(bodies), z), -1, 1), bodies)
        alive[bodies[~moved]] = False
        bodies = bodies[moved]
        if not len(bodies):
            continue
        there = np.array([whole[body][0][frame + 1] for body in bodies])
        error = joint_distance(batch.qpos(bodies), there, placed=False)
        alive[bodies[error > 0.5]] = False
        lasted[bodies[error <= 0.5]] += 1
        errors.append(error[error <= 0.5])
    return {
        "followed": float((lasted == lengths - 1).mean()),
        "share": float(lasted.sum() / (lengths - 1).sum()),
        "follow_cm": 100 * _mean(np.concatenate(errors)) if errors else 0.0,
    }


def _ahead_latents(experts: ExpertSet, sums: torch.Tensor, frames: np.ndarray) -> torch.Tensor:
    """(n, z) means of B as ``tracking_inference`` has them, at frames (n,) counted over all."""
    length = np.minimum(AHEAD, experts.starts[experts.entry_of(frames) + 1] - frames - 1)
    return window_means(sums, torch.from_numpy(frames + 1), torch.from_numpy(length))


def _held_latents(
    experts: ExpertSet,
    sums: torch.Tensor,
    entry: np.ndarray,
    first: np.ndarray,
    rng: np.random.Generator,
) -> torch.Tensor:
    """(n, z) means of B over a long stretch that begins at a frame, or ends with its expert."""
    start, end = experts.starts[entry], experts.starts[entry + 1]
    length = np.minimum(rng.integers(*HELD, size=len(entry)), end - start)
    place = np.minimum(start + first, end - length)
    return window_means(sums, torch.from_numpy(place), torch.from_numpy(length))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
