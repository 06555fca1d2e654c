"""Where one stretch of motion can go over into another unseen: a sparse graph of joins."""

import numpy as np

JOINS = 8
"""Joins kept of each node."""
_ASKED = 64
"""Nearest nodes looked at for them."""
APART = 8
"""Nodes (0.8 s) by which two joins into one clip differ, and a join from where it leaves."""
FARTHEST = 0.25
"""Metres: mean distance of the points, with velocities, over which nothing joins."""
NO_JOIN = -1
COST_STEP = 1e-3
"""Metres: in which the distances are kept."""
_CHUNK = 512


def find_joins(
    vectors: np.ndarray,
    mirrored: np.ndarray,
    clip: np.ndarray,
    chunk: int = _CHUNK,
    first: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest nodes of every node from ``first`` on, in different places of different clips.

    vectors (M, d) of the nodes and of their mirror images, clip (M,) of each node ->
    nodes (M, 8) int32, those from M on being mirror images, -1 where there are fewer,
    and distances (M, 8) in steps of a millimetre.
    """
    count = len(vectors)
    targets = np.concatenate([vectors, mirrored]).astype(np.float32)
    clips = np.concatenate([clip, clip + clip.max() + 1])
    squares = (targets**2).sum(axis=1)
    found = np.full((count, JOINS), NO_JOIN, np.int32)
    costs = np.zeros((count, JOINS), np.uint8)
    asked = min(_ASKED, len(targets) - 1)
    # A clip's last node has nothing after it: joining there leads nowhere.
    ends = np.append(np.diff(clips) != 0, True)
    for start in range(first, count, chunk):
        rows = np.arange(start, min(start + chunk, count))
        distance = squares - 2 * targets[rows] @ targets.T + squares[rows, None]
        distance[:, ends] = np.inf
        for row, index in enumerate(rows):
            same = np.flatnonzero(clips == clips[index])
            near = same[np.abs(same - index) < APART]
            distance[row, near] = np.inf
        nearest = np.argpartition(distance, asked, axis=1)[:, :asked]
        values = np.take_along_axis(distance, nearest, axis=1)
        order = np.argsort(values, axis=1)
        nearest = np.take_along_axis(nearest, order, axis=1)
        values = np.sqrt(np.maximum(np.take_along_axis(values, order, axis=1), 0))
        for row, index in enumerate(rows):
            chosen: list[int] = []
            for node, value in zip(nearest[row], values[row], strict=True):
                if value > FARTHEST or len(chosen) == JOINS:
                    break
                if any(clips[n] == clips[node] and abs(n - node) < APART for n in chosen):
                    continue
                found[index, len(chosen)] = node
                costs[index, len(chosen)] = min(255, round(float(value) / COST_STEP))
                chosen.append(int(node))
    return found, costs


def extended_joins(
    joins: np.ndarray,
    costs: np.ndarray,
    vectors: np.ndarray,
    mirrored: np.ndarray,
    clip: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Joins (N, 8) and costs of the first N nodes, as found before, and those of all M > N.

    The new nodes are compared with all others; an old one takes the best of the new ones
    in the place of its worst join, if that is dearer.
    """
    old, count = len(joins), len(vectors)
    found, prices = find_joins(vectors, mirrored, clip, first=old)
    found[:old] = np.where(joins >= old, joins + count - old, joins)
    prices[:old] = costs
    new = np.concatenate([np.arange(old, count), np.arange(old, count) + count])
    # As above: a clip's last node leads nowhere.
    ends = np.append(np.diff(clip) != 0, True)
    new = new[~ends[new % count]]
    if not len(new):
        return found, prices
    targets = np.concatenate([vectors, mirrored])[new].astype(np.float32)
    squares = (targets**2).sum(axis=1)
    for start in range(0, old, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, old))
        distance = squares - 2 * vectors[rows].astype(np.float32) @ targets.T
        best = distance.argmin(axis=1)
        square = distance[np.arange(len(rows)), best] + (vectors[rows] ** 2).sum(axis=1)
        value = np.sqrt(np.maximum(square, 0))
        step = np.minimum(np.round(value / COST_STEP), 255).astype(np.uint8)
        last = found[rows, -1]
        takes = (value <= FARTHEST) & ((last == NO_JOIN) | (step < prices[rows, -1]))
        for row, node, price in zip(rows[takes], new[best[takes]], step[takes], strict=True):
            free = np.flatnonzero(found[row] == NO_JOIN)
            place = int(free[0]) if len(free) else found.shape[1] - 1
            found[row, place], prices[row, place] = node, price
    return found, prices
