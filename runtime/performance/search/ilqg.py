"""Iterative linear-quadratic-Gaussian control of a body along a reference.

After Tassa, Erez and Todorov (2012), with three things of our own that make it find
human motion without help: contacts start wide and soft and harden from stage to
stage, so that a foot that hangs 5 cm too high already feels the floor; a wrench on the
root is six more controls whose price rises until nothing is left of it; and the start
is a helped performance, whose feet touch the ground as physics has it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import mujoco
import numpy as np

from ..physics.dynamics import Dynamics
from ..physics.tangent import difference
from ..physics.trajectory import Trajectory
from .costs import StateCost

MUSCLE_LIMIT = 1.5
"""Radians a target may be away from the feed-forward's."""
WRENCH_LIMIT = 3.0
"""Shares of weight."""


@dataclass(frozen=True)
class Gains:
    """u = control + steps * open + feedback (x - x0) around a trajectory."""

    open: np.ndarray
    """(T-1, 75)"""
    feedback: np.ndarray
    """(T-1, 75, 150)"""
    start: np.ndarray
    """(150,) change of the first state that pays, where it is free."""
    before: float
    """What the trajectory costs, whatever its gaps."""
    promised: float
    """What it costs after a whole step, if slopes and curvatures are all there is."""

    def kept(self, cost: float) -> float:
        """The share of the promised gain that there is at ``cost``."""
        return (self.before - cost) / max(self.before - self.promised, 1e-9)


