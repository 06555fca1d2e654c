"""What experts have to say about behaviours that are asked for by a reward.

A reward prompt is the mean of B over the states it pays most, of many experts at once;
no stretch of one expert sounds like that. So policies learn under such z as well. What
is to be done under it: of the experts' frames near a state, what the one does from
which most is earned, going on to its end and from there over to others near by. That is
value iteration on the graph of frames (as motion graphs have it, Lee et al. 2006).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from ...body.model import shared_model
from ...prompts.latents import SHARPNESS
from ...prompts.rewards import parse_reward
from ...prompts.rewards.features import Features, read_features
from ...prompts.tasks import ALL_TASKS
from .experts.expert_set import ExpertSet, squared_distances

TASKS = (
    *ALL_TASKS,
    *(f"move-ego-{angle}-{speed}" for angle in ("0", "-90", "90", "180") for speed in ("1", "1.5")),
    *(f"move-ego-{angle}-1" for angle in ("-45", "45", "-135", "135")),
    *(f"rotate-y-{rate}-0.8" for rate in ("-2", "2")),
    "move-ego-0-3",
)
"""The tasks of the benchmark, and others between them."""
JUST = 9
"""Frames before and after one that are alike because they are the same movement."""


@dataclass(frozen=True)
class GraphSettings:
    """How experts' frames hang together."""

    discount: float = 0.98
    """A frame: a second ahead counts 0.55."""
    reach_m: float = 0.15
    """Distance up to which a body can go over from a frame to another."""
    neighbours: int = 12
    change_cost: float = 10.0
    """Value, of at most 1, that a metre of that distance costs: the farther, the likelier a fall."""
    least: float = 0.15
    """Value, of at most 1, that a task must reach somewhere to be learned."""
    blended: int = 8
    """Frames whose feedback is blended, for what is right must not jump from state to state:
    a policy cannot learn jumps, and a body is held by a mixture more often than by the best."""
    blending: float = 0.2
    """Value, of at most 1, by which a frame is worse whose feedback counts 1/e as much."""
    share: float = 0.25
    """Of the best value, down to which frames belong to a task: they lead to where it is done."""
    dropped: float = 0.5
    """Share of the frames that z is inferred without, others each time: buffers differ."""


