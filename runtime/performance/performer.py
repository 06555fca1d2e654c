"""The physical performer: a reference and a helped draft of it -> what muscles and ground can do.

Long motions are made in overlapping windows, each from the state where the one before
it was left, so that memory does not grow with the motion.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..body.kinematics import forward_kinematics
from ..progress import Progress, silent
from ..simulation.stepping import DivergenceError
from .bodies import MUSCLES, Body
from .costs import Cost, CostScales
from .dynamics import Dynamics
from .optimiser import Effort, Optimiser, Solution
from .recording import Push, Record, record, record_helped

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PerformerSettings:
    """How a reference is performed; plain data."""

    help_allowed: float = 0.0
    """Share of weight that the wrench may use freely; 0 asks for none at all."""
    window: int = 105
    """Frames solved at once: longer ones look further ahead and take more memory."""
    overlap: int = 24
    """Frames of a window that are thrown away, for nothing follows them."""
    effort: Effort = field(default_factory=Effort)
    scales: CostScales = field(default_factory=CostScales)
    threads: int = 0
    """0 for as many as there are cores."""


ALLOWANCES = (0.1, 1.0)
"""Help that is allowed, one after the other, where a motion is not to be done without."""
HELPED_EFFORT = Effort(passes=12, polish=0)
"""With help a motion is soon found."""
LOST_M = 0.35
"""Mean distance of the joints from the reference beyond which a motion is lost: it fell."""
RECOVERED_M = 0.12
"""The same, at the end of a window, below which feedback alone has taken a push."""
SAMPLE_LENGTH = 20
"""Frames at a window's end that tell whether it has."""


@dataclass(frozen=True)
class Performance:
    """A performed motion, see ``recording.Record`` for the arrays."""

    qpos: np.ndarray
    qvel: np.ndarray
    contacts: np.ndarray
    help: np.ndarray
    """(T-1,) wrench as a share of weight; zeros unless something cannot be done without."""
    unexplained: np.ndarray
    airborne: np.ndarray

    @property
    def assistance(self) -> np.ndarray:
        """As the draft's roll-out calls it."""
        return self.help


