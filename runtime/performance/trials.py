"""What a search found, tried in the plain simulation: with feedback, and with no wrench in the model."""

import logging

import numpy as np

from ..body.kinematics import joint_distance
from ..progress import Progress, silent
from ..simulation.stepping import DivergenceError
from .keeping import LOST_M, KeepBest, unmeasured
from .physics.bodies import Body
from .recording import Push, Record, record, record_helped
from .search.earning import Earning, Earnings
from .search.optimiser import Solution
from .windows import Window

logger = logging.getLogger(__name__)
RECOVERED_M = 0.12
"""Mean distance of the joints from the unpushed motion, at the end of a window, below which feedback alone
has taken a push."""
SAMPLE_LENGTH = 20
"""Frames at a window's end that tell whether it has."""


class Trials:
    """Tries what was found for the windows of a motion with one body."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self._loose: np.ndarray | None = None
        """State of what moves freely in the first frame of the window; None where it lies at first."""
        self._found: Solution | None = None
        """What holds the last window without help; None where help did."""
        self._unpaid: tuple[Solution, Record] | None = None
        """The same as it was before its frames were paid, and what it does; None where they are not."""
        self._earnings: tuple[Earning, ...] = ()
        """What the frames of the whole motion are paid for."""
        self._climbed = False
        """Whether any window was kept for what it earns."""

    def _paid_in(self, job: Window) -> list[Earning]:
        """What a window's frames are paid for."""
        own = [one.within(job.first, job.first + job.frames) for one in self._earnings]
        return [one for one in own if one is not None]

    def _alone(
        self,
        job: Window,
        solution: Solution,
        state: tuple[np.ndarray, np.ndarray],
        pushes: dict[int, Push],
        progress: Progress,
    ) -> tuple[Solution, Record] | None:
        """What muscles and ground do by themselves in a window, and what does it: of what was found
        before frames were paid and after it what then earns more. None where neither holds."""
        self._unpaid = None
        done = []
        for one in (solution, solution.unpaid):
            if one is not None:
                begun = state
                if job.starts_freely(pushes):
                    begun = one.trajectory.qpos[0], one.trajectory.qvel[0]
                found = self._recorded(job, one, begun, {}, progress)
                done += [] if found is None else [(one, found)]
        if len(done) < 2:
            return done[0] if done else None
        earnings = Earnings(self._paid_in(job))
        paid, plain = (earnings.share(found.qpos, found.qvel) for _, found in done)
        logger.info("paid for, it earns %.3f of the most, %.3f as it was", paid, plain)
        if paid <= plain:
            return done[1]
        self._unpaid, self._climbed = done[1], True
        return done[0]

    def _kept(
        self,
        job: Window,
        state: tuple[np.ndarray, np.ndarray],
        pushes: dict[int, Push],
        stop: KeepBest,
    ) -> Record | None:
        """The best so far: by muscles alone if they hold it already, else with what is still held."""
        if stop.best is None:
            return None
        if stop.gains is not None:
            solution = Solution(stop.best, stop.gains, 0.0)
            if job.starts_freely(pushes):
                state = stop.best.qpos[0], stop.best.qvel[0]
            found = self._recorded(job, solution, state, pushes, silent)
            if found is not None and job.deviation(found.qpos).max() < LOST_M:
                return found
        if job.deviation(stop.best.qpos).max() > LOST_M:
            return None
        # In contacts softer than the body's own: what those would have to bear says nothing of it.
        return unmeasured(record_helped(self.body, job.targets, stop.best, job.around))

    def _recorded(
        self,
        job: Window,
        solution: Solution,
        state: tuple[np.ndarray, np.ndarray],
        pushes: dict[int, Push],
        progress: Progress,
    ) -> Record | None:
        """The plain simulation; None if it is not the motion that was asked for."""
        try:
            found = record(
                self.body,
                job.targets,
                solution.trajectory,
                solution.gains.feedback,
                state,
                pushes,
                lambda: progress(job.start + job.share, job.text),
                job.around,
                self._loose,
            )
        except DivergenceError as error:
            logger.info("the plain simulation: %s", error)
            return None
        lost = job.deviation(found.qpos).max()
        if lost > LOST_M and not pushes:
            logger.info("the plain simulation is %.2f m off", lost)
            return None
        return found

    def _pushed(
        self,
        job: Window,
        solution: Solution,
        calm: Record,
        pushes: dict[int, Push],
        kept: int,
        progress: Progress,
    ) -> tuple[Record, int]:
        """With feedback alone, if that takes the push; else up to the push, to be solved anew.

        ``calm``: what it does where nobody pushes."""
        state = calm.qpos[0], calm.qvel[0]
        found = self._recorded(job, solution, state, pushes, progress)
        if found is not None:
            away = joint_distance(found.qpos, calm.qpos)
            if away.max() < LOST_M and away[-SAMPLE_LENGTH:].mean() < RECOVERED_M:
                return found, kept
        frame = min(pushes)
        logger.info("feedback does not take the push; solved anew from there")
        if frame == 0:
            # The state has had the push already: it comes from the record that ended here.
            return calm, kept
        one = self._recorded(job, solution, state, {frame: pushes[frame]}, progress)
        if one is None:
            raise DivergenceError("the push tears the simulation apart")
        return one, frame
