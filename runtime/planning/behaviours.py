"""A behaviour without a trained model: the walk through the library that earns most.

Every node is paid by the reward itself; the discounted value over the graph of joins
is found by value iteration (Bellman 1957), and the best walk from where the body is
follows it. Joins lead back, so that a walk may go on for as long as it is asked to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from ..body.figures import BODY_NAMES
from ..library.features import point_velocities, pose_points
from ..library.joins import NO_JOIN
from ..library.library import NODE_SECONDS, NODE_STEP, Library, Stretch
from ..motion.ground_frame import heading, moved
from ..motion.joining import JOIN, join
from ..motion.motion import CONTROL_FPS, Motion
from ..prompts.features import TRUNK, Features, joined, read_features
from ..prompts.rewards import Reward, mix_rewards
from .search import pose_distances
from .stretches import Run, assembled, merged

ENTRIES = 400
"""Nodes like the pose the body is in, among which a walk may begin."""


@dataclass(frozen=True)
class WalkCosts:
    """What a walk through the graph gives for what it earns, in reward a second."""

    discount: float = 0.985
    """Of a tenth of a second: what is earned four seconds later counts half."""
    join: float = 4.0
    """A metre between the poses of a join, beside a second of full reward."""
    each_join: float = 0.12
    entry: float = 6.0
    """A metre between the pose the body is in and the one the walk begins with."""
    special: float = 0.06
    """Of full reward: what a skip, a dance, a kick gives away, so that a plain walk is taken
    where it earns as much."""
    rounds: int = 250


@dataclass(frozen=True)
class BehaviourPlan:
    """Frames of a behaviour and what they are made of."""

    qpos: np.ndarray
    """(n, 76); the first frame is the pose it started in."""
    label: str
    clips: tuple[str, ...]
    reward: float
    """Mean of what the nodes earn, as the library has them."""


_features: WeakKeyDictionary[Library, Features] = WeakKeyDictionary()


def node_features(library: Library) -> Features:
    """Features of all nodes (2M), read once and kept as long as the library."""
    if library not in _features:
        from ..body.model import shared_model

        qpos, qvel = [], []
        for clip in range(library.clips):
            frames = Stretch(int(library.starts[clip]), int(library.starts[clip + 1]))
            motion = Motion(CONTROL_FPS, library.qpos(frames))
            qpos.append(motion.qpos[::NODE_STEP])
            qvel.append(motion.velocities()[::NODE_STEP])
        states = np.concatenate(qpos)
        ctrl = np.zeros((len(states), 69))
        once = read_features(shared_model(), states, np.concatenate(qvel), ctrl)
        _features[library] = joined([once, mirror_features(once)])
    return _features[library]


def mirror_features(features: Features) -> Features:
    """Features of the mirror images: bodies swap sides, headings and turns change sign."""
    other = {"L_": "R_", "R_": "L_"}
    order = [BODY_NAMES.index(other.get(name[:2], name[:2]) + name[2:]) for name in BODY_NAMES]
    up = features.up[order] * np.array([-1, 1, 1])[None, :, None]
    assert len(features.heading) == len(TRUNK)
    return Features(
        height=features.height[order],
        up=up,
        heading=-features.heading,
        ankle_distance=features.ankle_distance,
        velocity=features.velocity * np.array([-1, 1, 1])[:, None],
        gyro=features.gyro * np.array([1, -1, -1])[:, None],
        calm=features.calm,
    )


def node_values(library: Library, earned: np.ndarray, costs: WalkCosts) -> np.ndarray:
    """(2M,): discounted value of being at each node and going on as well as can be.

    ``earned`` (2M,) is the reward of each node for a tenth of a second.
    """
    nodes = np.arange(2 * library.node_count)
    last = nodes + 1 >= library.node_stop
    following = np.where(last, nodes, nodes + 1)
    joins = np.where(library.joins == NO_JOIN, 0, library.joins)
    price = NODE_SECONDS * 10 * (costs.join * library.join_costs + costs.each_join)
    price = np.where(library.joins == NO_JOIN, np.inf, price).astype(np.float32)
    value = earned.astype(np.float32) / (1 - costs.discount)
    worst = np.float32(min(0.0, float(earned.min())) / (1 - costs.discount) - 50)
    for _ in range(costs.rounds):
        # Entered at a node, the next step is the one after it.
        onward = np.where(last, worst, earned[following] + costs.discount * value[following])
        new = np.maximum(onward, (onward[joins] - price).max(axis=1)).astype(np.float32)
        done = float(np.abs(new - value).max()) < 0.05
        value = new
        if done:
            break
    return value


def walk(
    library: Library, earned: np.ndarray, entry: np.ndarray, nodes: int, costs: WalkCosts
) -> list[Run]:
    """The walk of at least ``nodes`` tenths of a second that earns most.

    ``entry`` (2M,) metres: how far every node is from the pose the body is in.
    """
    value = node_values(library, earned, costs)
    count = np.arange(2 * library.node_count)
    onward = np.full(len(count), -np.inf)
    going = count + 1 < library.node_stop
    onward[going] = (earned + costs.discount * value)[count[going] + 1]
    near = np.argpartition(entry, ENTRIES)[:ENTRIES]
    node = int(near[np.argmax(onward[near] - 10 * costs.entry * NODE_SECONDS * entry[near])])
    runs, start, spent = [], node, 0
    while spent < nodes:
        options = library.joins[node]
        options = options[options != NO_JOIN]
        price = costs.join * library.join_costs[node][: len(options)] + costs.each_join
        best = onward[node]
        into = -1
        if len(options):
            gains = onward[options] - price
            if gains.max() > best:
                best, into = gains.max(), int(options[np.argmax(gains)])
        if not np.isfinite(best):
            break
        if into >= 0:
            runs.append(Run(start, node))
            start = node = into
        node += 1
        spent += 1
    runs.append(Run(start, node))
    return merged(runs)


def plan_behaviour(
    library: Library,
    before: np.ndarray,
    rewards: Sequence[tuple[str | Reward, float]],
    frames: int,
    costs: WalkCosts | None = None,
) -> BehaviourPlan:
    """From the end of a motion (n, 76) on, ``frames`` frames that earn a mix of rewards."""
    costs = costs or WalkCosts()
    earned = mix_rewards(rewards).of(node_features(library)).astype(np.float64)
    scale = max(float(np.quantile(np.abs(earned), 0.999)), 1e-6)
    moving = before[-4:]
    points = pose_points(moving)
    speeds = point_velocities(points, moving[:, :2], heading(moving), 1 / CONTROL_FPS)[-1]
    entry = pose_distances(library, points[-1], speeds)
    special = library.node_special
    plain = float(np.quantile(np.abs(earned[~special]), 0.999)) if not special.all() else 0.0
    # Where only a dancer earns, the dance is what was asked for.
    worth = earned / scale - costs.special * special * (plain > 0.8 * scale)
    runs = walk(library, worth, entry, int(np.ceil(frames / NODE_STEP)) + 1, costs)
    qpos = assembled(library, runs)
    start = before[-1]
    turn = heading(start[None])[0] - heading(qpos[:1])[0]
    qpos = moved(qpos, turn, qpos[0, :2], start[:2])
    length = min(2 * JOIN, len(qpos) - 1)
    whole = np.concatenate([start[None], join(before, qpos[1:], length)])[:frames]
    visited = np.concatenate([np.arange(run.start, run.stop + 1) for run in runs])
    clips = tuple(library.name_of(int(library.node_frames[run.start])) for run in runs)
    names = ", ".join(str(name) for name, _ in rewards)
    return BehaviourPlan(whole, f"{names}, from the library", clips, float(earned[visited].mean()))
