"""The few states a reward buffer of bounded size should hold."""

from collections.abc import Sequence

import mujoco
import numpy as np
import torch

from ...body.model import shared_model
from ...body.observation import POSE_SIZE
from ...motion.motion_buffer import MotionBuffer
from ...policy.model import FBcprModel
from ...prompts.rewards import parse_reward
from ...prompts.rewards.features import Features, read_features
from ...simulation.batch import BodyBatch
from ...simulation.starts import start_body
from ...simulation.stepping import DivergenceError

BODIES = 64
FOLLOWED_STEPS = 30
KEPT_EVERY = 3
"""Neighbouring steps look alike; one in three is kept."""
_DIRECTIONS = 32


def visited_states(
    model: FBcprModel, motions: MotionBuffer, count: int, seed: int = 0
) -> dict[str, np.ndarray]:
    """States the policy visits: ``next_qpos``, ``next_qvel``, ``action``, ``next_observation``.

    From frames of motions or fallen; each body follows, a second at a time, either
    a frame of a motion as its goal or a point of the sphere.
    """
    rng = np.random.default_rng(seed)
    rows: dict[str, list[np.ndarray]] = {
        name: [] for name in ("next_qpos", "next_qvel", "action", "next_observation")
    }
    kept = 0
    with BodyBatch(shared_model(), BODIES) as batch:
        while kept < count:
            for data in batch.datas:
                _start(batch, data, rng, motions)
            goals = motions.sample(BODIES, rng)["observation"]
            z = model.goal_inference(goals)
            random = model.sample_z(BODIES)
            z = torch.where(torch.from_numpy(rng.random((BODIES, 1)) < 0.5), z.cpu(), random)
            alive = np.ones(BODIES, dtype=bool)
            for step in range(1, FOLLOWED_STEPS + 1):
                action = model.act(batch.observe(), z, mean=False).cpu().numpy().astype(float)
                alive &= batch.step_surviving(action)
                chosen = np.flatnonzero(alive)
                if step % KEPT_EVERY or not len(chosen):
                    continue
                rows["next_qpos"].append(batch.qpos(chosen))
                rows["next_qvel"].append(batch.qvel(chosen))
                rows["action"].append(action[chosen])
                rows["next_observation"].append(batch.observe(chosen))
                kept += len(chosen)
    return {name: np.concatenate(parts)[:count] for name, parts in rows.items()}


def _start(
    batch: BodyBatch, data: mujoco.MjData, rng: np.random.Generator, motions: MotionBuffer
) -> None:
    while True:
        try:
            start_body(batch.model, data, rng, "MoCapAndFall", 0.2, motions)
            return
        except DivergenceError:
            continue


def covering_rows(
    states: dict[str, np.ndarray], count: int, tasks: Sequence[str], seed: int = 0
) -> np.ndarray:
    """(count,) rows of the states, sorted: half well paid by some task, half far apart.

    A task whose states are missing cannot be inferred, however many others there
    are; and what nobody thought of is covered by spreading over all poses.
    """
    features = read_features(
        shared_model(), states["next_qpos"], states["next_qvel"], states["action"]
    )
    paid = best_paid(features, tasks, count // 2)
    spread = farthest_points(states["next_observation"][:, :POSE_SIZE], count, paid, seed)
    return np.sort(spread)


def best_paid(features: Features, tasks: Sequence[str], count: int) -> np.ndarray:
    """Rows of at most ``count`` states: the best of each task, in equal shares."""
    each = max(1, count // max(1, len(tasks)))
    chosen: set[int] = set()
    for task in tasks:
        rewards = parse_reward(task).of(features)
        best = np.argsort(-rewards, kind="stable")[:each]
        chosen.update(int(row) for row in best if rewards[row] > 0)
    return np.array(sorted(chosen), dtype=int)[:count]


def farthest_points(poses: np.ndarray, count: int, chosen: np.ndarray, seed: int = 0) -> np.ndarray:
    """``chosen`` rows and more, up to ``count``: always the one farthest from all so far.

    Distances are taken in a few random directions, which keep them well enough.
    """
    rng = np.random.default_rng(seed)
    count = min(count, len(poses))
    scaled = (poses - poses.mean(axis=0)) / (poses.std(axis=0) + 1e-3)
    points = scaled @ rng.normal(size=(poses.shape[1], _DIRECTIONS)).astype(np.float32)
    rows = list(chosen[:count]) or [int(rng.integers(len(poses)))]
    nearest = np.full(len(points), np.inf)
    for row in rows:
        nearest = np.minimum(nearest, ((points - points[row]) ** 2).sum(axis=1))
    while len(rows) < count:
        row = int(nearest.argmax())
        rows.append(row)
        nearest = np.minimum(nearest, ((points - points[row]) ** 2).sum(axis=1))
    return np.array(rows)
