"""Follows the schedule with passes of iLQG, as fast as the motion lets it."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from ...simulation.stepping import DivergenceError
from ..physics.dynamics import Dynamics
from ..physics.trajectory import Trajectory
from .corrections import STEPS, Found, Report
from .costs import StateCost
from .finishing import KEY_PASSING, NEAR_M, NO_WRENCH, Finishing
from .ilqg import Gains
from .schedule import stage_at

logger = logging.getLogger(__name__)

STRIDES = (0.12, 0.25)
"""Of the schedule: the first and the longest step from pass to pass."""
HARD_STRIDE = 0.05
"""The longest step of the schedule of a motion that counts as hard, where whole corrections do not hold: what is lost early on the way is not found again at its end. The
roundhouse `ma_G9` of `make perform-sweep` comes from 2.3 to 2.0 cm; walks, which cost 1.5 times their
start, take longer steps."""
FINE_FROM, FINE_STRIDE = 0.75, 0.05
"""Of the schedule, from where, and strides below which, derivatives are taken at more steps."""
TOES_HELD = ((0.9, 1.0), (0.0, 1.0))
"""Of the schedule, where toes begin to be held, and where they are."""
GROWTH = 1.8
"""Times the cost may rise by a step along the schedule before it is taken shorter."""
GROWTH_FREE = 20.0
"""Costs below this rise freely: what they are is noise."""
CLOSING_STEPS = np.array([1.0, 0.5, 0.25, 0.1])
"""Shares of the gaps of the start that are closed at once."""
CLOSING_GROWTH, CLOSING_FREE = 4.0, 200.0
"""Times the cost of the cheapest of those steps that a longer one may cost, and what any may. The
shortest need not be the cheapest: of somebody who lies down it may break as others do, and against what
that costs every step would pass."""
CLOSING_PASSES = 8
FINISHING, FINISHING_GROWTH = 8, 15.0
"""Passes that are kept for the schedule's end, and times the cost may rise on the way there."""
RESCUED_FROM = 0.6
"""Of the schedule, from where what is stuck is led on with some help, not begun anew with more."""
ALONE_M = 0.06
"""Mean distance of the joints, in the worst frame, by which what is stuck may stray in the body's own
contacts and still be as good as what help would lead to."""
HOPELESS = 60.0
"""Times the helped motion's cost: what costs more is no longer that motion. Run-ups and jumps
that come out well pass through 15 times."""
PATIENCE = 3
"""Passes without any correction before it is given up."""


@dataclass(frozen=True)
class Effort:
    """How long is tried."""

    passes: int = 36
    polish: int = 2
    """Passes at the schedule's end that are made in any case."""
    gain: float = 0.02
    """Share of the cost that a pass has to gain for another to follow."""
    gain_near: float = 0.2
    """The same, once it is nearer than ``near_m``: a walk's last two passes, a sixth of its
    time, bring it from 1.01 to 1.00 cm."""
    tightened: tuple[float, ...] = (2.0, 2.0, 4.0, 4.0)
    """Times the price of poses, in passes after those, while it is farther away than ``near_m``.
    So dear from the start, nothing holds; here a get-up gains a fifth of its joint error, and
    what bears and slides hardly changes."""
    gain_tightened: float = 0.01
    """Share of the distance by which each of those has to come nearer for another to follow."""
    near_m: float = NEAR_M
    """What counts as near."""
    earned: tuple[float, ...] = (40.0, 80.0, 160.0, 160.0, 160.0, 160.0)
    """What all that a frame can earn is worth, in passes at the end of a motion that holds, where
    frames are paid: in the units in which one standard deviation of a joint costs a half."""
    hard: float = 2.0
    """Times the cost at the start from where on a motion counts as hard."""
    priced_growth: float = 1.1
    """Times the cost that a dearer wrench may bring, to be taken at once."""
    shortest: float = 0.03
    """The shortest step of the schedule that is tried."""
    stalled: float = 0.01
    """Share of the cost that a pass has to gain where the one before led no farther along the schedule;
    if it gains less, all that is left of that is tried at once, and nothing more where that does not hold."""
    stalled_from: float = RESCUED_FROM
    """Of the schedule, from where on: a get-up (`Male1_C27`) stalls at 0.06; the rest at once costs eight times."""
    rescue: float = 0.03
    """Share of weight that may freely hold what is stuck late in the schedule, until help is gathered;
    0 gives it up."""


