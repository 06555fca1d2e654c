"""Rounds that a walk through the library comes back to: a period of a walk, a step, a turn.

The walk that earns most goes round in the graph of joins after a while. Where it does, every
round is to be the same, wherever on the floor: what performs one then performs them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...body.kinematics import forward_kinematics
from ...library.library import NODE_STEP
from ...motion.ground_frame import heading, moved
from ...motion.joining import JOIN
from ...motion.repeats import Repeat
from ...posing.limits import into_ranges
from ..graph.stretches import Run, eased_onto

CLOSED_M = 0.03
"""Mean distance of the joints between a round's end and the next one's beginning, from which they
are not made the same: mending has done something else in each."""
SHORTEST = 12
"""Frames of a round; shorter ones are done more than once in it."""


@dataclass(frozen=True)
class Loop:
    """From frame ``first`` on a plan does the same every ``period`` frames."""

    first: int
    period: int

    def told(self, first: int, last: int) -> dict[str, Any]:
        """Of a plan whose first frame is ``first`` of the timeline, and which ends in ``last``."""
        return {"repeats": [first + self.first, self.period, last]}


def loop_of(runs: list[Run]) -> Loop | None:
    """Where a walk (at its own pace) begins to go round, and the frames of a round; None if it
    does not within its length."""
    nodes = [node for run in runs for node in range(run.start, run.stop)]
    seen: dict[int, int] = {}
    for place, node in enumerate(nodes):
        if node in seen:
            period = NODE_STEP * (place - seen[node])
            # The first round is led into from something else.
            return Loop(NODE_STEP * seen[node] + JOIN, period * -(-SHORTEST // period))
        seen[node] = place
    return None


def whole_tempo(tempo: float, loop: Loop | None) -> float:
    """The tempo nearest to ``tempo`` in which a round takes a whole number of frames."""
    if loop is None:
        return tempo
    return loop.period / max(1, round(loop.period / tempo))


def at_pace(loop: Loop, tempo: float) -> Loop:
    """The same loop played ``tempo`` times as fast."""
    return Loop(int(np.ceil(loop.first / tempo)), round(loop.period / tempo))


def in_rounds(
    qpos: np.ndarray, asked: Iterable[dict[str, Any]]
) -> tuple[np.ndarray, tuple[Repeat, ...]]:
    """A mended motion (T, 76) whose choices tell of rounds: with rounds that are the same, and which.

    The first round in which mending left what the next begins with is done over and over, what
    it lacks to close spread over it. Where none closes, the motion stays as it is.
    """
    result, repeats = qpos, []
    for choice in asked:
        if "repeats" not in choice:
            continue
        first, period, last = choice["repeats"]
        last = min(last, len(qpos) - 1)
        for begin in (first, first + period):
            if last - begin < 3 * period or begin < JOIN:
                continue
            turn, gap = _gap(result, begin, period)
            if gap < CLOSED_M:
                result = _rounds(result, begin, period, last, turn)
                repeats.append(Repeat(begin, period, last))
                break
    return result, tuple(repeats)


def _gap(qpos: np.ndarray, begin: int, period: int) -> tuple[float, float]:
    """By how much a round turns, radians, and the mean distance of the joints, metres, between its
    end and its beginning put there."""
    ends = qpos[[begin, begin + period]]
    angles = heading(ends)
    turn = float(angles[1] - angles[0])
    there = moved(ends[:1], turn, ends[0, :2], ends[1, :2])
    joints = forward_kinematics(np.concatenate([there, ends[1:]]))[0]
    return turn, float(np.linalg.norm(joints[0] - joints[1], axis=-1).mean())


def _rounds(qpos: np.ndarray, begin: int, period: int, last: int, turn: float) -> np.ndarray:
    result = qpos.copy()
    one = qpos[begin : begin + period + 1]
    # Its end is led onto its own beginning over the half of it that comes last.
    start = moved(one[:1], turn, one[0, :2], one[-1, :2])[0]
    one = eased_onto(one, start, max(period // 2, 1), at_end=True)
    at, angle = one[0, :2].copy(), 0.0
    for frame in range(begin, last + 1, period):
        stop = min(frame + period, last) + 1
        result[frame:stop] = moved(one, angle, one[0, :2], at)[: stop - frame]
        at = result[min(frame + period, last), :2].copy()
        angle += turn
    if last + 1 < len(result):
        lead = min(JOIN, len(result) - last - 1)
        result[last + 1 :] = eased_onto(result[last + 1 :], result[last], lead, at_end=False)
    return into_ranges(result)
