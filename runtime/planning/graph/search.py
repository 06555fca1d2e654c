"""The best way through the library from one pose to another, or along a path.

Single stretches are all compared; chains are found by a beam search over the graph
of joins (Kovar et al. 2002), half a second at a time, that may end at every step by
playing its clip on to the end. All costs are metres.
"""

from dataclasses import dataclass, field

import numpy as np

from ...library.features import as_vectors
from ...library.joins import NO_JOIN
from ...library.library import NODE_SECONDS, Library
from ...library.tags import bits
from ...motion.ground_frame import planar, wrapped
from .stretches import Run, merged

STEP = 4
"""Nodes (0.4 s) played between two chances to join."""
STARTS = 120
FINISH = 30
"""Nodes (3 s) before the end from which on a walk may be played on to its end."""
NEARLY = 0.06
"""Metres of cost by which a way may be worse and still be taken for variety."""
SLOW = 1.9
"""m/s: on a slower way nobody runs."""


@dataclass(frozen=True)
class SearchCosts:
    """What each fault of a stretch costs, in metres of wrong pose."""

    place: float = 0.5
    """A metre that is made up for by warping."""
    heading: float = 0.4
    """A radian that is made up for by warping."""
    tempo: float = 0.15
    """Doubling or halving the speed."""
    joins: float = 0.8
    """A metre of distance between joined poses."""
    each_join: float = 0.02
    odd: float = 0.12
    """A stretch of a kick, a dance, a thing carried, where none was asked for."""
    style: float = 0.15
    """A second of something else than the style asked for, in chains."""
    end: float = 1.0
    """A metre between the last pose and the one asked for."""


@dataclass(frozen=True)
class Goal:
    """From where, along what and to where a search leads. Frames of the world."""

    start: np.ndarray
    """(2M,) metres: distance of every node to the pose it starts in."""
    end: np.ndarray
    """(2M,) metres: the same of the pose it ends in."""
    places: np.ndarray
    """(K+1, 2) metres: where to be after each tenth of a second."""
    headings: np.ndarray
    """(K+1,) radians: how to face there."""
    style: int = 0
    """Bits of tags, one of which is wanted; 0 for any."""
    costs: SearchCosts = field(default_factory=SearchCosts)
    barred: np.ndarray | None = None
    """(2M,) bool: nodes that no way may pass; None for none."""


@dataclass(frozen=True)
class Found:
    """A way through the library and what it costs."""

    runs: tuple[Run, ...]
    cost: float
    shrinkage: float = 0.0
    """0..1: how much of what is likely is mixed into it, for want of ways that agree."""
    others: tuple["Found", ...] = ()
    """Ways whose mean, with easing, is likely; none where nothing of them is mixed in."""
    paces: tuple[float | None, float | None] = (None, None)
    """m/s over the floor that it begins and ends at; None where that is not known."""


def pose_distances(
    library: Library, points: np.ndarray, velocities: np.ndarray | None = None
) -> np.ndarray:
    """(2M,) metres: of every node to a pose (12, 3), with speeds (12, 3) where they are known."""
    wanted = as_vectors(points[None], None if velocities is None else velocities[None])[0]
    return np.linalg.norm(library.node_vectors[:, : len(wanted)] - wanted, axis=1)


def find_stretches(library: Library, goal: Goal, count: int = 5) -> list[Found]:
    """The best single stretches, each of another clip."""
    costs, wanted = goal.costs, len(goal.places) - 1
    found: list[Found] = []
    strange = _strange(library, goal)
    lengths = np.unique(np.round(wanted * np.array([0.8, 0.87, 0.93, 1, 1.07, 1.15, 1.25])))
    nodes = np.arange(2 * library.node_count)
    for length in lengths.astype(int):
        if length < 2:
            continue
        first = nodes[nodes + length < library.node_stop]
        total = goal.start[first] + costs.end * goal.end[first + length]
        total = total + costs.tempo * abs(np.log2(length / wanted))
        middle = first + length // 2
        total = total + strange[middle]
        if goal.style:
            total = total + costs.style * ((library.node_tags[middle] & goal.style) == 0)
        turn = goal.headings[0] - library.node_heading[first]
        total = total + _miss(library, goal, first, first + length, turn, goal.places[0])
        total = total + _strayed(library, goal, first, int(length), turn, goal.places[0], 0)
        if goal.barred is not None:
            total = np.where(goal.barred[first], np.inf, total)
        for index in np.argsort(total)[: 8 * count]:
            run = Run(int(first[index]), int(first[index] + length))
            found.append(Found((run,), float(total[index])))
    return distinct(library, found, count)


