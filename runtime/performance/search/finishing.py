"""What is done at the schedule's end: help is gathered, poses come nearer, feedback is the motion's own."""

import logging
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter1d

from ...body.kinematics import joint_distance
from ..physics.dynamics import Dynamics
from ..physics.trajectory import Trajectory
from .corrections import DAMPING_MOST, Corrections, Report
from .costs import StateCost
from .ilqg import Gains

logger = logging.getLogger(__name__)

NO_WRENCH = (1.2e-3, 7e-4, 4e-4, 2.5e-4, 1.6e-4, 1e-4)
"""Shares of weight whose price is 1 in the last passes."""


@dataclass(frozen=True)
class Gathering:
    """How help that is allowed is gathered in few frames: what is given up for how little of it."""

    passes: int = 14
    by_size: float = 100.0
    """What each share of weight costs: it keeps help from being pressed into few frames in which it is
    large. More of this and the next gives the motion up for less help."""
    by_log: float = 1.0
    """What each e-fold of it costs: it leaves none that is small."""
    least: float = 0.001
    """The share of weight below which it is as dear as it gets."""
    frames: int = 3
    """That are priced by the largest help among them."""
    given_up_m: float = 0.15
    """Mean distance of the joints, in the worst frame, from what help held: a body that is to hang in
    the air is not let fall so that nothing holds it."""

    def prices(self, help_used: np.ndarray) -> np.ndarray:
        """Shares of weight (T,) -> (T,): what their squares cost in the next pass."""
        helped = maximum_filter1d(help_used, self.frames)
        by_size = self.by_size / (helped + self.least)
        return np.asarray(by_size + self.by_log / (helped**2 + self.least**2))


GATHERING = Gathering()


@dataclass(frozen=True)
class KeyPassing:
    """How keys that are missed by more than they may be are made dearer, pass by pass."""

    begins: float = 0.5
    """Of the schedule. Once contacts are hard, hardly a correction holds that moves a key."""
    factor: float = 1.6
    """Times the price of such a key's pose in the pass before: more, and no correction holds."""
    most: float = 10.0
    """Times its price at first."""
    contradicting: float = 2.5
    """Times its tolerance from where on a key is left: those around it, or physics, are against it."""
    around: int = 1
    """Frames on either side that become dearer too: a pose that is met in one frame alone jerks."""


KEY_PASSING = KeyPassing()
STRAYED_M, STEADYING = 0.01, (0.0, 2.0, 16.0, 128.0)
"""Mean distance of the joints, in the worst frame, by which a motion may stray without what is left of
the wrench, and the dampings of the gains that are tried against it."""
NO_HELP = 5e-4
"""Share of weight that counts as none."""
EARNED_LEAST, EARNED_ENOUGH = 0.003, 0.95
"""Share of the most that there is to be earned that makes it worth while to leave what was asked for, and
the share from which nothing more is looked for: a walk that does what it is paid for."""
RESTING = 100.0
"""Times the price of speeds in a kept pose while it is improved on: at their usual one an arm that
is raised farther still creeps where it is to be held, and what was found is of no use."""
NEAR_M = 0.012
"""Mean joint distance from what was asked that is near enough."""


