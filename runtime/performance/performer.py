"""The physical performer: a reference and a helped draft of it -> what muscles and ground can do.

Long motions are made in overlapping windows, each from the state where the one before
it was left, so that memory does not grow with the motion.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..cores import available_cores
from ..memory import release_freed_memory
from ..motion.repeats import Repeat
from ..progress import Progress, silent
from ..simulation.stepping import DivergenceError
from .keeping import LOST_M, KeepBest, cut, eased_onto, unmeasured
from .physics.bodies import HARD_CONTACT, PASSING_M, Body
from .physics.dynamics import Dynamics
from .physics.processes import LinearisingProcesses, linearising_processes
from .recording import Push, Record, record_helped
from .repeating import end_to_repeat, repeat_at, repeated, undisturbed
from .search.costs import Cost
from .search.earning import Earning
from .search.optimiser import Effort, Optimiser, Solution, over_objects
from .settings import PerformerSettings
from .tightness import KeyHeld, keys_within
from .trials import Trials
from .windows import Performance, Window, held_frames, joined, with_loose

logger = logging.getLogger(__name__)

ALLOWANCES = (0.1, 1.0)
"""Help that is allowed, one after the other, where a motion is not to be done without."""
HELPED_EFFORT = Effort(passes=12, polish=0, tightened=())
"""With help a motion is soon found."""


class Performer(Trials):
    """Performs references with one body."""

    dynamics: type[Dynamics] = Dynamics
    """What steps and differentiates the body; the benchmark has one that counts."""

    def __init__(self, body: Body, settings: PerformerSettings | None = None) -> None:
        super().__init__(body)
        self.settings = settings or PerformerSettings()
        self._threads = self.settings.threads or available_cores()
        self._processes: LinearisingProcesses | None = None

    def perform(
        self,
        qpos: np.ndarray,
        qvel: np.ndarray,
        draft: tuple[np.ndarray, np.ndarray],
        weights: np.ndarray | None = None,
        pushes: Sequence[Push] = (),
        progress: Progress = silent,
        fallback: Record | None = None,
        anchored: bool = False,
        yielding: Sequence[tuple[int, np.ndarray, np.ndarray]] = (),
        at: int = 0,
        repeats: Sequence[Repeat] = (),
        keys: Sequence[KeyHeld] = (),
        earnings: Sequence[Earning] = (),
    ) -> Performance:
        """Reference (T, 76), (T, 75) at 30 Hz, and a helped performance of it as (T, 76), (T, 75).

        ``yielding``: (frame, qpos, qvel) of what is followed from such a frame on, where the scene
        pushes; until then nobody knows of it, so that it has to be the same up to there. ``at``: the
        frame of the scene in which it begins; where that is not the first, the body comes moving as
        the draft does. ``repeats``: rounds of it that are the same, beside poses that it keeps;
        ``earnings``: what its frames are paid for, which is climbed where it holds without help.
        ``weights`` (T, 150) are multiples of the prices of deviations, ``keys`` what is to be met.
        ``fallback`` is the helped performance with its help: it stays where nothing better is found, and
        behind what was found when ``progress`` says to keep that; without it raises ``DivergenceError`` where not even a
        helped motion is found. ``anchored``: the body stands in the draft's first pose already; else
        a better one near it is taken. Raises ``Cancelled``.
        """
        asked = (
            qpos,
            qvel,
            draft,
            weights,
            pushes,
            progress,
            fallback,
            anchored,
            yielding,
            at,
            repeats,
            keys,
        )
        self._earnings, self._climbed = tuple(earnings), False
        with linearising_processes(self._threads) as self._processes:
            found = self._in_windows(*asked)
            if self._climbed and held_frames(found) and not found.stopped:
                # What earns more may end where nothing leads on from.
                self._earnings = ()
                plain = self._in_windows(*asked)
                if not plain.stopped and held_frames(plain) < held_frames(found):
                    return plain
            return found

    def _in_windows(
        self,
        qpos: np.ndarray,
        qvel: np.ndarray,
        draft: tuple[np.ndarray, np.ndarray],
        weights: np.ndarray | None,
        pushes: Sequence[Push],
        progress: Progress,
        fallback: Record | None,
        anchored: bool,
        yielding: Sequence[tuple[int, np.ndarray, np.ndarray]],
        at: int,
        told: Sequence[Repeat],
        keys: Sequence[KeyHeld],
    ) -> Performance:
        frames = len(qpos)
        following = sorted(yielding, key=lambda entry: entry[0])
        targets, wrench = self.body.feed_forward(qpos, qvel)
        state = draft[0][0], draft[1][0]
        parts: list[Record] = []
        drafted: list[tuple[int, int]] = []
        unpushed: list[int] = []
        stopped, first = False, 0
        waiting = {push.frame: push for push in pushes}
        self._loose = None
        disturbed = self.body.surroundings is not None or self.settings.help_allowed
        struck = [push.frame for push in pushes]
        repeats = untried = [] if disturbed else undisturbed(qpos, told, struck)
        while first < frames - 1:
            while following and following[0][0] <= at + first:
                _, qpos, qvel = following.pop(0)
                targets, wrench = self.body.feed_forward(qpos, qvel)
            last = first + self.settings.window
            # A window that is a little longer costs less than one more.
            left = end_to_repeat(first, last - first + self.settings.overlap // 2, untried)
            if left is not None:
                last = left + self.settings.overlap
            if last + self.settings.overlap >= frames:
                last = frames
            window = slice(first, last)
            job = Window(
                qpos[window],
                qvel[window],
                targets[window],
                wrench[window],
                (draft[0][window], draft[1][window]),
                None if weights is None else weights[window],
                first / (frames - 1),
                (last - first) / (frames - 1),
                at + first,
                fallback is not None,
                anchored,
                self.body.surroundings.view(at + first) if self.body.surroundings else None,
                keys_within(keys, first, last),
            )
            due = {frame - first: push for frame, push in waiting.items() if first <= frame < last}
            kept = job.frames if last == frames else job.frames - self.settings.overlap
            if self.body.surroundings:
                # What pushes is not known before: the window ends there, to be solved anew.
                coming = [
                    f - at - first for f in self.body.surroundings.push_frames if f > at + first
                ]
                kept = min([kept, *coming])
            release_freed_memory()
            try:
                part, kept = self._window(job, state, due, kept, progress)
            except (KeepBest, DivergenceError) as error:
                if fallback is None:
                    raise
                stopped = isinstance(error, KeepBest)
                found = self._kept(job, state, due, error) if isinstance(error, KeepBest) else None
                if found is not None:
                    # What the scene does behind that it does not know of.
                    parts.append(cut(with_loose(found, fallback, first), 0, kept + 1))
                    first += len(parts[-1].qpos) - 1
                if not stopped:
                    logger.warning("the draft stays from frame %d on: %s", first, error)
                # A state of the draft to go on from, as nothing leads there from elsewhere.
                end = frames if stopped or last == frames else first + kept + 1
                if end - first > 1:
                    before = parts[-1].qpos if parts else draft[0][:1]
                    part = eased_onto(cut(fallback, first, end), before)
                    parts.append(part)
                    self._loose = None if part.loose is None else part.loose[-1]
                    drafted.append((at + first, at + end - 1))
                    state = draft[0][end - 1], draft[1][end - 1]
                for frame in [frame for frame in waiting if frame < end]:
                    waiting.pop(frame)
                    unpushed.append(at + frame)
                if stopped:
                    break
                first = end - 1
                continue
            end = kept if last == frames and kept == job.frames else kept + 1
            state = part.qpos[end - 1], part.qvel[end - 1]
            part = with_loose(part, fallback, first)
            parts.append(cut(part, 0, end))
            self._loose = None if part.loose is None else part.loose[end - 1]
            for frame in due:
                if frame <= end - 1:
                    waiting.pop(first + frame)
                    if part.help.any():
                        unpushed.append(at + first + frame)
            first += end - 1
            again = repeat_at(first, end - 1, repeats)
            if again is not None:
                more = self._repeated(job, end - 1, state, qpos, again, progress)
                if more is None and self._unpaid is not None:
                    # What earns more does not hold for long; what follows the reference may.
                    self._found, plain = self._unpaid
                    there = plain.qpos[end - 1], plain.qvel[end - 1]
                    more = self._repeated(job, end - 1, there, qpos, again, progress)
                    if more is not None:
                        parts[-1] = cut(with_loose(plain, fallback, first - end + 1), 0, end)
                if more is not None:
                    parts.append(more)
                    first += len(more.qpos) - 1
                    state = more.qpos[-1], more.qvel[-1]
                elif first == left:
                    # It does not hold yet: longer windows may come to where it does.
                    untried = [one for one in untried if one.first > first]
        return replace(
            joined(parts), drafted=tuple(drafted), stopped=stopped, unpushed=tuple(unpushed)
        )

    def _repeated(
        self,
        job: Window,
        step: int,
        state: tuple[np.ndarray, np.ndarray],
        qpos: np.ndarray,
        again: Repeat,
        progress: Progress,
    ) -> Record | None:
        """What the window found for the round that ends in its ``step``, in ``state``, done again
        for as long as the reference (T, 76) asks for; None where that does not hold."""
        if self._found is None:
            return None
        return repeated(
            self.body,
            job.targets,
            self._found,
            step,
            state,
            qpos[job.first + step - again.period : again.last + 1],
            again.period,
            lambda: progress(job.start + job.share, "Repeating what was found"),
        )

    def _window(
        self,
        job: Window,
        state: tuple[np.ndarray, np.ndarray],
        pushes: dict[int, Push],
        kept: int,
        progress: Progress,
    ) -> tuple[Record, int]:
        """The states of a window, and how many of them are to be kept."""
        self._found = self._unpaid = None
        near = self.body.comes_near_objects(job.qpos, job.around)
        for reach, allowed in self._tries(near and not job.flies(self.body.surroundings)):
            self.body.reach = reach
            effort = HELPED_EFFORT if allowed else self.settings.effort
            if near or self.body.tilted:
                effort = over_objects(effort)
            if reach > PASSING_M:
                # What is stuck is tried from nearer, not led on with help.
                effort = replace(effort, rescue=0.0)
            try:
                solution = self._solve(job, state, pushes, allowed, effort, progress)
            except (DivergenceError, np.linalg.LinAlgError) as error:
                logger.info("felt from %.3f m, %.2f of weight allowed: %s", reach, allowed, error)
                continue
            unhelped = solution.unhelped()
            alone = unhelped and self._alone(job, unhelped, state, pushes, progress)
            if alone and pushes:
                return self._pushed(job, *alone, pushes, kept, progress)
            if alone:
                self._found, found = alone
                return found, kept
            if not solution.help_allowed or reach > PASSING_M:
                continue
            if job.deviation(solution.trajectory.qpos).max() < LOST_M:
                helped = record_helped(self.body, job.targets, solution.trajectory, job.around)
                # In softer contacts than the body's own nobody can tell what acted.
                return (helped if solution.position >= 1 else unmeasured(helped)), kept
        raise DivergenceError("no performance was found, not even with help")

    def _tries(self, from_afar: bool) -> list[tuple[float, float]]:
        """From how far the scene is felt and how much help is allowed, one after the other. Felt from as
        far as the floor, it bears whoever stands on it in half as many passes; who flies is thrown."""
        least = self.settings.help_allowed
        far = [np.inf] if from_afar and not least else []
        tries = [(reach, least) for reach in (*far, PASSING_M)]
        return tries + [(PASSING_M, more) for more in ALLOWANCES if more > least]

    def _solve(
        self,
        job: Window,
        state: tuple[np.ndarray, np.ndarray],
        pushes: dict[int, Push],
        allowed: float,
        effort: Effort,
        progress: Progress,
    ) -> Solution:
        dynamics = self.dynamics(
            self.body,
            job.targets,
            self._threads,
            around=job.around,
            processes=self._processes,
        )
        try:
            # What a palm lies on is read from the reference: in contacts that a search before left
            # wide, it would lie on what it only passes.
            self.body.set_contact(HARD_CONTACT)
            cost = Cost(
                self.body.model,
                job.qpos,
                job.qvel,
                job.weights,
                self.settings.scales,
                self.body.surroundings,
                job.around,
                job.keys,
                self._paid_in(job),
            )
            start = None if job.starts_freely(pushes) else state
            given = (start, *job.draft, job.wrench[:-1], effort)
            report = job.watch(progress, allowed)
            optimiser = Optimiser(dynamics, cost, allowed, report, job.anchored)
            return optimiser.solve(*given)
        except KeepBest as stop:
            stop.gains = optimiser.gains
            raise
        finally:
            dynamics.close()
