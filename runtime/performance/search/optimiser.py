"""Follows the schedule with passes of iLQG, as fast as the motion lets it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...simulation.stepping import DivergenceError
from ..physics.dynamics import Dynamics
from ..physics.linearisation import COARSE, FINE
from ..physics.tangent import difference
from ..physics.trajectory import Trajectory
from .costs import StateCost
from .ilqg import Gains, Problem
from .linear_model import LinearModel, Slopes
from .schedule import stage_at

logger = logging.getLogger(__name__)

STRIDES = (0.12, 0.25)
"""Of the schedule: the first and the longest step from pass to pass."""
SHORTEST_STRIDE = 0.03
FINE_FROM, FINE_STRIDE = 0.75, 0.05
"""Of the schedule, from where, and strides below which, derivatives are taken at more steps."""
TOES_HELD = ((0.9, 1.0), (0.0, 1.0))
"""Of the schedule, where toes begin to be held, and where they are."""
GROWTH = 1.8
"""Times the cost may rise by a step along the schedule before it is taken shorter."""
GROWTH_FREE = 20.0
"""Costs below this rise freely: what they are is noise."""
GAPS_AT_ONCE = 16
"""Frames that are stepped between two moments at which a person is listened to."""
CLOSING_STEPS = np.array([1.0, 0.5, 0.25, 0.1])
"""Shares of the gaps of the start that are closed at once."""
CLOSING_GROWTH, CLOSING_FREE = 4.0, 200.0
"""Times the cost of the shortest of those steps that a longer one may cost, and what any may."""
CLOSING_PASSES = 8
STEPS = (np.array([1.0]), np.array([0.5]))
"""Shares of a correction that are tried one after the other, for it is the whole that mostly holds."""
SMALL_STEPS = np.array([0.25, 0.1])
"""Tried at once where none of those makes things better."""
GOOD = 0.6
"""Share of the gain that slopes and curvatures promise that is enough, so that nothing else is
tried. Walks reach 0.9 where contacts are soft; where they are hard, half is common."""
FINISHING, FINISHING_GROWTH = 8, 15.0
"""Passes that are kept for the schedule's end, and times the cost may rise on the way there."""
NO_WRENCH = (7e-4, 2.5e-4, 1e-4)
"""Shares of weight whose price is 1 in the last passes."""
PRICED_GROWTH = 1.1
"""Times the cost that a dearer wrench may bring, to be taken at once."""
HOPELESS = 60.0
"""Times the helped motion's cost: what costs more is no longer that motion. Run-ups and jumps
that come out well pass through 15 times."""
NEAR_M = 0.012
"""Mean joint distance from what was asked that is near enough."""
PATIENCE = 3
"""Passes without any correction before it is given up."""
DAMPING_FIRST = 2.0
"""The least that is worth trying: with 0.3 the same comes out as with none."""
DAMPING_FACTOR = 8.0
DAMPING_MOST = 512.0
"""Two dampings of corrections are tried, the last one and this many times it, the second only
where the first does not gain enough."""


@dataclass(frozen=True)
class Effort:
    """How long is tried."""

    passes: int = 36
    polish: int = 2
    """Passes at the schedule's end that are made in any case."""
    gain: float = 0.02
    """Share of the cost that a pass has to gain for another to follow."""
    gain_near: float = 0.2
    """The same, once it is nearer than ``NEAR_M``: a walk's last two passes, a sixth of its
    time, bring it from 1.01 to 1.00 cm."""
    tightened: tuple[float, ...] = (2.0, 2.0, 4.0, 4.0)
    """Times the price of poses, in passes after those, while it is farther away than ``NEAR_M``.
    So dear from the start, nothing holds; here a get-up gains a fifth of its joint error, and
    what bears and slides hardly changes."""


@dataclass(frozen=True)
class Solution:
    """What was found: a trajectory in the stage it was found in, and feedback around it."""

    trajectory: Trajectory
    gains: Gains
    position: float
    """Of the schedule; 1 at its end."""