def find_chains(library: Library, goal: Goal, count: int = 3, beam: int = 300) -> list[Found]:
    """The best chains of stretches along the places of the goal."""
    costs, steps = goal.costs, len(goal.places) - 1
    barred = np.zeros(2 * library.node_count, bool) if goal.barred is None else goal.barred
    node = _diverse(library, np.where(barred, np.inf, goal.start), STARTS)
    cost = goal.start[node].astype(np.float64)
    place = np.repeat(goal.places[:1], len(node), axis=0)
    turn = goal.headings[0] - library.node_heading[node]
    strange = _strange(library, goal)
    history = [(np.full(len(node), -1), node, node)]  # parent, entered, left
    finished: list[tuple[float, int, int, int, int]] = []
    for step in range(0, steps, STEP):
        advance = min(STEP, steps - step)
        parent = np.repeat(np.arange(len(node)), 1 + library.joins.shape[1])
        entered = np.concatenate([node[:, None], library.joins[node]], axis=1).ravel()
        extra = np.concatenate(
            [np.zeros((len(node), 1)), costs.joins * library.join_costs[node] + costs.each_join],
            axis=1,
        ).ravel()
        good = (entered != NO_JOIN) & ~barred[entered]
        parent, entered, extra = parent[good], entered[good], extra[good]
        spent = cost[parent] + extra + 0.5 * strange[entered]
        turned = turn[parent] + library.node_heading[node[parent]] - library.node_heading[entered]
        rest = steps - step
        if rest <= FINISH or step == 0:
            for length in {rest, max(2, round(0.9 * rest)), round(1.12 * rest)}:
                can = np.flatnonzero(entered + length < library.node_stop[entered])
                last = entered[can] + length
                total = spent[can] + costs.end * goal.end[last]
                total = total + costs.tempo * abs(np.log2(length / rest))
                total = total + _miss(
                    library, goal, entered[can], last, turned[can], place[parent[can]]
                )
                total = total + _strayed(
                    library, goal, entered[can], length, turned[can], place[parent[can]], step
                )
                for index in np.argsort(total)[:12]:
                    row = can[index]
                    at = (len(history) - 1, int(parent[row]))
                    finished.append((float(total[index]), *at, int(entered[row]), int(last[index])))
        can = entered + advance < library.node_stop[entered]
        parent, entered, spent, turned = parent[can], entered[can], spent[can], turned[can]
        if not len(parent):
            break
        middle, last = entered + advance // 2, entered + advance
        for at, offset in ((middle, advance // 2), (last, advance)):
            there = _carried(library, entered, at, turned, place[parent])
            away = np.linalg.norm(there - goal.places[step + offset], axis=1)
            faced = wrapped(library.node_heading[at] + turned - goal.headings[step + offset])
            spent = spent + 0.5 * (
                costs.place * np.maximum(away - 0.1, 0) * 0.6 + costs.heading * abs(faced) * 0.6
            )
            if goal.style:
                wrong = (library.node_tags[at] & goal.style) == 0
                spent = spent + 0.5 * costs.style * wrong * advance * NODE_SECONDS
        there = _carried(library, entered, last, turned, place[parent])
        chosen = _best(spent, last, beam)
        history.append((parent[chosen], entered[chosen], last[chosen]))
        node, cost, place, turn = last[chosen], spent[chosen], there[chosen], turned[chosen]
    found = []
    for total, depth, row, entered_at, left in sorted(finished)[: 40 * count]:
        runs = [Run(entered_at, left)]
        while depth > 0:
            parents, into, out = history[depth]
            runs.insert(0, Run(int(into[row]), int(out[row])))
            row, depth = int(parents[row]), depth - 1
        found.append(Found(tuple(merged(runs)), total))
    return distinct(library, [entry for entry in found if entry.runs], count)


def distinct(library: Library, found: list[Found], count: int) -> list[Found]:
    """The cheapest, no two of which begin and end in the same clips."""
    result: dict[tuple[int, ...], Found] = {}
    for entry in sorted(found, key=lambda entry: entry.cost):
        key = tuple(int(library.node_clips[run.start]) for run in entry.runs)
        result.setdefault((key[0], key[-1]), entry)
    return list(result.values())[:count]


def one_of(found: list[Found], rng: np.random.Generator | None) -> Found:
    """The first of ways, the best first; with ``rng`` any that costs little more than it, or less."""
    if rng is None:
        return found[0]
    near = [entry for entry in found if entry.cost < found[0].cost * 1.3 + NEARLY]
    return near[int(rng.integers(len(near)))]


def _strange(library: Library, goal: Goal) -> np.ndarray:
    """(2M,) metres: what each node costs for doing what nobody asked for.

    Nobody kicks, runs or crouches on the way unless it is asked for by name, by the speed
    or by the poses at both ends.
    """
    unasked = ["kick", "punch", "dance", "carry", "crawl", "jump", "crouch", "sit", "lie"]
    way = np.linalg.norm(np.diff(goal.places, axis=0), axis=1).sum()
    ends = library.node_tags[[int(goal.start.argmin()), int(goal.end.argmin())]]
    slow = way / (len(goal.places) - 1) / NODE_SECONDS < SLOW
    if slow and not (ends & bits("jump")).any():
        unasked.append("run")
    odd = bits(*unasked) & ~(goal.style | int(np.bitwise_or.reduce(ends)))
    return goal.costs.odd * ((library.node_tags & odd) != 0)


def _carried(
    library: Library, start: np.ndarray, stop: np.ndarray, turn: np.ndarray, place: np.ndarray
) -> np.ndarray:
    """(n, 2) where bodies at ``place`` (n, 2) or (2,) get from node ``start`` to ``stop`` (n,)."""
    way = library.node_place[stop] - library.node_place[start]
    return place + np.einsum("nij,nj->ni", planar(turn), way)


def _miss(
    library: Library,
    goal: Goal,
    start: np.ndarray,
    stop: np.ndarray,
    turn: np.ndarray,
    place: np.ndarray,
) -> np.ndarray:
    """(n,) what it costs to end away from the goal's last place and heading."""
    there = _carried(library, start, stop, turn, place)
    away = np.linalg.norm(there - goal.places[-1], axis=1)
    faced = np.abs(wrapped(library.node_heading[stop] + turn - goal.headings[-1]))
    return goal.costs.place * away + goal.costs.heading * faced


def _strayed(
    library: Library,
    goal: Goal,
    start: np.ndarray,
    length: int,
    turn: np.ndarray,
    place: np.ndarray,
    step: int,
) -> np.ndarray:
    """(n,) what it costs to be off the goal's places on the way through ``length`` nodes."""
    rest = len(goal.places) - 1 - step
    result = np.zeros(len(start))
    marks = np.arange(STEP, rest, STEP) / rest
    for share in marks:
        there = _carried(library, start, start + round(share * length), turn, place)
        away = np.linalg.norm(there - goal.places[step + round(share * rest)], axis=1)
        result += 0.6 * goal.costs.place * np.maximum(away - 0.1, 0)
    return result


def _best(cost: np.ndarray, node: np.ndarray, beam: int) -> np.ndarray:
    """Rows of the cheapest, one for each node."""
    order = np.argsort(cost)[: 8 * beam]
    _, first = np.unique(node[order], return_index=True)
    return order[np.sort(first)][:beam]


def _diverse(library: Library, distance: np.ndarray, count: int) -> np.ndarray:
    """The nearest nodes, of each half second of a clip only the best."""
    order = np.argsort(distance)[: 20 * count]
    order = order[order + 2 < library.node_stop[order]]
    _, first = np.unique(library.node_clips[order] * 100_000 + order // 5, return_index=True)
    return order[np.sort(first)][:count]
