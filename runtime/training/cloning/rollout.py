"""The policy tried out along experts, and what their feedback says about where it comes to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ...body.kinematics import forward_kinematics
from ...simulation.batch import BodyBatch
from .expert_set import ExpertSet
from .latents import AHEAD, HELD, window_means

Act = Callable[[np.ndarray, torch.Tensor], np.ndarray]
"""Observations (n, 358) and means of B (n, z) -> actions (n, 69)."""


@dataclass(frozen=True)
class RolloutSettings:
    """How the policy is tried out in each round."""

    bodies: int = 24
    steps: int = 120
    held_share: float = 0.5
    """Bodies that hold one z; the others follow their expert frame by frame."""
    noise: float = 0.08
    """Standard deviation added to the actions of every second body."""
    label_m: float = 0.2
    """Distance from the expert up to which its linear feedback is believed."""


@dataclass
class Found:
    """What a roll-out brought."""

    labelled: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]
    """Entry, frames (n,), observations (n, 358), actions (n, 69)."""
    transitions: dict[str, np.ndarray]
    lost: list[tuple[int, int, np.ndarray, np.ndarray]]
    """Entry, frame, qpos (76,) and qvel (75,) where a body was lost."""
    steps: int
    figures: dict[str, float]


def follow_experts(
    experts: ExpertSet,
    batch: BodyBatch,
    act: Act,
    sums: torch.Tensor,
    settings: RolloutSettings,
    rng: np.random.Generator,
) -> Found:
    """Bodies start in frames of experts and move by the policy until they are lost.

    Those that follow are labelled by the frame they should be at, those that hold a
    behaviour by the frame most like them.
    """
    count = len(batch)
    lengths = np.diff(experts.starts)
    entry = rng.choice(len(lengths), count, p=lengths / lengths.sum())
    first = (rng.random(count) * np.maximum(1, lengths[entry] - 2 * AHEAD)).astype(int)
    held = np.arange(count) % 2 < settings.held_share * 2 - 1e-9
    held = rng.permutation(held) if settings.held_share not in (0.0, 1.0) else held
    noise = settings.noise * (np.arange(count) % 2)
    latents = _held_latents(experts, sums, entry, first, rng)
    states = [_state(experts, e, f) for e, f in zip(entry, first, strict=True)]
    batch.reset(np.array([s[0] for s in states]), np.array([s[1] for s in states]))
    alive = np.ones(count, dtype=bool)
    lasted = np.zeros(count)
    seen: list[tuple[np.ndarray, ...]] = []
    lost: list[tuple[int, int, np.ndarray, np.ndarray]] = []
    rows: dict[str, list[np.ndarray]] = {"observation": [], "action": [], "next_observation": []}
    for step in range(settings.steps):
        due = first + step
        alive &= held | (due < lengths[entry] - 1)
        bodies = np.flatnonzero(alive)
        if not len(bodies):
            break
        observation = batch.observe(bodies)
        frames, far = _places(experts, entry[bodies], due[bodies], held[bodies], observation)
        near = far < settings.label_m
        alive[bodies[~near]] = False
        for row in np.flatnonzero(~near):
            state = batch.qpos([bodies[row]])[0], batch.qvel([bodies[row]])[0]
            lost.append((int(entry[bodies[row]]), int(frames[row]), *state))
        bodies, observation, frames = bodies[near], observation[near], frames[near]
        if not len(bodies):
            continue
        seen.append((bodies, frames, observation, batch.qpos(bodies), batch.qvel(bodies)))
        ahead = _ahead_latents(experts, sums, entry[bodies], frames)
        z = torch.where(torch.from_numpy(held[bodies])[:, None], latents[bodies], ahead)
        action = act(observation, z)
        action = action + rng.normal(size=action.shape) * noise[bodies, None]
        action = np.clip(action, -1, 1)
        moved = batch.step_surviving(action, bodies)
        alive[bodies[~moved]] = False
        bodies = bodies[moved]
        lasted[bodies] += 1
        if len(bodies):
            rows["observation"].append(observation[moved])
            rows["action"].append(action[moved])
            rows["next_observation"].append(batch.observe(bodies))
    transitions = {
        name: np.concatenate(parts).astype(np.float32) if parts else np.empty((0, 1), np.float32)
        for name, parts in rows.items()
    }
    asked = np.where(held, settings.steps, np.minimum(settings.steps, lengths[entry] - 1 - first))
    figures = {
        "lasted_following": _mean((lasted / asked)[~held]),
        "lasted_holding": _mean((lasted / asked)[held]),
    }
    labelled = _labelled(experts, entry, seen)
    return Found(labelled, transitions, lost, int(lasted.sum()), figures)


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
        z = _ahead_latents(experts, sums, numbers[bodies], np.full(len(bodies), frame))
        moved = batch.step_surviving(np.clip(act(batch.observe(bodies), z), -1, 1), bodies)
        alive[bodies[~moved]] = False
        bodies = bodies[moved]
        if not len(bodies):
            continue
        there = np.array([whole[body][0][frame + 1] for body in bodies])
        apart = forward_kinematics(batch.qpos(bodies))[0] - forward_kinematics(there)[0]
        apart[..., :2] -= apart[:, :1, :2]
        error = np.linalg.norm(apart, axis=-1).mean(axis=1)
        alive[bodies[error > 0.5]] = False
        lasted[bodies[error <= 0.5]] += 1
        errors.append(error[error <= 0.5])
    return {
        "followed": float((lasted == lengths - 1).mean()),
        "share": float(lasted.sum() / (lengths - 1).sum()),
        "follow_cm": 100 * _mean(np.concatenate(errors)) if errors else 0.0,
    }


def _state(experts: ExpertSet, number: int, frame: int) -> tuple[np.ndarray, np.ndarray]:
    qpos, qvel = experts.states(experts.entries[number])
    return qpos[frame], qvel[frame]


def _places(
    experts: ExpertSet,
    entry: np.ndarray,
    due: np.ndarray,
    held: np.ndarray,
    observation: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) the frame of its expert each body counts as being at, and the distance from it."""
    frames, far = due.copy(), np.empty(len(due))
    for row, number in enumerate(entry):
        seen = observation[row : row + 1]
        if held[row]:
            best, distance = experts.nearest(number, seen)
            frames[row], far[row] = best[0], distance[0]
        else:
            far[row] = experts.distances(number, due[row : row + 1], seen)[0, 0]
    return frames, far


def _ahead_latents(
    experts: ExpertSet, sums: torch.Tensor, entry: np.ndarray, frames: np.ndarray
) -> torch.Tensor:
    """(n, z) means of B as ``tracking_inference`` has them."""
    place = experts.starts[entry] + frames + 1
    length = np.minimum(AHEAD, experts.starts[entry + 1] - place)
    return window_means(sums, torch.from_numpy(place), torch.from_numpy(length))


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


def _labelled(
    experts: ExpertSet, entry: np.ndarray, seen: list[tuple[np.ndarray, ...]]
) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    if not seen:
        return []
    bodies, frames, observation, qpos, qvel = (
        np.concatenate(parts) for parts in zip(*seen, strict=True)
    )
    result = []
    for number in np.unique(entry[bodies]):
        rows = entry[bodies] == number
        action = experts.label(int(number), frames[rows], qpos[rows], qvel[rows])
        result.append((int(number), frames[rows], observation[rows], action))
    return result


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
