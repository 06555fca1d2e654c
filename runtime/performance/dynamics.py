"""Steps of a body and their derivatives, over control steps of 1/30 s.

The acceleration a of a physics step solves M a + c(q, v) = tau(q, v, u) + J^T f(q, v, a),
and all its parts have exact derivatives. Those of muscles, weight and inertia
(``rigid_tree``) change little within a control step and are taken at few of its physics
steps; those of contacts and limits (``constraint_slopes``) change from step to step and
are taken at every one. A foot that lands within a control step is seen to land.
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
from .rigid_tree import Tree, inertial_slopes, spatial_inertia
from .tangent import NV, ROTATION, rotation_steps


@dataclass(frozen=True)
class Sampling:
    """At how many of a control step's physics steps derivatives are taken."""

    inertia: int
    """Of muscles, weight and inertia."""
    contacts: int
    """Of contacts and limits; a multiple of those."""


COARSE = Sampling(1, 5)
"""Where contacts are soft."""
FINE = Sampling(3, 15)
"""In hard contacts, and where corrections hardly hold: with contacts at 5 steps of 15 no line
search of a run's last passes finds anything better."""


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
        sampling: Sampling = COARSE,
        around: View | None = None,
    ) -> None:
        """``targets`` (T, 69) from ``body.feed_forward``; ``around`` is what changes or pushes."""
        self.body, self.targets, self.sampling, self.around = body, targets, sampling, around
        model = body.model
        self._tree = Tree(model)
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
        return self._rolled(qpos, qvel, self._columns(control, frame))

    def steps(self, qpos: np.ndarray, qvel: np.ndarray, control: np.ndarray) -> np.ndarray:
        """The n control steps of a trajectory, each from a state of its own: (n, 76), (n, 75),
        (n, 75) -> (n, substeps, 151)."""
        columns = [self._columns(one[None], frame) for frame, one in enumerate(control)]
        return self._rolled(qpos, qvel, np.concatenate(columns))

    def _columns(self, control: np.ndarray, frame: int) -> np.ndarray:
        """(n, 75) -> (n, substeps, ...) what is set at each physics step of ``frame``."""
        controls = self.controls(control, frame)
        if self.around is None:
            return controls
        changing = self.around.columns(self.body.model, frame, self.body.substeps)
        changing = np.broadcast_to(changing, (len(controls), *changing.shape))
        return np.concatenate([controls, changing], axis=-1)

    def _rolled(self, qpos: np.ndarray, qvel: np.ndarray, columns: np.ndarray) -> np.ndarray:
        state = np.zeros((len(qpos), self._size))
        state[:, 1:77], state[:, 77:152] = qpos, qvel
        spec = int(mujoco.mjtState.mjSTATE_CTRL)
        if self.around is not None:
            spec |= View.state_spec
        states, _ = self._rollout.rollout(
            self.body.model, self._datas, state, columns, control_spec=spec
        )
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
        inertia, contacts = self.sampling.inertia, min(self.sampling.contacts, substeps)
        groups = np.linspace(0, substeps, contacts + 1).round().astype(int)
        middles = (groups[:-1] + groups[1:]) // 2
        edges = np.linspace(0, contacts, inertia + 1).round().astype(int)
        chosen = (edges[:-1] + edges[1:]) // 2
        pushing, seen = self._read(before, controls, frame, middles, chosen)
        at = middles[chosen]
        accelerations = (after[at, 76:] - before[at, 76:]) / h
        free = self._free_slopes(seen, before[at, 76:], accelerations, slopes)
        by_all = self._pushed(pushing, free, edges)
        # [dq, dv, du] as a matrix from the step's start and control to the present physics step.
        # Single precision is six digits, and products are half the work.
        change = np.eye(2 * NV + CONTROLS, dtype=np.float32)
        position, velocity = change[:NV], change[NV : 2 * NV]
        for group, (start, end) in enumerate(pairwise(groups)):
            by_state, by_control = by_all[group, :, : 2 * NV], by_all[group, :, 2 * NV :]
            for substep in range(start, end):
                moved = by_state @ change[: 2 * NV]
                moved[:, 2 * NV :] += by_control
                velocity += h * moved
                step = h * velocity
                step[ROTATION] = turning[substep] @ step[ROTATION]
                position[ROTATION] = turned[substep] @ position[ROTATION]
                position += step
        whole = change[: 2 * NV].astype(np.float64)
        return whole[:, : 2 * NV], whole[:, 2 * NV :]

    def _read(
        self,
        states: np.ndarray,
        controls: np.ndarray,
        frame: int,
        read: np.ndarray,
        chosen: np.ndarray,
    ) -> tuple[ConstraintSlopes | None, "_Seen"]:
        """The constraints at those ``read`` of the states (n, 151) under controls (n, 75), in the
        step after ``frame``, and all else of those ``chosen`` among them."""
        model, found, seen = self.body.model, [], []
        data = self._free.pop()
        try:
            for number, substep in enumerate(read):
                state = states[substep]
                data.qpos[:], data.qvel[:] = state[:76], state[76:]
                data.ctrl[:] = controls[substep]
                # Not what another frame has left, so that results can be had again.
                data.qacc_warmstart[:] = 0
                if self.around is not None:
                    self.around.apply(model, data, frame, (substep + 1) / len(states))
                mujoco.mj_forward(model, data)
                found.append(read_constraints(model, data))
                if number in chosen:
                    parts = data.cdof, data.cinert, data.qacc, data.actuator_force
                    seen.append([part.copy() for part in parts])
        finally:
            self._free.append(data)
        slopes = constraint_slopes(model, self._tree, found)
        return slopes, _Seen(*map(np.stack, zip(*seen, strict=True)))

    @staticmethod
    def _pushed(pushing: ConstraintSlopes | None, free: "_Free", edges: np.ndarray) -> np.ndarray:
        """(n, 75, 225) slopes of a step's acceleration where constraints push (Woodbury's identity).

        Of the n states those from one of ``edges`` to the next are near one of ``free``.
        """
        by_all = np.repeat(free.by_all, np.diff(edges), axis=0)
        if pushing is None:
            return by_all
        jacobian, turning = (
            part.astype(np.float32) for part in (pushing.jacobian, pushing.turning)
        )
        count, size, _ = jacobian.shape
        moved, spread = np.empty((2, count, size, NV), dtype=np.float32)
        seen = np.empty((count, size, 2 * NV + CONTROLS), dtype=np.float32)
        for sample, (start, end) in enumerate(pairwise(edges)):
            part = slice(start, end)
            rows = jacobian[part].reshape(-1, NV)
            moved[part] = (rows @ free.inertia[sample]).reshape(-1, size, NV)
            seen[part] = (rows @ free.continuous[sample]).reshape(-1, size, seen.shape[-1])
            spread[part] = (rows @ free.discrete_inertia[sample]).reshape(-1, size, NV)
            by_all[part, :, :NV] += free.discrete_inertia[sample] @ turning[part]
        seen[..., :NV] += moved @ turning
        # Contacts are stiff: what they see is told from what they do in double precision.
        asked = pushing.stiffness @ seen
        asked[..., :NV] += pushing.by_position
        asked[..., NV : 2 * NV] += pushing.damping @ pushing.jacobian
        give = pushing.stiffness @ (moved @ jacobian.swapaxes(1, 2))
        diagonal = np.arange(size)
        give[:, diagonal, diagonal] += 1
        force = np.linalg.solve(give, asked).astype(np.float32)
        by_all -= spread.swapaxes(1, 2) @ force
        return by_all

    def _free_slopes(
        self, seen: "_Seen", qvel: np.ndarray, accelerations: np.ndarray, slopes: np.ndarray
    ) -> "_Free":
        """How the body would accelerate otherwise if nothing touched it, in n states of
        velocities and accelerations (n, 75)."""
        model, hinges = self.body.model, np.arange(6, NV)
        # The integrator's acceleration of a whole step M^ a^ = M a is not that at its start,
        # which contacts see: strong muscles' damping stands between the two.
        found = inertial_slopes(
            self._tree,
            seen.twists,
            spatial_inertia(seen.inertia),
            qvel,
            (accelerations, seen.qacc),
            model.opt.gravity,
        )
        mass = found.mass
        mass[:, np.arange(NV), np.arange(NV)] += model.dof_armature
        discrete = mass.copy()
        discrete[:, hinges, hinges] += model.opt.timestep * (
            # That of muscles at their limits is taken as if they were not.
            model.dof_damping[6:] - model.actuator_biasprm[:MUSCLES, 2]
        )
        inertia, discrete_inertia = np.linalg.inv(mass), np.linalg.inv(discrete)
        limits = model.actuator_forcerange
        free = (model.actuator_forcelimited == 0) | (
            (seen.force > limits[:, 0] + 1e-9) & (seen.force < limits[:, 1] - 1e-9)
        )
        gains = np.where(free, model.actuator_gainprm[:, 0], 0.0) * slopes
        stiffness, damping = (
            -np.where(free, model.actuator_biasprm[:, term], 0.0)[:, :MUSCLES] for term in (1, 2)
        )
        by_position, by_position_at_start = found.by_position
        for one in (by_position, by_position_at_start):
            one[:, hinges, hinges] += stiffness + model.jnt_stiffness[1:]
        found.by_velocity[:, hinges, hinges] += damping + model.dof_damping[6:]
        right = np.zeros((len(mass), NV, 2 * NV + CONTROLS))
        right[..., :NV], right[..., NV : 2 * NV] = -by_position, -found.by_velocity
        # Hinges follow the root's six degrees of freedom, muscles come before the wrench.
        muscles, wrench = np.arange(MUSCLES), np.arange(6)
        right[:, 6 + muscles, 2 * NV + muscles] = gains[:, :MUSCLES]
        right[:, wrench, 2 * NV + MUSCLES + wrench] = gains[:, MUSCLES:]
        by_all = discrete_inertia @ right
        right[..., :NV] = -by_position_at_start
        parts = inertia, discrete_inertia, inertia @ right, by_all
        return _Free(*(part.astype(np.float32) for part in parts))


@dataclass(frozen=True)
class _Seen:
    """Of n states after ``mj_forward``."""

    twists: np.ndarray
    """(n, 75, 6)"""
    inertia: np.ndarray
    """(n, bodies, 10)"""
    qacc: np.ndarray
    """(n, 75)"""
    force: np.ndarray
    """(n, 75) of the actuators."""


@dataclass(frozen=True)
class _Free:
    """A body that nothing touches, in n states."""

    inertia: np.ndarray
    """(n, 75, 75) inverse."""
    discrete_inertia: np.ndarray
    """(n, 75, 75) inverse, with the muscles' damping as the integrator takes it."""
    continuous: np.ndarray
    """(n, 75, 225) slopes of the acceleration at the step's start by position, velocity, control."""
    by_all: np.ndarray
    """(n, 75, 225) the same of the whole step's acceleration."""