class Problem:
    """A reference, how tightly each frame and joint is to follow it, and the body that does."""

    def __init__(self, dynamics: Dynamics, states: StateCost) -> None:
        self.dynamics, self.states = dynamics, states
        self.start: tuple[np.ndarray, np.ndarray] | None = None
        """The first state; None where nothing came before and it is free."""
        self.pose_held = False
        """Of a free start, whether only its velocities are."""
        self.frames = len(states.qpos)
        self.layout = dynamics.body.layout
        self.control_weights = np.ones((self.frames - 1, self.layout.controls))
        """(T-1, 75 people)"""
        self.control_weights[:, self.layout.muscles] = 1 / states.scales.target_rad**2
        self._most = np.full(self.layout.controls, MUSCLE_LIMIT)
        self._most[self.layout.wrench] = WRENCH_LIMIT

    def cost(self, trajectory: Trajectory) -> float:
        if not np.isfinite(trajectory.qvel).all():
            return np.inf
        effort = (self.control_weights * trajectory.control**2).sum() / 2
        return self.states.value(trajectory) + float(effort)

    def backward(
        self,
        trajectory: Trajectory,
        slopes: Iterable[tuple[np.ndarray, np.ndarray]],
        damping: float,
        defects: np.ndarray | None = None,
    ) -> Gains:
        """The Riccati recursion; ``slopes`` from the last step to the first.

        ``defects`` (T-1, 150): what each step's end lacks to the next state, for a
        trajectory that the dynamics do not have themselves. ``damping`` prices changes
        of the next state, as multiples of what deviations usually cost: where the
        reference is loose too, a correction is no good far from where it was found.
        """
        usual, nv = self.states.usual, self.layout.nv
        controls = np.arange(self.layout.controls)
        gradient, hessian = self.states.expand(trajectory)
        slope, bend = gradient[-1], hessian[-1]
        before = promised = self.cost(trajectory)
        open_part = np.empty((self.frames - 1, len(controls)))
        feedback = np.empty((self.frames - 1, len(controls), 2 * nv))
        steps = zip(range(self.frames - 2, -1, -1), slopes, strict=True)
        for frame, (by_state, by_control) in steps:
            if defects is not None:
                gap, moved = defects[frame], bend @ defects[frame]
                promised += gap @ (slope + moved / 2)
                slope = slope + moved
            bend_state, bend_control = bend @ by_state, bend @ by_control
            q_state = gradient[frame] + by_state.T @ slope
            price = self.control_weights[frame]
            q_control = price * trajectory.control[frame] + by_control.T @ slope
            curvature = by_control.T @ bend_control
            curvature[controls, controls] += price
            mixed = by_control.T @ bend_state
            damped, damped_mixed = curvature, mixed
            if damping:
                weighted = (damping * usual)[:, None] * by_control
                damped = curvature + by_control.T @ weighted
                damped_mixed = mixed + weighted.T @ by_state
            right = np.concatenate([q_control[:, None], damped_mixed], axis=1)
            solved = -np.linalg.solve((damped + damped.T) / 2, right)
            k, gain = solved[:, 0], solved[:, 1:]
            open_part[frame], feedback[frame] = k, gain
            bent, cross = curvature @ k, gain.T @ mixed
            promised += k @ (q_control + bent / 2)
            slope = q_state + gain.T @ (bent + q_control) + mixed.T @ k
            bend = by_state.T @ bend_state + cross
            if damping:
                # Without it, what follows is nothing: these gains are then the cheapest there are.
                bend += gain.T @ (curvature @ gain) + cross.T
            bend = hessian[frame] + (bend + bend.T) / 2
        first, free = np.zeros(2 * nv), slice(nv if self.pose_held else 0, None)
        curvature = (bend + np.diag(damping * usual))[free, free]
        first[free] = -np.linalg.solve(curvature, slope[free])
        if self.start is None:
            promised += first @ (slope + bend @ first / 2)
        return Gains(open_part, feedback, first, before, promised)

    def forward(
        self,
        trajectory: Trajectory,
        gains: Gains,
        steps: np.ndarray,
        watch: Callable[[], None] = lambda: None,
        defects: np.ndarray | None = None,
        first: int = 0,
    ) -> list[Trajectory]:
        """Rolls the corrected controls out, once for each of ``steps`` (S,), or (S, T-1) where
        a step of its own is taken in each frame.

        From ``start``; where that is free, from the trajectory's own, which is corrected as
        the controls are. ``watch`` is called at every frame and may raise. Of ``defects`` (T-1, 150) each step closes its
        share and leaves the rest open (Mastalli et al. 2020, feasibility-driven DDP). Before the
        frame ``first`` no step is taken, and what is there already is not rolled out again.
        """
        dynamics, count, nq, nv = self.dynamics, len(steps), self.layout.nq, self.layout.nv
        model, substeps = dynamics.body.model, dynamics.body.substeps
        shares = steps if steps.ndim > 1 else np.tile(steps[:, None], self.frames - 1)
        qpos, qvel = np.empty((count, self.frames, nq)), np.empty((count, self.frames, nv))
        control = np.empty((count, self.frames - 1, self.layout.controls))
        substates = np.empty((count, self.frames - 1, substeps, nq + nv))
        qpos[:, : first + 1] = trajectory.qpos[: first + 1]
        qvel[:, : first + 1] = trajectory.qvel[: first + 1]
        control[:, :first], substates[:, :first] = (
            part[:first] for part in (trajectory.control, trajectory.substates)
        )
        if self.start is not None and not first:
            qpos[:, 0], qvel[:, 0] = self.start
        elif not first:
            for row, step in enumerate(shares[:, 0]):
                mujoco.mj_integratePos(model, qpos[row, 0], gains.start[:nv], step)
            qvel[:, 0] += shares[:, :1] * gains.start[nv:]
        for frame in range(first, self.frames - 1):
            watch()
            away = difference(
                model,
                qpos[:, frame],
                qvel[:, frame],
                trajectory.qpos[frame],
                trajectory.qvel[frame],
            )
            change = (
                trajectory.control[frame]
                + shares[:, frame, None] * gains.open[frame]
                + away @ gains.feedback[frame].T
            )
            control[:, frame] = np.clip(change, -self._most, self._most)
            substates[:, frame] = dynamics.step(
                qpos[:, frame], qvel[:, frame], control[:, frame], frame
            )
            qpos[:, frame + 1] = substates[:, frame, -1, :nq]
            qvel[:, frame + 1] = substates[:, frame, -1, nq:]
            if defects is not None:
                open_part = (1 - shares[:, frame])[:, None] * defects[frame]
                for row in np.flatnonzero(shares[:, frame] < 1):
                    mujoco.mj_integratePos(model, qpos[row, frame + 1], -open_part[row, :nv], 1.0)
                qvel[:, frame + 1] -= open_part[:, nv:]
        return [Trajectory(*parts) for parts in zip(qpos, qvel, control, substates, strict=True)]