class Performer:
    """Performs references with one body."""

    def __init__(self, body: Body, settings: PerformerSettings | None = None) -> None:
        self.body, self.settings = body, settings or PerformerSettings()
        self._threads = self.settings.threads or os.cpu_count() or 1

    def perform(
        self,
        qpos: np.ndarray,
        qvel: np.ndarray,
        draft: tuple[np.ndarray, np.ndarray],
        weights: np.ndarray | None = None,
        pushes: Sequence[Push] = (),
        progress: Progress = silent,
    ) -> Performance:
        """Reference (T, 76), (T, 75) at 30 Hz, and a helped performance of it as (T, 76), (T, 75).

        ``weights`` (T, 150) are multiples of the prices of deviations. Raises
        ``DivergenceError`` where not even a helped motion is found, and ``Cancelled``.
        """
        frames = len(qpos)
        targets, wrench = self.body.feed_forward(qpos, qvel)
        state = draft[0][0], draft[1][0]
        parts: list[Record] = []
        first = 0
        waiting = {push.frame: push for push in pushes}
        while first < frames - 1:
            last = first + self.settings.window
            if last + self.settings.overlap >= frames:
                last = frames
            window = slice(first, last)
            job = _Window(
                qpos[window],
                qvel[window],
                targets[window],
                wrench[window],
                (draft[0][window], draft[1][window]),
                None if weights is None else weights[window],
                first / (frames - 1),
                (last - first) / (frames - 1),
            )
            due = {frame - first: push for frame, push in waiting.items() if first <= frame < last}
            kept = job.frames if last == frames else job.frames - self.settings.overlap
            part, kept = self._window(job, state, due, kept, progress)
            end = kept if last == frames and kept == job.frames else kept + 1
            state = part.qpos[end - 1], part.qvel[end - 1]
            parts.append(_cut(part, end))
            for frame in due:
                if frame <= end - 1:
                    waiting.pop(first + frame)
            first += end - 1
        return _joined(parts)

    def _window(
        self,
        job: "_Window",
        state: tuple[np.ndarray, np.ndarray],
        pushes: dict[int, Push],
        kept: int,
        progress: Progress,
    ) -> tuple[Record, int]:
        """The states of a window, and how many of them are to be kept."""
        for allowed in (self.settings.help_allowed, *ALLOWANCES):
            if allowed < self.settings.help_allowed:
                continue
            try:
                solution = self._solve(job, state, allowed, progress)
            except (DivergenceError, np.linalg.LinAlgError) as error:
                logger.info("with %.2f of weight allowed: %s", allowed, error)
                continue
            if allowed == 0:
                found = self._recorded(job, solution, state, {}, progress)
                if found is None:
                    continue
                if pushes:
                    return self._pushed(job, solution, state, found, pushes, kept, progress)
                return found, kept
            if self._deviation(solution.trajectory.qpos, job).max() < LOST_M:
                return record_helped(self.body, job.targets, solution.trajectory), kept
        raise DivergenceError("no performance was found, not even with help")

    def _solve(
        self,
        job: "_Window",
        state: tuple[np.ndarray, np.ndarray],
        allowed: float,
        progress: Progress,
    ) -> Solution:
        dynamics = Dynamics(self.body, job.targets, self._threads)
        try:
            cost = Cost(self.body.model, job.qpos, job.qvel, job.weights, self.settings.scales)
            effort = HELPED_EFFORT if allowed else self.settings.effort
            given = (state, *job.draft, job.wrench[:-1], effort)
            report = job.report(progress, allowed)
            return Optimiser(dynamics, cost, allowed, report).solve(*given)
        finally:
            dynamics.close()

    def _recorded(
        self,
        job: "_Window",
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
            )
        except DivergenceError as error:
            logger.info("the plain simulation: %s", error)
            return None
        lost = self._deviation(found.qpos, job).max()
        if lost > LOST_M and not pushes:
            logger.info("the plain simulation is %.2f m off", lost)
            return None
        return found

    def _pushed(
        self,
        job: "_Window",
        solution: Solution,
        state: tuple[np.ndarray, np.ndarray],
        calm: Record,
        pushes: dict[int, Push],
        kept: int,
        progress: Progress,
    ) -> tuple[Record, int]:
        """With feedback alone, if that takes the push; else up to the push, to be solved anew."""
        found = self._recorded(job, solution, state, pushes, progress)
        if found is not None:
            away = np.linalg.norm(
                forward_kinematics(found.qpos)[0] - forward_kinematics(calm.qpos)[0], axis=-1
            ).mean(axis=1)
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

    @staticmethod
    def _deviation(qpos: np.ndarray, job: "_Window") -> np.ndarray:
        """(n,) metres: mean distance of the joints from the reference."""
        asked, _ = forward_kinematics(job.qpos)
        done, _ = forward_kinematics(qpos)
        return np.linalg.norm(done - asked, axis=-1).mean(axis=1)


@dataclass(frozen=True)
class _Window:
    """A part of the motion, as arrays of its own length."""

    qpos: np.ndarray
    qvel: np.ndarray
    targets: np.ndarray
    wrench: np.ndarray
    draft: tuple[np.ndarray, np.ndarray]
    weights: np.ndarray | None
    start: float
    share: float

    text = "Performing without help"

    @property
    def frames(self) -> int:
        return len(self.qpos)

    def report(self, progress: Progress, allowed: float):
        """Tells how far the schedule is, and what remains of the wrench."""

        def tell(position: float, best) -> None:
            force = np.linalg.norm(best.control[:, MUSCLES : MUSCLES + 3], axis=1).mean()
            text = self.text if not allowed else "Performing with as little help as it takes"
            progress(
                self.start + self.share * 0.95 * position,
                f"{text}: {100 * force:.1f} % of weight left to take over",
            )

        return tell


def _cut(part: Record, frames: int) -> Record:
    return Record(
        part.qpos[:frames],
        part.qvel[:frames],
        part.contacts[:frames],
        part.help[: frames - 1],
        part.unexplained[: frames - 1],
        part.airborne[: frames - 1],
    )


def _joined(parts: list[Record]) -> Performance:
    """Parts of which each begins in the last state of the one before it."""

    def states(name: str) -> np.ndarray:
        arrays = [getattr(part, name) for part in parts]
        return np.concatenate([arrays[0]] + [array[1:] for array in arrays[1:]])

    def steps(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Performance(
        states("qpos"),
        states("qvel"),
        states("contacts"),
        steps("help"),
        steps("unexplained"),
        steps("airborne"),
    )
