"""How long the performer works for a second of motion, and what with.

Times of its parts are processor time of this process and of those that it has started, so that
what else runs on the machine does not count. The motion is keyed, so that nothing is needed to measure it.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import mujoco
import numpy as np

from ..motion.motion import CONTROL_FPS, Motion
from ..progress import Progress, silent
from .draft.rollout import rollout
from .draft.servo import PoseServo, build_servo_model
from .draft.support import support_of
from .performer import Performer, PerformerSettings
from .physics.bodies import ServoBody
from .physics.dynamics import Dynamics
from .physics.trajectory import Trajectory

PROTOTYPE_ROLLOUTS = 226
"""Roll-outs of 15 physics steps that the prototype (finite differences of whole control steps)
makes for each frame in each pass: one for every one of 150 states and 75 controls, and its own."""
PROTOTYPE_SECONDS = (10.0, 25.0)
"""What a second of motion took it on 2 cores, as its notes have it."""
GOAL = 4.0
"""Times as fast as the prototype that it should be: so many fewer roll-outs' time a frame."""


@dataclass
class Counts:
    """What a search consisted of."""

    steps: int = 0
    """Physics steps rolled out."""
    passes: int = 0
    frames: int = 0
    """Of all passes together: control steps that were differentiated."""
    elsewhere: float = 0.0
    """Processor seconds of derivatives in other processes."""
    derivatives: float = 0.0
    rollouts: float = 0.0
    """Processor seconds of the parts that cores share among them."""
    alone: float = 0.0
    """Of roll-outs of a single motion, which cannot be shared."""


class CountingDynamics(Dynamics):
    """Counts what it is asked for."""

    counts: ClassVar[Counts] = Counts()

    def _rolled(
        self, qpos: np.ndarray, qvel: np.ndarray, columns: np.ndarray, frames: list[int]
    ) -> np.ndarray:
        begun = time.process_time()
        states = super()._rolled(qpos, qvel, columns, frames)
        spent = time.process_time() - begun
        self.counts.steps += len(qpos) * self.body.substeps
        if len(qpos) > 1:
            self.counts.rollouts += spent
        else:
            self.counts.alone += spent
        return states

    def linearise(self, trajectory: Trajectory) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.counts.passes += 1
        self.counts.frames += len(trajectory.control)
        slopes = super().linearise(trajectory)
        elsewhere = self.processes.seconds if self.processes else 0.0
        while True:
            # Between two, whoever asked for them works.
            begun = time.process_time()
            one = next(slopes, None)
            self.counts.derivatives += time.process_time() - begun
            if one is None:
                break
            yield one
        if self.processes:
            self.counts.elsewhere += self.processes.seconds - elsewhere


@dataclass(frozen=True)
class PerformerSpeed:
    """Seconds for ``motion_seconds`` of motion."""

    motion_seconds: float
    wall: float
    cpu: float
    cores: int
    bare_step: float
    """Processor seconds of one ``mj_step`` of the recorded body along the motion found."""
    held: float
    """Largest help, as a share of weight."""
    counts: Counts = field(default_factory=Counts)

    @property
    def times_bare(self) -> float:
        """Processor time as a multiple of the bare ``mj_step`` calls of its roll-outs."""
        return self.cpu / (self.counts.steps * self.bare_step)

    @property
    def parallel_share(self) -> float:
        """Of its processor time what cores can share: derivatives, and roll-outs side by side."""
        shared = self.counts.derivatives + self.counts.elsewhere + self.counts.rollouts
        return shared / self.cpu

    @property
    def rollouts_a_frame(self) -> float:
        """Its time as roll-outs of 15 steps for each frame in each pass, beside the prototype's."""
        return self.cpu / (15 * self.bare_step * self.counts.frames)

    def lines(self) -> list[str]:
        pace = self.wall / self.motion_seconds
        own, theirs = self.rollouts_a_frame, PROTOTYPE_ROLLOUTS
        verdict = "reached" if theirs / own >= GOAL else "NOT reached"
        held = "no help" if self.held == 0 else f"up to {100 * self.held:.0f} % of weight held"
        return [
            f"performer, {self.motion_seconds:.1f} s of keyed motion, {held}: {pace:.1f} s for a second"
            f" of motion on {self.cores} cores (the prototype {PROTOTYPE_SECONDS[0]:.0f}"
            f" to {PROTOTYPE_SECONDS[1]:.0f} on 2)",
            f"    {self.times_bare:.2f}x the bare mj_step calls of its roll-outs;"
            f" {100 * self.parallel_share:.0f} % of the time is parallel",
            f"    {self.counts.passes} passes, each the time of {own:.0f} roll-outs of 15 steps a frame"
            f" (the prototype {theirs}, {theirs / own:.1f}x as many; at least {GOAL:g}x: {verdict})",
        ]


def measure_performer(progress: Progress = silent, frames: int = 46) -> PerformerSpeed:
    """Performs a keyed crouch of so many frames and counts what that takes."""
    reference = _crouch(frames)
    qpos, qvel = reference.qpos, reference.velocities()
    progress(0.0, "Performing a crouch")
    model = build_servo_model()
    support = support_of(model, qpos, qvel)
    from .draft.assistance import Assistance

    servo = PoseServo(model, qpos, qvel, support.torques)
    helped = Assistance(model, qpos, qvel, support.missing, 1.0)
    draft = rollout(servo, helped, (qpos[0], qvel[0]), frames, 15, silent)
    performer = Performer(ServoBody(), PerformerSettings())
    CountingDynamics.counts = Counts()
    performer.dynamics = CountingDynamics
    wall, cpu = time.perf_counter(), time.process_time()
    found = performer.perform(qpos, qvel, (draft.qpos, draft.qvel), None, (), progress)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    cpu += CountingDynamics.counts.elsewhere
    progress(0.95, "Timing bare steps")
    return PerformerSpeed(
        (frames - 1) / CONTROL_FPS,
        wall,
        cpu,
        os.cpu_count() or 1,
        bare_step(performer.body.plain, found.qpos, found.qvel),
        float(found.help.max(initial=0)),
        CountingDynamics.counts,
    )


def bare_step(model: mujoco.MjModel, qpos: np.ndarray, qvel: np.ndarray, rounds: int = 3) -> float:
    """Processor seconds of an ``mj_step``, the best of some rounds over the states given."""
    data, best = mujoco.MjData(model), np.inf
    for _ in range(rounds):
        spent, count = 0.0, 0
        for position, speed in zip(qpos, qvel, strict=True):
            mujoco.mj_resetData(model, data)
            data.qpos[:], data.qvel[:], data.ctrl[:] = position, speed, position[7:]
            mujoco.mj_forward(model, data)
            begun = time.process_time()
            mujoco.mj_step(model, data, 15)
            spent += time.process_time() - begun
            count += 15
        best = min(best, spent / count)
    return best


def _crouch(frames: int) -> Motion:
    """Stand, crouch, stand: feet stay, everything else moves."""
    from ..motion.poses import pose
    from ..posing.limits import into_ranges

    share = np.sin(np.linspace(0, np.pi, frames))[:, None] ** 2
    qpos = (1 - share) * pose("stand") + share * pose("crouch")
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    return Motion(CONTROL_FPS, into_ranges(qpos))