_Found = tuple[Trajectory, Gains, float]
"""A better motion, feedback around it, and what it costs."""
Report = Callable[[float, Trajectory], None]
"""Called often, with the share 0..1 of the schedule and the best so far; may raise ``Cancelled``."""


class Optimiser:
    """One window of a motion."""

    def __init__(
        self,
        dynamics: Dynamics,
        cost: StateCost,
        help_allowed: float = 0.0,
        report: Report | None = None,
        pose_held: bool = False,
    ) -> None:
        self._problem = Problem(dynamics, cost)
        self._problem.pose_held = pose_held
        self._dynamics, self._help = dynamics, help_allowed
        self._layout = dynamics.body.layout
        self._position = 0.0
        self.gains: Gains | None = None
        """Around the best so far, for whoever stops before the end."""
        self._report = report or (lambda share, best: None)

    def solve(
        self,
        start: tuple[np.ndarray, np.ndarray] | None,
        qpos: np.ndarray,
        qvel: np.ndarray,
        wrench: np.ndarray,
        effort: Effort,
    ) -> Solution:
        """From the state ``start``, or a free one near that of the performance, and a helped
        performance (T, 76), (T, 75) with its wrench (T-1, 6) as shares of weight.

        The performance need not begin in ``start`` nor be one of this body's dynamics.
        """
        problem = self._problem
        problem.start = start
        position, (stride, longest) = 0.0, STRIDES
        self._enter(position)
        control = np.zeros((len(qpos) - 1, self._layout.controls))
        control[:, self._layout.wrench] = wrench
        given = Trajectory(qpos, qvel, control, np.zeros(0))
        best, gains, cost = self._closed(*self._gaps(given))
        hopeless = HOPELESS * max(cost, GROWTH_FREE)
        size, damping, polished, stuck = 1.0, 0.0, 0, 0
        for number in range(effort.passes):
            before = cost
            if position < 1 and not stuck:
                finish = number >= effort.passes - FINISHING
                found, position, stride, damping, size = self._advance(
                    best, cost, position, 1.0 if finish else stride, damping, finish
                )
            else:
                if position >= 1 and polished and not self._help:
                    before = cost = self._priced(best, cost)
                # Where contacts are hard or corrections hardly hold, look more closely.
                fine = position >= FINE_FROM or size < 0.5
                model = self._linearised(best, position, best, fine)
                found, damping, size = self._correct(best, model, damping)
            if found is None:
                stuck += 1
                if stuck > (1 if position >= 1 else PATIENCE):
                    break
            else:
                best, gains, cost = found
                self.gains = gains
                stuck = 0
                if size == 1:
                    stride = min(stride * 1.5, longest)
            force = np.linalg.norm(best.control[:, self._layout.force], axis=1)
            logger.debug(
                "pass %d at %.2f: cost %.1f -> %.1f, step %.2f, damping %.1f, wrench %.4f of weight, at most %.3f",
                number, position, before, cost, size, damping, force.mean(), force.max(),
            )  # fmt: skip
            self._report(position, best)
            if cost > hopeless and position < 1:
                raise DivergenceError(f"without more help the motion is lost (cost {cost:.0f})")
            if position >= 1:
                polished += 1
                priced = self._help or self._wrench_price >= 1 / NO_WRENCH[-1] ** 2
                if polished > effort.polish and priced:
                    near = problem.states.distance(best) < NEAR_M
                    if before - cost < (effort.gain_near if near else effort.gain) * before:
                        break
        if position >= 1:
            best, gains = self._tightened(best, gains, damping, effort)
        return Solution(best, gains, position)

    def _tightened(
        self,
        best: Trajectory,
        gains: Gains,
        damping: float,
        effort: Effort,
    ) -> tuple[Trajectory, Gains]:
        """Nearer to the reference, as far as what is held already allows it."""
        states = self._problem.states
        for factor in effort.tightened:
            away = states.distance(best)
            if away < NEAR_M:
                break
            states.tighten(factor)
            model = self._linearised(best, 1.0, best, fine=True)
            found, damping, size = self._correct(best, model, damping)
            if found is not None:
                best, gains, _ = found
                self.gains = gains
            elif damping >= DAMPING_MOST:
                break
            logger.debug(
                "poses %.0f times as dear: step %.2f, %.2f cm -> %.2f cm",
                factor, size, 100 * away, 100 * states.distance(best),
            )  # fmt: skip
        return best, gains

    def _closed(
        self,
        best: Trajectory,
        defects: np.ndarray,
    ) -> tuple[Trajectory, Gains, float]:
        """A trajectory of the dynamics near one whose steps end ``defects`` (T-1, 150) away from
        the states that follow, with its gains and cost.

        A body that lies is thrown by a whole step, for its contacts are not where the others'
        are; so gaps are closed as far as the motion stays what it is, and the rest after that.
        """
        problem = self._problem
        for number in range(CLOSING_PASSES):
            gains = self._linearised(best, 0.0, best, False, defects).gains(0.0)
            watch = self._watch(0.0, best)
            (whole,) = problem.forward(best, gains, CLOSING_STEPS[:1], watch, defects)
            cost = problem.cost(whole)
            if cost < CLOSING_FREE or number == CLOSING_PASSES - 1:
                logger.debug("gaps closed: cost %.1f", cost)
                if np.isfinite(cost):
                    return whole, gains, cost
                break
            parts = problem.forward(best, gains, CLOSING_STEPS[1:], watch, defects)
            rolled, costs = [whole, *parts], [cost, *map(problem.cost, parts)]
            held = np.array(costs) < max(CLOSING_GROWTH * costs[-1], CLOSING_FREE)
            chosen = int(np.argmax(held)) if held.any() else len(costs) - 1
            step = CLOSING_STEPS[chosen]
            logger.debug("gaps closed by %.2f: cost %.1f", step, costs[chosen])
            if step == 1:
                return whole, gains, cost
            best, defects = rolled[chosen], defects * (1 - step)
        raise DivergenceError("the start does not hold")

    def _priced(self, best: Trajectory, cost: float) -> float:
        """The cost with as dear a wrench as hardly changes it, or with the next price of
        ``NO_WRENCH``: what feedback there is has to do without it, as the plain simulation does."""
        weights, before = self._problem.control_weights, self._wrench_price
        for share in reversed([one for one in NO_WRENCH if 1 / one**2 > before]):
            weights[self._layout.wrench] = 1 / share**2
            dearer = self._problem.cost(best)
            if dearer < PRICED_GROWTH * cost:
                break
        return self._problem.cost(best)

    @property
    def _wrench_price(self) -> float:
        return float(self._problem.control_weights[self._layout.wrench[0]])

    def _enter(self, position: float) -> None:
        stage, body = stage_at(position, self._help), self._dynamics.body
        body.set_contact(stage.contact)
        self._problem.control_weights[self._layout.wrench] = 1 / stage.wrench**2
        self._problem.states.hold_toes(float(np.interp(position, *TOES_HELD)))

    def _gaps(self, best: Trajectory) -> tuple[Trajectory, np.ndarray]:
        """The same states and controls with the physics steps that they really lead to, and by
        how much each control step's end misses the next state (T-1, 150)."""
        model = self._dynamics.body.model
        parts, watch = [], self._watch(None, best)
        for first in range(0, len(best.control), GAPS_AT_ONCE):
            watch()
            part = slice(first, min(first + GAPS_AT_ONCE, len(best.control)))
            parts.append(
                self._dynamics.steps(best.qpos[part], best.qvel[part], best.control[part], first)
            )
        substates = np.concatenate(parts)
        ends = substates[:, -1]
        states = ends[:, : self._layout.nq], ends[:, self._layout.nq :]
        defects = difference(model, *states, best.qpos[1:], best.qvel[1:])
        return replace(best, substates=substates), defects

    def _advance(
        self,
        best: Trajectory,
        cost: float,
        position: float,
        stride: float,
        damping: float,
        finish: bool,
    ) -> tuple[_Found | None, float, float, float, float]:
        """As far along the schedule as one correction holds the motion; nothing found where not
        even a short step does.

        The correction is found around the old states in the new contacts, whatever gaps those
        open: rolled out by old feedback, a run would be far from itself after a few steps.
        Returns what was found, the position, the stride, the damping, the step's size.
        """
        growth = FINISHING_GROWTH if finish else GROWTH
        limit = max(growth * cost, cost + GROWTH_FREE)
        while True:
            new = min(1.0, position + stride)
            self._enter(new)
            there, defects = self._gaps(best)
            fine = new >= FINE_FROM or stride < FINE_STRIDE
            model = self._linearised(there, new, best, fine, defects)
            found, damping_then, size = self._best(model, damping, STEPS, limit, best)
            if found is not None:
                return found, new, stride, damping_then, size
            if stride <= SHORTEST_STRIDE:
                self._enter(position)
                return None, position, stride, damping, 0.0
            stride /= 2

    def _linearised(
        self,
        trajectory: Trajectory,
        position: float,
        best: Trajectory,
        fine: bool,
        defects: np.ndarray | None = None,
    ) -> LinearModel:
        self._dynamics.sampling = FINE if fine else COARSE
        slopes = self._watched(self._dynamics.linearise(trajectory), position, best)
        return LinearModel(self._problem, trajectory, slopes, defects, self._watch(None, best))

    def _correct(
        self, best: Trajectory, model: LinearModel, damping: float
    ) -> tuple[_Found | None, float, float]:
        """The best of some steps along the Newton direction, the next damping, the step's size."""
        limit = model.gains(damping).before
        result = self._best(model, damping, STEPS, limit, best)
        if result[0] is None:
            result = self._best(model, damping, (SMALL_STEPS,), limit, best)
        return result

    def _best(
        self,
        model: LinearModel,
        damping: float,
        steps: Sequence[np.ndarray],
        limit: float,
        best: Trajectory,
    ) -> tuple[_Found | None, float, float]:
        """The best below ``limit`` of corrections of two dampings by ``steps``, the next damping,
        and the step's size; the first that gains what is ``GOOD``, where there is one."""
        found: _Found | None = None
        used = size = 0.0
        larger = min(max(damping * DAMPING_FACTOR, DAMPING_FIRST), DAMPING_MOST)
        for tried in (damping, larger):
            gains = model.gains(tried)
            for some in steps:
                watch = self._watch(None, best)
                for step, one in zip(
                    some,
                    self._problem.forward(model.trajectory, gains, some, watch),
                    strict=True,
                ):
                    self._report(self._position, best)
                    cost = self._problem.cost(one)
                    if cost < min(limit, found[2] if found else np.inf):
                        found, used, size = (one, gains, cost), tried, float(step)
                if found is not None and gains.kept(found[2]) > GOOD:
                    break
            else:
                continue
            break
        if found is None:
            return None, min(larger * DAMPING_FACTOR, DAMPING_MOST), 0.0
        eased = used / DAMPING_FACTOR if used > DAMPING_FIRST else 0.0
        return found, used if size < 1 else eased, size

    def _watch(self, position: float | None, best: Trajectory) -> Callable[[], None]:
        if position is not None:
            self._position = position
        return lambda: self._report(self._position, best)

    def _watched(
        self, slopes: Iterator[Slopes], position: float, best: Trajectory
    ) -> Iterator[Slopes]:
        # Also before the first, which takes as long as some of them.
        self._report(position, best)
        for one in slopes:
            self._report(position, best)
            yield one
