"""Follows the schedule with passes of iLQG, as fast as the motion lets it."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..simulation.stepping import DivergenceError
from .bodies import MUSCLES
from .costs import Cost
from .dynamics import FINE_SAMPLES, SAMPLES, Dynamics, Trajectory
from .ilqg import Gains, Problem
from .schedule import stage_at
from .tangent import difference

logger = logging.getLogger(__name__)

STRIDES = (0.12, 0.25)
"""Of the schedule: the first and the longest step from pass to pass."""
SHORTEST_STRIDE = 0.03
FINE_FROM = 0.75
"""Of the schedule, from where derivatives are taken at more physics steps."""
LONGEST_WAIT = 3
"""Passes on one spot while only short corrections hold; the motion is found there, not later."""
GROWTH = 1.8
"""Times the cost may rise by a step along the schedule before it is taken shorter."""
GROWTH_FREE = 20.0
"""Costs below this rise freely: what they are is noise."""
CLOSING_STEPS = np.array([1.0, 0.5, 0.25, 0.1])
"""Shares of the gaps of the start that are closed at once."""
CLOSING_GROWTH, CLOSING_FREE = 4.0, 200.0
"""Times the cost of the shortest of those steps that a longer one may cost, and what any may."""
CLOSING_PASSES = 8
STEPS = (np.array([1.0, 0.5]), np.array([0.25, 0.1]), np.array([0.04, 0.01]))
"""Shares of a correction that are tried, some at once, until one makes things better."""
FINISHING, FINISHING_GROWTH = 8, 15.0
"""Passes that are kept for the schedule's end, and times the cost may rise on the way there."""
NO_WRENCH = (7e-4, 2.5e-4, 1e-4)
"""Shares of weight whose price is 1 in the last passes."""
HOPELESS = 60.0
"""Times the helped motion's cost: what costs more is no longer that motion. Run-ups and jumps
that come out well pass through 15 times."""
PATIENCE = 3
"""Passes without any correction before it is given up."""
DAMPING_FIRST = 0.3
DAMPING_FACTOR = 8.0
DAMPING_MOST = 512.0
"""Two dampings of corrections are tried side by side, the last one and this many times it."""


@dataclass(frozen=True)
class Effort:
    """How long is tried."""

    passes: int = 36
    polish: int = 4
    """Passes at the schedule's end that are made in any case."""
    gain: float = 0.03
    """Share of the cost that a pass has to gain for another to follow."""


@dataclass(frozen=True)
class Solution:
    """What was found: a trajectory in the stage it was found in, and feedback around it."""

    trajectory: Trajectory
    gains: Gains
    position: float
    """Of the schedule; 1 at its end."""


Report = Callable[[float, Trajectory], None]
"""Called often, with the share 0..1 of the schedule and the best so far; may raise ``Cancelled``."""