def over_objects(effort: Effort) -> Effort:
    """The same where objects are near, or a floor is tilted: there last passes, a third of the time that
    stairs take, bring a walk from 1.4 to 1.2 cm, and have to gain more. A jump off a box that is led on by
    0.03 of the schedule at least comes to 0.97 of it and no farther."""
    return replace(
        effort,
        gain=0.1,
        gain_tightened=0.1,
        near_m=0.015,
        hard=4.0,
        priced_growth=1.5,
        shortest=0.008,
        stalled=0.03,
        stalled_from=0.0,
    )


RESCUE_EFFORT = Effort(passes=14, polish=0, tightened=(), rescue=0.0)
"""With some help the rest of the schedule is soon found."""


def longest_that_holds(costs: np.ndarray) -> int:
    """Of steps of ``CLOSING_STEPS``, what they cost (S,), infinite where they broke -> the number of
    the one to take; the shortest if none holds."""
    held = costs < max(CLOSING_GROWTH * costs.min(), CLOSING_FREE)
    return int(np.argmax(held)) if held.any() else len(costs) - 1


@dataclass(frozen=True)
class Solution:
    """What was found: a trajectory in the stage it was found in, and feedback around it."""

    trajectory: Trajectory
    gains: Gains
    position: float
    """Of the schedule; 1 at its end."""
    help_allowed: float = 0.0
    """Share of weight that the wrench might use freely in the end."""
    held: bool = False
    """Whether it holds the body in any frame."""
    stuck: "Solution | None" = None
    """What there was before help was let in again: muscles and ground may do well enough with that."""
    unpaid: "Solution | None" = None
    """What there was before its frames were paid, which follows what was asked for and earns less."""

    def unhelped(self) -> "Solution | None":
        """What to try by muscles and ground alone."""
        if self.help_allowed and self.held:
            return self.stuck
        return self


@dataclass(frozen=True)
class _State:
    """Where the search is."""

    best: Trajectory
    gains: Gains
    cost: float
    position: float
    """Of the schedule."""
    damping: float = 0.0
    lost: bool = False
    """Whether what would follow is no longer that motion."""


