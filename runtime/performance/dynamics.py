"""Steps of a body and their derivatives, over control steps of 1/30 s.

The acceleration a of a physics step solves M a + c(q, v) = tau(q, v, u) + J^T f(q, v, a).
How muscles, weight and inertia move it changes little within a control step and is taken
at few of its physics steps, by differences of the recursive Newton-Euler algorithm; how
contacts and limits do changes from step to step, and is exact at every one of them
(``constraint_slopes``). A foot that lands within a control step is seen to land.
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
from .constraint_slopes import ConstraintSlopes, constraint_slopes, read_constraints
from .tangent import NV, ROTATION, rotation_steps

SAMPLES = 1
"""Physics steps of a control step at which muscles and inertia are looked at, as a rule."""
FINE_SAMPLES = 3
"""The same in hard contacts, and where corrections hardly hold."""
EPSILON = 1e-6
"""Of the differences, in metres, radians and their speeds."""


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
        # What a cancelled pass still had to do is not done first.
        self._pool.shutdown(cancel_futures=True)

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
        pushing = self._pushing(before, controls, frame)
        # [dq, dv, du] as a matrix from the step's start and control to the present physics step.
        # Single precision: the differences hold six digits, and products are half the work.
        change = np.eye(2 * NV + CONTROLS, dtype=np.float32)
        position, velocity = change[:NV], change[NV : 2 * NV]
        edges = np.linspace(0, substeps, self.samples + 1).round().astype(int)
        for start, end in pairwise(edges):
            middle = (start + end) // 2
            acceleration = (after[middle, 76:] - before[middle, 76:]) / h
            free = self._free_slopes(before[middle], acceleration, controls[middle], slopes)
            for substep in range(start, end):
                pushed = pushing[substep]
                by_all = free.by_all if pushed is None else self._pushed(pushed, free)
                moved = by_all[:, : 2 * NV] @ change[: 2 * NV]
                moved[:, 2 * NV :] += by_all[:, 2 * NV :]
                velocity += h * moved
                step = h * velocity
                step[ROTATION] = turning[substep] @ step[ROTATION]
                position[ROTATION] = turned[substep] @ position[ROTATION]
                position += step
        whole = change[: 2 * NV].astype(np.float64)
        return whole[:, : 2 * NV], whole[:, 2 * NV :]

    def _pushing(
        self, states: np.ndarray, controls: np.ndarray, frame: int
    ) -> list[ConstraintSlopes | None]:
        """The constraints at states (n, 151) under controls (n, 75), in the step after ``frame``."""
        model, read = self.body.model, []
        data = self._free.pop()
        try:
            for substep, (state, control) in enumerate(zip(states, controls, strict=True)):
                data.qpos[:], data.qvel[:], data.ctrl[:] = state[:76], state[76:], control
                if self.around is not None:
                    self.around.apply(model, data, frame, (substep + 1) / len(states))
                mujoco.mj_forward(model, data)
                read.append(read_constraints(model, data))
        finally:
            self._free.append(data)
        return constraint_slopes(read)

    @staticmethod
    def _pushed(pushing: ConstraintSlopes, free: "_Free") -> np.ndarray:
        """(75, 225) slopes of a step's acceleration where constraints push (Woodbury's identity)."""
        rows, turning = (part.astype(np.float32) for part in (pushing.rows, pushing.turning))
        moved = rows @ free.inertia
        asked = rows @ free.continuous
        asked[:, :NV] += moved @ turning + pushing.by_position
        asked[:, NV : 2 * NV] += pushing.damping[:, None] * rows
        give = moved @ rows.T
        give[np.arange(len(give)), np.arange(len(give))] += 1 / pushing.stiffness
        by_all = free.by_all - (free.discrete_inertia @ rows.T) @ np.linalg.solve(give, asked)
        by_all[:, :NV] += free.discrete_inertia @ turning
        return by_all

    def _free_slopes(
        self, state: np.ndarray, acceleration: np.ndarray, control: np.ndarray, slopes: np.ndarray
    ) -> "_Free":
        """How the body would accelerate otherwise if nothing touched it."""
        model, data = self.body.model, self._free.pop()
        try:
            data.qpos[:], data.qvel[:] = state[:76], state[76:]
            data.qacc[:], data.ctrl[:] = acceleration, control
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            mujoco.mj_makeM(model, data)
            mass = np.empty((NV, NV))
            mujoco.mj_fullM(model, mass, data.qM)
            mujoco.mj_comVel(model, data)
            mujoco.mj_transmission(model, data)
            data.actuator_velocity[:] = 0
            data.actuator_velocity[:MUSCLES] = state[82:]
            mujoco.mj_fwdActuation(model, data)
            # The integrator's acceleration of a whole step M^ a^ = M a is not that at its start,
            # which contacts see: strong muscles' damping stands between the two.
            hinges = np.arange(6, NV)
            discrete = mass.copy()
            discrete[hinges, hinges] += model.opt.timestep * (
                # That of muscles at their limits is taken as if they were not.
                model.dof_damping[6:] - model.actuator_biasprm[:MUSCLES, 2]
            )
            inertia, discrete_inertia = np.linalg.inv(mass), np.linalg.inv(discrete)
            at_start = inertia @ (discrete @ acceleration)
            by_position, by_position_at_start, by_velocity = self._inertial_slopes(
                model, data, at_start
            )
            force, limits = data.actuator_force, model.actuator_forcerange
            free = (model.actuator_forcelimited == 0) | (
                (force > limits[:, 0] + 1e-9) & (force < limits[:, 1] - 1e-9)
            )
        finally:
            self._free.append(data)
        gains = np.where(free, model.actuator_gainprm[:, 0], 0.0) * slopes
        stiffness, damping = (
            -np.where(free, model.actuator_biasprm[:, term], 0.0)[:MUSCLES] for term in (1, 2)
        )
        for one in (by_position, by_position_at_start):
            one[hinges, hinges] += stiffness + model.jnt_stiffness[1:]
        by_velocity[hinges, hinges] += damping + model.dof_damping[6:]
        right = np.zeros((NV, 2 * NV + CONTROLS))
        right[:, :NV], right[:, NV : 2 * NV] = -by_position, -by_velocity
        # Hinges follow the root's six degrees of freedom, muscles come before the wrench.
        right[6 + np.arange(MUSCLES), 2 * NV + np.arange(MUSCLES)] = gains[:MUSCLES]
        right[np.arange(6), 2 * NV + MUSCLES + np.arange(6)] = gains[MUSCLES:]
        by_all = discrete_inertia @ right
        right[:, :NV] = -by_position_at_start
        parts = inertia, discrete_inertia, inertia @ right, by_all
        return _Free(*(part.astype(np.float32) for part in parts))

    @staticmethod
    def _inertial_slopes(
        model: mujoco.MjModel, data: mujoco.MjData, other: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(75, 75) slopes of what it takes to accelerate: by position, for ``data.qacc`` and for
        ``other`` (75,), and by velocity, which is the same for both.

        Changes what depends on the position in ``data``.
        """
        force, base, other_base = np.empty((3, NV))
        own = data.qacc.copy()
        data.qacc[:] = other
        mujoco.mj_rne(model, data, 1, other_base)
        data.qacc[:] = own
        mujoco.mj_rne(model, data, 1, base)
        by_position, by_position_of_other, by_velocity = np.empty((3, NV, NV))
        for dof in range(NV):
            data.qvel[dof] += EPSILON
            mujoco.mj_comVel(model, data)
            mujoco.mj_rne(model, data, 1, force)
            data.qvel[dof] -= EPSILON
            by_velocity[dof] = force - base
        qpos, step = data.qpos.copy(), np.zeros(NV)
        for dof in range(NV):
            step[dof] = EPSILON
            mujoco.mj_integratePos(model, data.qpos, step, 1.0)
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            mujoco.mj_comVel(model, data)
            mujoco.mj_rne(model, data, 1, force)
            data.qpos[:], step[dof] = qpos, 0
            by_position[dof] = force - base
            data.qacc[:] = other
            mujoco.mj_rne(model, data, 1, force)
            data.qacc[:] = own
            by_position_of_other[dof] = force - other_base
        return (
            by_position.T / EPSILON,
            by_position_of_other.T / EPSILON,
            by_velocity.T / EPSILON,
        )


@dataclass(frozen=True)
class _Free:
    """A body that nothing touches."""

    inertia: np.ndarray
    """(75, 75) inverse."""
    discrete_inertia: np.ndarray
    """(75, 75) inverse, with the muscles' damping as the integrator takes it."""
    continuous: np.ndarray
    """(75, 225) slopes of the acceleration at the step's start by position, velocity, control."""
    by_all: np.ndarray
    """(75, 225) the same of the whole step's acceleration."""
