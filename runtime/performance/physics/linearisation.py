"""Derivatives of a body's control steps of 1/30 s.

The acceleration a of a physics step solves M a + c(q, v) = tau(q, v, u) + J^T f(q, v, a),
and all its parts have exact derivatives. Those of muscles, weight and inertia
(``rigid_tree``) change little within a control step and are taken at few of its physics
steps; those of contacts and limits (``constraint_slopes``) change from step to step and
are taken at every one. A foot that lands within a control step is seen to land.
"""

from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np

from ...scene.surroundings import View
from .bodies import Body
from .constraint_slopes import ConstraintSlopes, constraint_slopes, read_constraints
from .rigid_tree import Tree, inertial_slopes, spatial_inertia
from .tangent import rotation_steps
from .trajectory import Trajectory


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


TOGETHER = 30
"""States that are linearised at once: a twentieth of a second of work, which is how long a
cancelled pass lives on."""


def chunks(steps: int, sampling: Sampling) -> list[slice]:
    """From the last to the first, as the recursion needs them."""
    size = max(1, TOGETHER // sampling.contacts)
    return [slice(max(end - size, 0), end) for end in range(steps, 0, -size)]


class Linearisation:
    """Derivatives of a body along the feed-forward of a reference; can be pickled."""

    def __init__(self, body: Body, targets: np.ndarray, around: View | None) -> None:
        """``targets`` (T, 69) from ``body.feed_forward``; ``around`` is what changes or pushes."""
        self.body, self.targets, self.around = body, targets, around
        self._tree = Tree(body.model)
        self._free: list[mujoco.MjData] = []

    def __reduce__(self) -> tuple:
        return Linearisation, (self.body, self.targets, self.around)

    def steps(self, path: Trajectory, first: int, sampling: Sampling) -> np.ndarray:
        """(n, 150, 225) single precision: how the end of each of a path's steps, of which the first
        is that after the reference's frame ``first``, changes with its start (150) and control (75).

        Few steps are found together faster than each alone, for their matrices are small.
        """
        model, substeps, count = self.body.model, self.body.substeps, len(path.control)
        h = model.opt.timestep
        layout = self.body.layout
        nq, nv, muscles = layout.nq, layout.nv, layout.muscles
        slopes = np.full((count, layout.controls), self.body.weight)
        controls = np.empty((count, substeps, layout.controls))
        for row, control in enumerate(path.control):
            targets, following = self.targets[first + row : first + row + 2]
            controls[row] = self.body.controls(targets, following, control[None])[0]
            slopes[row, muscles] = self.body.control_slopes(targets, control[muscles])
        after = path.substates
        before = np.empty_like(after)
        before[:, 0, :nq], before[:, 0, nq:] = path.qpos[:count], path.qvel[:count]
        before[:, 1:] = after[:, :-1]
        # Of each root: its rows, and how it carries differences of its rotation on.
        turns = []
        for rows in layout.rotations:
            spin = after[..., nq + rows.start : nq + rows.stop].reshape(-1, 3)
            turned, turning = (
                part.astype(np.float32).reshape(count, substeps, 3, 3)
                for part in rotation_steps(spin, h)
            )
            turns.append((rows, turned, turning))
        inertia, contacts = sampling.inertia, min(sampling.contacts, substeps)
        groups = np.linspace(0, substeps, contacts + 1).round().astype(int)
        middles = (groups[:-1] + groups[1:]) // 2
        edges = np.linspace(0, contacts, inertia + 1).round().astype(int)
        chosen = (edges[:-1] + edges[1:]) // 2
        accelerations = (after[..., nq:] - before[..., nq:]) / h
        pushing, seen = self._read(before, controls, accelerations, first, middles, chosen)
        at = middles[chosen]
        speeds, accelerations = before[:, at, nq:], accelerations[:, at]
        free = self._free_slopes(
            seen,
            speeds.reshape(-1, nv),
            accelerations.reshape(-1, nv),
            np.repeat(slopes, inertia, axis=0),
        )
        starts = contacts * np.arange(count)[:, None] + edges[:-1]
        all_edges = np.append(starts.ravel(), contacts * count)
        by_all = self._pushed(pushing, free, all_edges).reshape(count, contacts, nv, -1)
        # [dq, dv, du] as a matrix from a step's start and control to the present physics step.
        # Single precision is six digits, and products are half the work.
        size = 2 * nv + layout.controls
        change = np.repeat(np.eye(size, dtype=np.float32)[None], count, axis=0)
        position, velocity = change[:, :nv], change[:, nv : 2 * nv]
        for group, (start, end) in enumerate(pairwise(groups)):
            by_state = by_all[:, group, :, : 2 * nv]
            by_control = by_all[:, group, :, 2 * nv :]
            for substep in range(start, end):
                moved = by_state @ change[:, : 2 * nv]
                moved[..., 2 * nv :] += by_control
                velocity += h * moved
                step = h * velocity
                for rows, turned, turning in turns:
                    step[:, rows] = turning[:, substep] @ step[:, rows]
                    position[:, rows] = turned[:, substep] @ position[:, rows]
                position += step
        return change[:, : 2 * nv]

    def _read(
        self,
        states: np.ndarray,
        controls: np.ndarray,
        accelerations: np.ndarray,
        first: int,
        read: np.ndarray,
        chosen: np.ndarray,
    ) -> tuple[ConstraintSlopes | None, "_Seen"]:
        """The constraints at those ``read`` of the states (n, substeps, 151) under controls
        (n, substeps, 75) that lead to accelerations (n, substeps, 75), in the steps from the
        frame ``first`` on, and all else of those ``chosen`` among them."""
        model, found, seen = self.body.model, [], []
        try:
            data = self._free.pop()
        except IndexError:  # another thread has it
            data = mujoco.MjData(model)
        try:
            for row, number in np.ndindex(len(states), len(read)):
                substep = read[number]
                state = states[row, substep]
                data.qpos[:], data.qvel[:] = state[: model.nq], state[model.nq :]
                data.ctrl[:] = controls[row, substep]
                # The path's own, not what another frame has left: results can be had again.
                data.qacc_warmstart[:] = accelerations[row, substep]
                if self.around is not None:
                    share = (substep + 1) / states.shape[1]
                    self.around.apply(model, data, first + row, share)
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
        count, size, nv = jacobian.shape
        moved, spread = np.empty((2, count, size, nv), dtype=np.float32)
        seen = np.empty((count, size, by_all.shape[-1]), dtype=np.float32)
        for sample, (start, end) in enumerate(pairwise(edges)):
            part = slice(start, end)
            rows = jacobian[part].reshape(-1, nv)
            moved[part] = (rows @ free.inertia[sample]).reshape(-1, size, nv)
            seen[part] = (rows @ free.continuous[sample]).reshape(-1, size, seen.shape[-1])
            spread[part] = (rows @ free.discrete_inertia[sample]).reshape(-1, size, nv)
            by_all[part, :, :nv] += free.discrete_inertia[sample] @ turning[part]
        seen[..., :nv] += moved @ turning
        # Contacts are stiff: what they see is told from what they do in double precision.
        asked = pushing.stiffness @ seen
        asked[..., :nv] += pushing.by_position
        asked[..., nv : 2 * nv] += pushing.damping @ pushing.jacobian
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
        velocities, accelerations and slopes of controls (n, 75)."""
        model, layout = self.body.model, self.body.layout
        hinges, muscles, nv = layout.hinges, layout.muscles, layout.nv
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
        mass[:, np.arange(nv), np.arange(nv)] += model.dof_armature
        discrete = mass.copy()
        discrete[:, hinges, hinges] += model.opt.timestep * (
            # That of muscles at their limits is taken as if they were not.
            model.dof_damping[hinges] - model.actuator_biasprm[muscles, 2]
        )
        inertia, discrete_inertia = np.linalg.inv(mass), np.linalg.inv(discrete)
        limits = model.actuator_forcerange
        free = (model.actuator_forcelimited == 0) | (
            (seen.force > limits[:, 0] + 1e-9) & (seen.force < limits[:, 1] - 1e-9)
        )
        gains = np.where(free, model.actuator_gainprm[:, 0], 0.0) * slopes
        stiffness, damping = (
            -np.where(free, model.actuator_biasprm[:, term], 0.0)[:, muscles] for term in (1, 2)
        )
        by_position, by_position_at_start = found.by_position
        for one in (by_position, by_position_at_start):
            one[:, hinges, hinges] += stiffness + model.jnt_stiffness[model.dof_jntid[hinges]]
        found.by_velocity[:, hinges, hinges] += damping + model.dof_damping[hinges]
        right = np.zeros((len(mass), nv, 2 * nv + layout.controls))
        right[..., :nv], right[..., nv : 2 * nv] = -by_position, -found.by_velocity
        for dofs, columns in ((hinges, muscles), (layout.roots, layout.wrench)):
            right[:, dofs, 2 * nv + columns] = gains[:, columns]
        by_all = discrete_inertia @ right
        right[..., :nv] = -by_position_at_start
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