class Optimiser(Finishing):
    """One window of a motion."""

    def __init__(
        self,
        dynamics: Dynamics,
        cost: StateCost,
        help_allowed: float = 0.0,
        report: Report | None = None,
        pose_held: bool = False,
    ) -> None:
        super().__init__(dynamics, cost, report, pose_held)
        self._help = help_allowed

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
        self._enter(0.0)
        control = np.zeros((len(qpos) - 1, self._layout.controls))
        control[:, self._layout.wrench] = wrench
        given = Trajectory(qpos, qvel, control, np.zeros(0))
        best, gains, cost = self._closed(*self._gaps(given))
        hopeless = HOPELESS * max(cost, GROWTH_FREE)
        reached = self._followed(_State(best, gains, cost, 0.0), effort, hopeless)
        stuck = None
        if RESCUED_FROM <= reached.position < 1 and not self._help:
            # Muscles and ground do nearly all of it. Where they do not do it alone, a little help
            # leads through the contacts that are hard to it, and is taken away again.
            if not reached.lost:
                stuck, strays = self._as_it_is(reached)
                if strays < ALONE_M:
                    return stuck
            if not effort.rescue:
                raise DivergenceError(f"nothing leads on ({reached.position:.2f})")
            logger.debug("rescued from %.2f on", reached.position)
            self._help = effort.rescue
            self._enter(reached.position)
            rescued = replace(reached, cost=self._problem.cost(reached.best))
            reached = self._followed(rescued, RESCUE_EFFORT, np.inf)
        elif reached.lost:
            raise DivergenceError(f"without more help the motion is lost ({reached.position:.2f})")
        best, gains, damping = reached.best, reached.gains, reached.damping
        position = reached.position
        if self._help:
            best, gains = self._gathered(best, gains, damping, position)
            if position < 1:
                prices = problem.control_weights.copy()
                self._enter(1.0)
                problem.control_weights[:] = prices
                hard = self._led_by_help(best, position)
                if hard is not None:
                    (best, gains), position = hard, 1.0
        elif position >= 1:
            wanted = effort.tightened, effort.near_m, effort.gain_tightened
            best, gains = self._tightened(best, gains, damping, *wanted)
        held = bool(self._held(best))
        if position >= 1 and not (self._help and held):
            gains, _ = self._steadied(best, gains)
        found = Solution(best, gains, position, self._help, held, stuck)
        if position < 1 or held or not problem.states.earnings:
            return found
        paid = self._earned(best, gains, damping, effort.earned)
        return (
            found
            if paid is None
            else replace(found, trajectory=paid[0], gains=paid[1], unpaid=found)
        )

    def _as_it_is(self, state: "_State") -> tuple[Solution, float]:
        """What is stuck on the way, with feedback for the body's own contacts; how far it then strays."""
        self._enter(1.0)
        gains, strays = self._steadied(state.best, state.gains, state.position)
        logger.debug("stuck at %.2f: alone it strays by %.3f m", state.position, strays)
        return Solution(state.best, gains, state.position), strays

    def _followed(self, state: "_State", effort: Effort, hopeless: float) -> "_State":
        """As far along the schedule as the passes of an ``effort`` lead: to its end, to where no
        correction holds any more, or to the last state before one that costs more than ``hopeless``."""
        problem = self._problem
        best, gains, cost, position = state.best, state.gains, state.cost, state.position
        stride, longest = STRIDES
        size, damping, polished, stuck = 1.0, state.damping, 0, 0
        stopped_at = np.inf
        """What the motion cost when nothing led on from there."""
        let_go = -1.0
        """Of the schedule, where keys were let go because nothing led on."""
        for number in range(effort.passes):
            # What was let go waits until the search has come farther.
            if position >= KEY_PASSING.begins and position > let_go and self._press_keys(best):
                cost, less = problem.cost(best), cost
                stopped_at *= cost / max(less, 1e-9)
            before, held = cost, _State(best, gains, cost, position, damping)
            if position < 1 and not stuck:
                late = position >= effort.stalled_from
                stalled = late and cost > (1 - effort.stalled) * stopped_at
                finish = stalled or number >= effort.passes - FINISHING
                found, position, stride, damping, size = self._advance(
                    best,
                    cost,
                    position,
                    1.0 if finish else stride,
                    damping,
                    finish,
                    effort.shortest,
                )
                if found is None and stalled:
                    break
                stopped_at = cost if found is None else np.inf
            else:
                if position >= 1 and polished and not self._help:
                    before = cost = self._priced(best, cost, effort.priced_growth)
                # Where contacts are hard or corrections hardly hold, look more closely.
                fine = position >= FINE_FROM or size < 0.5
                model = self._linearised(best, position, best, fine)
                found, damping, size = self._correct(best, model, damping)
            if found is None:
                stuck += 1
                if position < 1 and self._release_keys():
                    let_go = position
                    stopped_at = cost = problem.cost(best)
                if stuck > (1 if position >= 1 else PATIENCE):
                    break
            else:
                best, gains, cost = found
                self.gains = gains
                stuck = 0
                if size == 1:
                    stride = min(stride * 1.5, longest)
                elif cost > effort.hard * max(state.cost, GROWTH_FREE):
                    stride = min(stride, HARD_STRIDE)
            force = np.linalg.norm(best.control[:, self._layout.force], axis=1)
            logger.debug(
                "pass %d at %.2f: cost %.1f -> %.1f, step %.2f, damping %.1f, wrench %.4f of weight, at most %.3f",
                number, position, before, cost, size, damping, force.mean(), force.max(),
            )  # fmt: skip
            self._report(position, best)
            if cost > hopeless and position < 1:
                return replace(held, lost=True)
            if position >= 1:
                polished += 1
                priced = self._help or self._wrench_price >= 1 / NO_WRENCH[-1] ** 2
                if polished > effort.polish and priced:
                    near = problem.states.distance(best) < effort.near_m
                    if before - cost < (effort.gain_near if near else effort.gain) * before:
                        break
        return _State(best, gains, cost, position, damping)

    def _closed(self, best: Trajectory, defects: np.ndarray) -> tuple[Trajectory, Gains, float]:
        """A trajectory of the dynamics near one whose steps end ``defects`` (T-1, 150) away from
        the states that follow, with its gains and cost.

        A body that lies is thrown by a whole step, for its contacts are not where the others' are; so gaps are closed as far as the motion stays what it is, and the rest after that.
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
            chosen = longest_that_holds(np.array(costs))
            step = CLOSING_STEPS[chosen]
            logger.debug("gaps closed by %.2f: cost %.1f", step, costs[chosen])
            if step == 1:
                return whole, gains, cost
            best, defects = rolled[chosen], defects * (1 - step)
        raise DivergenceError("the start does not hold")

    def _priced(self, best: Trajectory, cost: float, growth: float) -> float:
        """The cost with as dear a wrench as hardly changes it, or with the next price of
        ``NO_WRENCH``: what feedback there is has to do without it, as the plain simulation does."""
        weights, before = self._problem.control_weights, self._wrench_price
        for share in reversed([one for one in NO_WRENCH if 1 / one**2 > before]):
            weights[:, self._layout.wrench] = 1 / share**2
            dearer = self._problem.cost(best)
            if dearer < growth * cost:
                break
        return self._problem.cost(best)

    @property
    def _wrench_price(self) -> float:
        return float(self._problem.control_weights[0, self._layout.wrench[0]])

    def _enter(self, position: float) -> None:
        stage, body = stage_at(position, self._help), self._dynamics.body
        body.set_contact(stage.contact)
        self._problem.control_weights[:, self._layout.wrench] = 1 / stage.wrench**2
        self._problem.states.hold_toes(float(np.interp(position, *TOES_HELD)))

    def _advance(
        self,
        best: Trajectory,
        cost: float,
        position: float,
        stride: float,
        damping: float,
        finish: bool,
        shortest: float,
    ) -> tuple[Found | None, float, float, float, float]:
        """As far along the schedule as one correction holds the motion; nothing found where not
        even a short step does.

        The correction is found around the old states in the new contacts, whatever gaps those
        open: rolled out by old feedback, a run would be far from itself after a few steps.
        Returns what was found, the position, the stride, the damping, the step's size.
        """
        growth = FINISHING_GROWTH if finish else GROWTH
        limit = max(growth * cost, cost + GROWTH_FREE)
        stride = min(stride, 1 - position)
        while True:
            new = min(1.0, position + stride)
            self._enter(new)
            there, defects = self._gaps(best)
            fine = new >= FINE_FROM or stride < FINE_STRIDE
            model = self._linearised(there, new, best, fine, defects)
            found, damping_then, size = self._best(model, damping, STEPS, limit, best)
            if found is not None:
                return found, new, stride, damping_then, size
            if stride <= shortest:
                self._enter(position)
                return None, position, stride, damping, 0.0
            stride /= 2