class Optimiser:
    """One window of a motion."""

    def __init__(
        self,
        dynamics: Dynamics,
        cost: Cost,
        help_allowed: float = 0.0,
        report: Report | None = None,
    ) -> None:
        self._problem = Problem(dynamics, cost)
        self._dynamics, self._help = dynamics, help_allowed
        self._position = 0.0
        self.gains: Gains | None = None
        """Around the best so far, for whoever stops before the end."""
        self._report = report or (lambda share, best: None)

    def solve(
        self,
        start: tuple[np.ndarray, np.ndarray],
        qpos: np.ndarray,
        qvel: np.ndarray,
        wrench: np.ndarray,
        effort: Effort,
    ) -> Solution:
        """From the state ``start``, and a helped performance (T, 76), (T, 75) with its wrench
        (T-1, 6) as shares of weight.

        The performance need not begin in ``start`` nor be one of this body's dynamics.
        """
        problem = self._problem
        position, (stride, longest) = 0.0, STRIDES
        self._enter(position)
        best, gains, cost = self._closed(*self._given(qpos, qvel, wrench), start)
        hopeless = HOPELESS * max(cost, GROWTH_FREE)
        size, waited, damping, polished, stuck = 1.0, 0, 0.0, 0, 0
        for number in range(effort.passes):
            waited = waited + 1 if size <= 0.1 else 0
            if position < 1 and (not waited or waited > LONGEST_WAIT):
                waited = 0
                finish = number >= effort.passes - FINISHING
                best, position, stride = self._advance(best, gains, position, stride, cost, finish)
                cost = problem.cost(best)
            if position >= 1 and not self._help and 1 <= polished <= len(NO_WRENCH):
                # What feedback there is has to do without the wrench, as the plain simulation does.
                problem.control_weights[MUSCLES:] = 1 / NO_WRENCH[polished - 1] ** 2
                cost = problem.cost(best)
            before = cost
            # Where contacts are hard or corrections hardly hold, look more closely.
            fine = position >= FINE_FROM or size < 0.5
            self._dynamics.samples = FINE_SAMPLES if fine else SAMPLES
            slopes = list(self._watched(self._dynamics.linearise(best), position, best))
            found, damping, size = self._correct(best, slopes, start, damping)
            if found is None:
                stuck += 1
                if stuck > (1 if position >= 1 else PATIENCE):
                    break
                stride /= 2
            else:
                best, gains, cost = found
                self.gains = gains
                stride = min(stride * 1.5, longest) if size == 1 else stride
                stuck = 0
                stride = max(stride / 1.5, SHORTEST_STRIDE) if size < 0.5 else stride
            force = np.linalg.norm(best.control[:, MUSCLES : MUSCLES + 3], axis=1)
            logger.debug(
                "pass %d at %.2f: cost %.1f -> %.1f, step %.2f, damping %.1f, wrench %.4f of weight, at most %.3f",
                number, position, before, cost, size, damping, force.mean(), force.max(),
            )  # fmt: skip
            self._report(position, best)
            if cost > hopeless and position < 1:
                raise DivergenceError(f"without more help the motion is lost (cost {cost:.0f})")
            if position >= 1:
                polished += 1
                if polished > effort.polish and before - cost < effort.gain * before:
                    break
        return Solution(best, gains, position)

    def _closed(
        self, best: Trajectory, defects: np.ndarray, start: tuple[np.ndarray, np.ndarray]
    ) -> tuple[Trajectory, Gains, float]:
        """A trajectory of the dynamics near one whose steps end ``defects`` (T-1, 150) away from
        the states that follow, with its gains and cost.

        A body that lies is thrown by a whole step, for its contacts are not where the others'
        are; so gaps are closed as far as the motion stays what it is, and the rest after that.
        """
        problem = self._problem
        for number in range(CLOSING_PASSES):
            slopes = list(self._watched(self._dynamics.linearise(best), 0.0, best))
            gains = problem.backward(best, self._watched(iter(slopes), 0.0, best), 0.0, defects)
            steps = CLOSING_STEPS if number < CLOSING_PASSES - 1 else CLOSING_STEPS[:1]
            rolled = problem.forward(best, gains, steps, start, self._watch(0.0, best), defects)
            costs = [problem.cost(one) for one in rolled]
            held = np.array(costs) < max(CLOSING_GROWTH * costs[-1], CLOSING_FREE)
            chosen = int(np.argmax(held)) if held.any() else len(costs) - 1
            best, defects = rolled[chosen], defects * (1 - steps[chosen])
            logger.debug("gaps closed by %.2f: cost %.1f", steps[chosen], costs[chosen])
            if steps[chosen] == 1:
                if not np.isfinite(costs[chosen]):
                    break
                return best, gains, costs[chosen]
        raise DivergenceError("the start does not hold")

    def _enter(self, position: float) -> None:
        stage, body = stage_at(position, self._help), self._dynamics.body
        body.set_contact(stage.contact)
        self._problem.control_weights[MUSCLES:] = 1 / stage.wrench**2

    def _given(
        self, qpos: np.ndarray, qvel: np.ndarray, wrench: np.ndarray
    ) -> tuple[Trajectory, np.ndarray]:
        """A trajectory as somebody else made it, and what each step's end lacks to the next state."""
        model = self._dynamics.body.model
        control = np.zeros((len(qpos) - 1, MUSCLES + 6))
        control[:, MUSCLES:] = wrench
        substates = np.stack(
            [
                self._dynamics.step(qpos[[frame]], qvel[[frame]], control[[frame]], frame)[0]
                for frame in range(len(control))
            ]
        )
        ends = substates[:, -1]
        defects = difference(model, ends[:, :76], ends[:, 76:], qpos[1:], qvel[1:])
        return Trajectory(qpos, qvel, control, substates), defects

    def _advance(
        self,
        best: Trajectory,
        gains: Gains,
        position: float,
        stride: float,
        cost: float,
        finish: bool,
    ) -> tuple[Trajectory, float, float]:
        """As far along the schedule as feedback alone holds the motion; at once to its end where
        passes run out."""
        growth = FINISHING_GROWTH if finish else GROWTH
        stride = 1.0 if finish else stride
        follow = replace(gains, open=np.zeros_like(gains.open))
        while True:
            new = min(1.0, position + stride)
            self._enter(new)
            held = self._problem.forward(best, follow, np.ones(1), watch=self._watch(new, best))[0]
            rise = self._problem.cost(held)
            if rise < max(growth * cost, cost + GROWTH_FREE):
                return held, new, stride
            if stride <= SHORTEST_STRIDE:
                # Not even a short step holds: stay, and let the next pass make it better.
                self._enter(position)
                return best, position, stride
            stride /= 2

    def _correct(
        self,
        best: Trajectory,
        slopes: list[tuple[np.ndarray, np.ndarray]],
        start: tuple[np.ndarray, np.ndarray],
        damping: float,
    ) -> tuple[tuple[Trajectory, Gains, float] | None, float, float]:
        """The best of some steps along the Newton direction, the next damping, the step's size."""
        problem = self._problem
        limit = problem.cost(best)
        for steps in STEPS:
            found: tuple[float, Trajectory, Gains, float, float] | None = None
            for tried in (damping, max(damping * DAMPING_FACTOR, DAMPING_FIRST)):
                watched = self._watched(iter(slopes), self._position, best)
                gains = problem.backward(best, watched, tried)
                rolled = problem.forward(best, gains, steps, start, self._watch(None, best))
                costs = [problem.cost(one) for one in rolled]
                chosen = int(np.argmin(costs))
                if costs[chosen] < limit and (found is None or costs[chosen] < found[0]):
                    found = costs[chosen], rolled[chosen], gains, tried, float(steps[chosen])
            if found is not None:
                cost, trajectory, gains, used, size = found
                eased = used / DAMPING_FACTOR if used > DAMPING_FIRST else 0.0
                return (trajectory, gains, cost), used if size < 1 else eased, size
            damping = min(max(damping * DAMPING_FACTOR, DAMPING_FIRST), DAMPING_MOST)
        return None, 0.0, 0.0

    def _watch(self, position: float | None, best: Trajectory) -> Callable[[], None]:
        if position is not None:
            self._position = position
        return lambda: self._report(self._position, best)

    def _watched(
        self, slopes: Iterator[tuple[np.ndarray, np.ndarray]], position: float, best: Trajectory
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for one in slopes:
            self._report(position, best)
            yield one