class Finishing(Corrections):
    """Of a motion at the schedule's end."""

    def __init__(
        self,
        dynamics: Dynamics,
        cost: StateCost,
        report: Report | None = None,
        pose_held: bool = False,
    ) -> None:
        super().__init__(dynamics, cost, report, pose_held)
        self._dearer = 1.0
        """Times the price of poses at first, of all frames, ..."""
        self._pressed: dict[int, float] = {}
        """... and of keys that are missed, by frame, beside that."""
        self._missed_at_first: dict[int, float] = {}
        """Of those, times its tolerance by which each was missed when it became dearer, ..."""
        self._given_up: set[int] = set()
        """... and which came no nearer by it."""

    def _wrench(self, trajectory: Trajectory) -> np.ndarray:
        """(T-1,) shares of weight: what holds it in each frame, beside muscles and ground."""
        return np.asarray(np.linalg.norm(trajectory.control[:, self._layout.wrench], axis=1))

    def _held(self, trajectory: Trajectory) -> int:
        """In how many frames anything holds it."""
        return int((self._wrench(trajectory) > NO_HELP).sum())

    def _gathered(
        self, best: Trajectory, gains: Gains, damping: float, position: float
    ) -> tuple[Trajectory, Gains]:
        """The same motion with its help in as few frames as it takes, and none in the others.

        Priced by its square, help is spread thinly over all frames. Here it costs as its size does
        and, less, as the logarithm of that, by a square whose price follows from the help before
        (reweighted least squares; Candes, Wakin and Boyd 2008).
        """
        weights, wrench = self._problem.control_weights, self._layout.wrench
        spread = best
        for number in range(GATHERING.passes):
            before, tried = self._held(best), damping
            weights[:, wrench] = GATHERING.prices(self._wrench(best))[:, None]
            model = self._linearised(best, position, best, fine=True)
            found, damping, size = self._correct(best, model, damping)
            if found is not None and self._apart(found[0], spread) > GATHERING.given_up_m:
                break
            if found is not None:
                best, gains, _ = found
                self.gains = gains
            elif tried >= DAMPING_MOST:
                break
            held = self._held(best)
            logger.debug(
                "help gathered, pass %d: step %.2f, damping %.1f, %d frames held, %d before, at most %.4f",
                number, size, damping, held, before, self._wrench(best).max(),
            )  # fmt: skip
            self._report(position, best)
            if not held:
                break
        return best, gains

    def _tightened(
        self,
        best: Trajectory,
        gains: Gains,
        damping: float,
        factors: tuple[float, ...],
        near_m: float,
        gain: float,
    ) -> tuple[Trajectory, Gains]:
        """As near to the reference as ``near_m``, as far as what is held already allows it and while
        each time a share of ``gain`` comes of it."""
        states = self._problem.states
        for factor in factors:
            away = states.distance(best)
            if away < near_m:
                break
            self._dearer = factor
            states.tighten(factor * self._key_prices())
            tried = damping
            model = self._linearised(best, 1.0, best, fine=True)
            found, damping, size = self._correct(best, model, damping)
            if found is not None:
                best, gains, _ = found
                self.gains = gains
            elif tried >= DAMPING_MOST:
                break
            logger.debug(
                "poses %.0f times as dear: step %.2f, %.2f cm -> %.2f cm",
                factor, size, 100 * away, 100 * states.distance(best),
            )  # fmt: skip
            if found is not None and states.distance(best) > (1 - gain) * away:
                break
        return best, gains

    def _press_keys(self, best: Trajectory) -> bool:
        """Makes keys that are missed by more than their tolerance dearer; whether any became so.

        One that is farther away than when it first did costs as at first for good: physics is against it,
        and each pass that presses on it throws the frames around it farther, and other keys with them.
        """
        settings, before = KEY_PASSING, self._pressed.copy()
        for frame, share in self._problem.states.keys_missed(best).items():
            if share > self._missed_at_first.get(frame, np.inf):
                self._given_up.add(frame)
                self._pressed.pop(frame, None)
            elif 1 < share < settings.contradicting and frame not in self._given_up:
                self._missed_at_first.setdefault(frame, share)
                dearer = settings.factor * self._pressed.get(frame, 1.0)
                self._pressed[frame] = min(dearer, settings.most)
        return self._price_keys(before)

    def _release_keys(self) -> bool:
        """Keys cost as at first; whether any was dearer."""
        before, self._pressed = self._pressed, {}
        self._missed_at_first.clear()
        return self._price_keys(before)

    def _price_keys(self, before: dict[int, float]) -> bool:
        if before == self._pressed:
            return False
        self._problem.states.tighten(self._dearer * self._key_prices())
        return True

    def _key_prices(self) -> np.ndarray:
        """(T,) multiples of what poses cost: of keys that are pressed, and of the frames around them."""
        prices = np.ones(len(self._problem.states.qpos))
        for frame, price in self._pressed.items():
            near = slice(max(frame - KEY_PASSING.around, 0), frame + KEY_PASSING.around + 1)
            prices[near] = np.maximum(prices[near], price)
        return prices

    def _earned(
        self,
        best: Trajectory,
        gains: Gains,
        damping: float,
        prices: tuple[float, ...],
    ) -> tuple[Trajectory, Gains] | None:
        """What earns more than a motion that holds, where a frame's reward has these prices in
        one pass after the other; None where that is hardly more, or it earns enough."""
        earnings = self._problem.states.earnings
        begun = reached = earnings.share(best.qpos, best.qvel)
        if begun > EARNED_ENOUGH:
            return None
        self._problem.states.rest(RESTING)
        for price in prices:
            earnings.price = price
            model = self._linearised(best, 1.0, best, fine=True)
            found, damping, size = self._correct(best, model, damping)
            if found is None:
                if damping >= DAMPING_MOST:
                    break
                continue
            best, gains, _ = found
            self.gains = gains
            before, reached = reached, earnings.share(best.qpos, best.qvel)
            logger.debug(
                "paid %.0f: step %.2f, damping %.1f, earns %.3f of the most, %.3f before, %.1f cm off",
                price, size, damping, reached, before, 100 * self._problem.states.distance(best),
            )  # fmt: skip
            self._report(1.0, best)
            if reached - before < EARNED_LEAST:
                break
        if reached - begun < EARNED_LEAST:
            return None
        return best, self._steadied(best, gains)[0]

    def _steadied(
        self, best: Trajectory, gains: Gains, position: float = 1.0
    ) -> tuple[Gains, float]:
        """Feedback that holds the motion by muscles alone: its gains are those of the motion before
        its last correction, by which a run may stray until it falls. Also how far it then strays.

        ``position`` of the schedule is what is told of the search meanwhile.
        """
        strays = self._strays(best, gains)
        if strays < STRAYED_M:
            return gains, strays
        # Muscles are not to count on a wrench that feeds back.
        self._problem.control_weights[:, self._layout.wrench] = 1 / NO_WRENCH[-1] ** 2
        model = self._linearised(best, position, best, fine=True)
        for damping in STEADYING:
            fresh = model.gains(damping)
            after = self._strays(best, fresh)
            logger.debug("strays by %.3f m, with gains of its own %.3f m", strays, after)
            if after < strays:
                gains, strays = fresh, after
            if strays < STRAYED_M:
                break
        return gains, strays

    def _led_by_help(self, best: Trajectory, position: float) -> tuple[Trajectory, Gains] | None:
        """What was found in softer contacts with help, as feedback leads it in the body's own, where help does
        what more it takes; None where that is another motion. Those contacts are set already.

        Soft contacts bear without being touched: what is kept would else be no motion of this body.
        """
        there, defects = self._gaps(best)
        model = self._linearised(there, position, best, True, defects)
        watch = self._watch(None, best)
        for damping in STEADYING:
            gains = model.gains(damping)
            # Corrected for what those contacts change, or by feedback alone; with no gap either way.
            for step, closed in ((1.0, defects), (0.0, None)):
                (done,) = self._problem.forward(there, gains, np.array([step]), watch, closed)
                if not np.isfinite(done.qpos).all() or not np.isfinite(done.qvel).all():
                    continue
                away = self._apart(done, best)
                logger.debug(
                    "led by help, damping %.0f, step %.0f: %.3f m off", damping, step, away
                )
                if away < GATHERING.given_up_m:
                    return done, gains
        return None

    def _strays(self, best: Trajectory, gains: Gains) -> float:
        """Metres: how far the joints come off, on average in the worst frame, without the wrench."""
        control, feedback = best.control.copy(), gains.feedback.copy()
        control[:, self._layout.wrench] = feedback[:, self._layout.wrench] = 0.0
        alone = replace(gains, feedback=feedback)
        path = replace(best, control=control)
        (done,) = self._problem.forward(path, alone, np.zeros(1), self._watch(None, best))
        if not np.isfinite(done.qpos).all():
            return np.inf
        return self._apart(done, best)

    def _apart(self, one: Trajectory, other: Trajectory) -> float:
        """Metres: mean distance of the joints in the worst frame, of the person it is largest of."""
        worst = []
        for own in np.arange(self._layout.nq).reshape(self._layout.people, -1):
            worst.append(joint_distance(one.qpos[:, own], other.qpos[:, own]).max())
        return float(max(worst))
