"""Walks through the graph of joins that earn most.

Every node is paid by a reward; the discounted value over the graph of joins is found
by value iteration (Bellman 1957), and the best walk from where the body is follows
it. Joins lead back, so that a walk may go on for as long as it is asked to.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from ...body.figures import BODY_NAMES
from ...library.joins import NO_JOIN
from ...library.library import NODE_SECONDS, NODE_STEP, Library, Stretch
from ...motion.motion import CONTROL_FPS, Motion
from ...prompts.rewards.features import TRUNK, Features, joined, read_features
from .stretches import Run, merged

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
    variety: float = 0.12
    """Of full reward: by up to how much a clip is made dearer at random, where another way
    of doing the same is asked for."""
    satisfied: float = 0.9
    """Of full reward: a walk that earns this much is not compared with a pose that is kept."""
    least_gain: float = 0.05
    """Of full reward: what a kept pose has to earn beyond a walk of real people."""


_features: WeakKeyDictionary[Library, Features] = WeakKeyDictionary()


def node_features(library: Library) -> Features:
    """Features of all nodes (2M), read once and kept as long as the library."""
    if library not in _features:
        from ...body.model import shared_model

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
    # One column for each join: what is read in a row is read fast.
    into = np.ascontiguousarray(np.where(library.joins == NO_JOIN, 0, library.joins).T)
    price = NODE_SECONDS * 10 * (costs.join * library.join_costs + costs.each_join)
    price = np.where(library.joins == NO_JOIN, np.inf, price).astype(np.float32).T.copy()
    earned = earned.astype(np.float32)
    discount = np.float32(costs.discount)
    worst = np.float32(min(0.0, float(earned.min())) / (1 - costs.discount) - 50)
    value = earned / (1 - discount)
    for _ in range(costs.rounds):
        # Entered at a node, the next step is the one after it.
        onward = np.where(last, worst, earned[following] + discount * value[following])
        new = onward.copy()
        for join, cost in zip(into, price, strict=True):
            np.maximum(new, onward[join] - cost, out=new)
        done = float(np.abs(new - value).max()) < 0.05
        value = new
        if done:
            break
    return np.asarray(value)


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
