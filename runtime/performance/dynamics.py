"""Steps of a body and their derivatives, over control steps of 1/30 s.

Derivatives come from inverse dynamics: the acceleration a of a physics step solves
ID(q, v, a) = tau(q, v, u), so da/dx = -(dID/da)^-1 dID/dx. Inverse dynamics needs no
contact solver, so its differences cost a quarter of those of whole steps; and since
the dynamics change little within a control step, they are taken at few of its
physics steps and chained over all of them.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np
from mujoco import rollout as mujoco_rollout

from ..scene.surroundings import View
from .bodies import CONTROLS, MUSCLES, Body
from .tangent import NV, ROTATION, rotation_steps

SAMPLES = 2
"""Physics steps of a control step whose derivatives are taken, as a rule."""
FINE_SAMPLES = 5
"""The same where feet land or leave within control steps."""
EPSILON = 1e-6
"""Of the differences; contacts are smooth to far larger ones."""


@dataclass(frozen=True)
class Trajectory:
    """T states and the T - 1 controls between them, with the physics steps in between."""

    qpos: np.ndarray
    """(T, 76)"""
    qvel: np.ndarray
    """(T, 75)"""
    control: np.ndarray
    """(T-1, 75): offsets of muscle targets in radians, wrench as shares of weight."""
    substates: np.ndarray
    """(T-1, substeps, 151): qpos and qvel after each physics step."""


class Dynamics:
    """A body along the feed-forward of a reference."""

    def __init__(
        self,
        body: Body,
        targets: np.ndarray,
        threads: int,
        samples: int = SAMPLES,
        around: View | None = None,
    ) -> None:
        """``targets`` (T, 69) from ``body.feed_forward``; ``around`` is what changes or pushes."""
        self.body, self.targets, self.samples, self.around = body, targets, samples, around
        model = body.model
        self._rollout = mujoco_rollout.Rollout(nthread=threads)
        self._pool = ThreadPoolExecutor(threads)
        self._datas = [mujoco.MjData(model) for _ in range(threads)]
        self._free = list(self._datas)
        self._size = mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_FULLPHYSICS)

    def close(self) -> None:
        self._rollout.close()
        self._pool.shutdown()

    def controls(self, control: np.ndarray, frame: int) -> np.ndarray:
        """(n, 75) -> (n, substeps, 75) what the model's actuators get."""
        result = np.empty((len(control), self.body.substeps, CONTROLS))
        result[..., :MUSCLES] = self.body.muscle_controls(
            self.targets[frame], self.targets[frame + 1], control[:, :MUSCLES]
        )
        result[..., MUSCLES:] = control[:, None, MUSCLES:] * self.body.weight
        return result

    def step(
        self, qpos: np.ndarray, qvel: np.ndarray, control: np.ndarray, frame: int
    ) -> np.ndarray:
        """States (n, 76), (n, 75) and controls (n, 75) -> (n, substeps, 151) states that follow."""
        state = np.zeros((len(qpos), self._size))
        state[:, 1:77], state[:, 77:152] = qpos, qvel
        model, controls = self.body.model, self.controls(control, frame)
        spec = int(mujoco.mjtState.mjSTATE_CTRL)
        if self.around is not None:
            changing = self.around.columns(model, frame, self.body.substeps)
            changing = np.broadcast_to(changing, (len(controls), *changing.shape))
            controls, spec = np.concatenate([controls, changing], axis=-1), spec | View.state_spec
        states, _ = self._rollout.rollout(model, self._datas, state, controls, control_spec=spec)
        return states[..., 1:152]

    def linearise(self, trajectory: Trajectory) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """From the last step to the first: A (150, 150) and B (150, 75) of each."""
        frames = range(len(trajectory.control) - 1, -1, -1)
        return self._pool.map(lambda frame: self._linearise_step(trajectory, frame), frames)

    def _linearise_step(self, trajectory: Trajectory, frame: int) -> tuple[np.ndarray, np.ndarray]:
        model, substeps = self.body.model, self.body.substeps
        h = model.opt.timestep
        controls = self.controls(trajectory.control[frame][None], frame)[0]
        slopes = np.ones(CONTROLS)
        slopes[:MUSCLES] = self.body.control_slopes(
            self.targets[frame], trajectory.control[frame, :MUSCLES]
        )
        slopes[MUSCLES:] = self.body.weight
        after = trajectory.substates[frame]
        before = np.empty_like(after)
        before[0, :76], before[0, 76:] = trajectory.qpos[frame], trajectory.qvel[frame]
        before[1:] = after[:-1]
        turned, turning = (part.astype(np.float32) for part in rotation_steps(after[:, 79:82], h))
        # [dq, dv] as a matrix from the step's start and control to the present physics step.
        # Single precision: the differences hold six digits, and products are half the work.
        position = np.eye(NV, 2 * NV + CONTROLS, dtype=np.float32)
        velocity = np.eye(NV, 2 * NV + CONTROLS, NV, dtype=np.float32)
        edges = np.linspace(0, substeps, self.samples + 1).round().astype(int)
        for start, end in pairwise(edges):
            middle = (start + end) // 2
            acceleration = (after[middle, 76:] - before[middle, 76:]) / h
            by_position, by_velocity, by_control = self._acceleration_slopes(
                before[middle], acceleration, controls[middle], slopes, frame, middle / substeps
            )
            for substep in range(start, end):
                change = by_position @ position + by_velocity @ velocity
                change[:, 2 * NV :] += by_control
                velocity = velocity + h * change
                moved = h * velocity
                moved[ROTATION] = turning[substep] @ moved[ROTATION]
                position[ROTATION] = turned[substep] @ position[ROTATION]
                position = position + moved
        whole = np.concatenate([position, velocity]).astype(np.float64)
        return whole[:, : 2 * NV], whole[:, 2 * NV :]

    def _acceleration_slopes(
        self,
        state: np.ndarray,
        acceleration: np.ndarray,
        control: np.ndarray,
        slopes: np.ndarray,
        frame: int,
        share: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How the acceleration of a physics step moves with (75,) positions, velocities, controls."""
        model = self.body.model
        data = self._free.pop()
        try:
            data.qpos[:], data.qvel[:] = state[:76], state[76:]
            data.qacc[:], data.ctrl[:] = acceleration, control
            if self.around is not None:
                self.around.apply(model, data, frame, share)
            slots = np.empty((3, NV, NV))
            mujoco.mjd_inverseFD(model, data, EPSILON, 1, *slots, None, None, None, None)
            mujoco.mj_fwdActuation(model, data)
            force, limits = data.actuator_force, model.actuator_forcerange
            saturated = (model.actuator_forcelimited != 0) & (
                (force <= limits[:, 0] + 1e-9) | (force >= limits[:, 1] - 1e-9)
            )
            gains = np.where(saturated, 0.0, model.actuator_gainprm[:, 0]) * slopes
        finally:
            self._free.append(data)
        right = np.zeros((NV, 2 * NV + CONTROLS))
        # MuJoCo has derivatives transposed.
        right[:, :NV], right[:, NV : 2 * NV] = -slots[0].T, -slots[1].T
        # Hinges follow the root's six degrees of freedom, muscles come before the wrench.
        right[6 + np.arange(MUSCLES), 2 * NV + np.arange(MUSCLES)] = gains[:MUSCLES]
        right[np.arange(6), 2 * NV + MUSCLES + np.arange(6)] = gains[MUSCLES:]
        solved = np.linalg.solve(slots[2].T, right).astype(np.float32)
        return solved[:, :NV], solved[:, NV : 2 * NV], solved[:, 2 * NV :]