class Behaviours:
    """Rewards over the frames of ``experts``, made anew when those have grown."""

    def __init__(
        self,
        experts: ExpertSet,
        tasks: Sequence[str] = TASKS,
        settings: GraphSettings | None = None,
    ) -> None:
        self.settings, self.experts = settings or GraphSettings(), experts
        features = _features(experts)
        paid = np.stack([parse_reward(task).of(features) for task in tasks]).astype(np.float32)
        last = np.zeros(experts.frames, dtype=bool)
        last[experts.starts[1:] - 1] = True
        for number, entry in enumerate(experts.entries):
            if not entry.close:
                # As if it were nothing but ends: nobody goes on from there.
                last[experts.starts[number] : experts.starts[number + 1]] = True
        value = self._values(experts, paid, last)
        best = value.max(axis=1, initial=0.0, where=~last)
        used = np.flatnonzero(best > self.settings.least)
        self.tasks = [tasks[number] for number in used]
        self.numbers = used
        """(K,) their places among all ``tasks``, which stay the same when experts are added."""
        self.row = torch.full((len(tasks),), -1)
        """(len(tasks),) the inverse; -1 for what no expert does."""
        self.row[torch.from_numpy(used)] = torch.arange(len(used))
        self.best = best[used]
        self.value = value[used]
        """(K, N) of each frame, from 0 to 1."""
        self.member = self._members(value[used], best[used], last)
        """(K, N) bool: frames that do a task or lead to where it is done."""
        most = paid[used].max(axis=1, keepdims=True, initial=0.0)
        weight = np.exp(SHARPNESS * (paid[used] - most))
        self.weight = torch.from_numpy(weight * paid[used])
        """(K, N) not normalised."""
        self.latents = torch.zeros(len(used), 1)
        """(K, z) means of B, as reward prompts infer them."""

    def look_up(self, b: torch.Tensor) -> None:
        """Infers every task's z from B (N, z), each without some of the frames."""
        kept = torch.rand(self.weight.shape) > self.settings.dropped
        weight = self.weight * kept
        self.latents = weight @ b / weight.sum(dim=1, keepdim=True).clamp(min=1e-12)

    def draw(self, frames: torch.Tensor) -> torch.Tensor:
        """(n,) a task that each frame (n,) belongs to, or -1."""
        if not self.tasks:
            return torch.full_like(frames, -1)
        member = torch.from_numpy(self.member)[:, frames]
        score = torch.rand(member.shape) * member
        best, task = score.max(dim=0)
        return torch.where(best > 0, task, torch.full_like(task, -1))

    def _values(self, experts: ExpertSet, paid: np.ndarray, last: np.ndarray) -> np.ndarray:
        """(K, N) discounted reward from each frame on, of at most 1."""
        settings = self.settings
        self.near, self.apart = _neighbours(experts, settings.neighbours)
        cost = np.where(
            self.apart < settings.reach_m, settings.change_cost * self.apart, np.inf
        ).astype(np.float32)  # fmt: skip
        following = np.minimum(np.arange(experts.frames) + 1, experts.frames - 1)
        value = np.zeros_like(paid)
        for _ in range(int(4 / (1 - settings.discount))):
            change = (value[:, self.near] - cost).max(axis=2)
            # At an expert's end there is nothing but to go over to another.
            here = np.where(last, np.maximum(change, 0), np.maximum(value, change))
            value = (1 - settings.discount) * paid + settings.discount * here[:, following]
            value[:, last] = np.maximum(change[:, last], 0)
        return value

    def _members(self, value: np.ndarray, best: np.ndarray, last: np.ndarray) -> np.ndarray:
        around = value[:, self.near] - self.settings.change_cost * self.apart
        leads = value >= self.settings.share * best[:, None]
        return leads & (value >= around.max(axis=2)) & ~last

    def places(
        self, task: int, observation: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, K) the frames from which most is to be had in states with observations (n, 358), by
        their values and how far they are, the best first; (n, K) what share the feedback of each
        has in what is right; (n,) metres from the best."""
        among = np.flatnonzero(self.member[task])
        apart = self.experts.all_distances(observation, among)
        worth = self.value[task, among] - self.settings.change_cost * apart
        count = min(self.settings.blended, len(among))
        top = np.argpartition(-worth, count - 1, axis=1)[:, :count]
        worth = np.take_along_axis(worth, top, axis=1)
        order = np.argsort(-worth, axis=1)
        top, worth = (np.take_along_axis(rows, order, axis=1) for rows in (top, worth))
        share = np.exp((worth - worth[:, :1]) / self.settings.blending)
        share /= share.sum(axis=1, keepdims=True)
        return among[top], share, apart[np.arange(len(top)), top[:, 0]]


def _features(experts: ExpertSet) -> Features:
    """Of every frame, under the action that led there; of a first frame, under its own."""
    qpos, qvel = experts.all_states()
    actions = np.empty((experts.frames, 69))
    for number in range(len(experts.entries)):
        start, end = experts.starts[number : number + 2]
        frames = np.arange(end - start - 1)
        done = experts.label(number, frames, qpos[start : end - 1], qvel[start : end - 1])
        actions[start], actions[start + 1 : end] = done[0], done
    return read_features(shared_model(), qpos, qvel, actions)


def _neighbours(experts: ExpertSet, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, count) of the entries that come nearest to each frame, the frame of each that does, and
    how far it is; of its own entry, one that is not just before or after."""
    places, starts = experts.places, experts.starts
    own = experts.entry_of(np.arange(len(places)))
    count = min(count, len(starts) - 1)
    near = np.empty((len(places), count), dtype=np.int64)
    apart = np.empty((len(places), count), dtype=np.float32)
    standing = np.flatnonzero(experts.stands)
    for first in range(0, len(places), 1024):
        rows = np.arange(first, min(first + 1024, len(places)))
        distance = squared_distances(places[rows], places)
        distance[:, standing] += squared_distances(experts.tips[rows], experts.tips[standing])
        for row in rows:
            same = slice(max(starts[own[row]], row - JUST), min(starts[own[row] + 1], row + JUST))
            distance[row - first, same] = np.inf
        each = [
            start + distance[:, start:end].argmin(axis=1) for start, end in pairwise(starts)
        ]  # fmt: skip
        nearest = np.stack(each, axis=1)
        far = np.take_along_axis(distance, nearest, axis=1)
        chosen = np.argpartition(far, count - 1, axis=1)[:, :count]
        near[rows] = np.take_along_axis(nearest, chosen, axis=1)
        apart[rows] = np.sqrt(np.maximum(np.take_along_axis(far, chosen, axis=1), 0))
    return near, apart
