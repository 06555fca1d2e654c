"""The take: a plain simulation along what was found, with no wrench in the model."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

import mujoco
import numpy as np

from ..body.figures import GRAVITY, load_figures
from ..motion.contacts import reference_contacts
from ..motion.motion import CONTACT_BODIES, CONTROL_FPS, Motion
from ..scene.props.loose import set_state, state_of
from ..scene.surroundings import View
from ..simulation.stepping import check_divergence, reset
from .draft.rollout import contact_columns, read_contacts
from .physics.bodies import Body, ground_geoms
from .physics.tangent import MUSCLES, NQ, NV, difference
from .physics.together import root_of
from .physics.trajectory import Trajectory
from .search.ilqg import MUSCLE_LIMIT


@dataclass(frozen=True)
class Record:
    """n states that were simulated, and what acted between them."""

    qpos: np.ndarray
    """(n, 76)"""
    qvel: np.ndarray
    """(n, 75)"""
    contacts: np.ndarray
    """(n, 6) bool"""
    help: np.ndarray
    """(n-1,) wrench on the root as a share of weight: what the simulation was given."""
    unexplained: np.ndarray
    """(n-1,) the same as inverse dynamics of the states find it, knowing nothing of the controls."""
    airborne: np.ndarray
    """(n-1,) bool: nothing touched the floor at any physics step."""
    torque: np.ndarray
    """(n-1,) largest torque of any muscle, by inverse dynamics, as a share of what the body's own
    can give at strength 1; not a number where nobody looked."""
    loose: np.ndarray | None = None
    """(n, 13 k) states of what moved freely, see ``scene.props.loose``; None where nothing does."""


@dataclass(frozen=True)
class Push:
    """A blow: a body's velocity changes by ``velocity`` (3,) m/s at once, and all that hangs on it."""

    frame: int
    body: str
    velocity: tuple[float, float, float]

    def apply(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Changes ``data.qvel`` by the impulse that does so (M^-1 J^T (J M^-1 J^T)^-1 dv)."""
        body = model.body(self.body).id
        jacobian = np.empty((3, model.nv))
        mujoco.mj_jac(model, data, jacobian, None, data.xipos[body], body)
        spread = np.empty((3, model.nv))
        mujoco.mj_solveM(model, data, spread, jacobian)
        impulse = np.linalg.solve(jacobian @ spread.T, np.array(self.velocity))
        data.qvel[:] += impulse @ spread


def record(
    body: Body,
    targets: np.ndarray,
    found: Trajectory,
    feedback: np.ndarray,
    start: tuple[np.ndarray, np.ndarray],
    pushes: dict[int, Push],
    watch: Callable[[], None],
    around: View | None = None,
    loose: np.ndarray | None = None,
) -> Record:
    """Simulates ``body.recorded`` from ``start`` by the found controls and their feedback.

    ``targets`` (n, 69) as the controls were found with; ``pushes`` by frame of the window;
    ``around`` what changes or pushes; ``loose`` (13 k,) the state of what moves freely, where it
    does not lie as at first.
    Raises ``DivergenceError``, and whatever ``watch`` raises, which is called at every frame.
    """
    return records(body, targets, found, feedback, start, pushes, watch, around, loose)[0]


def records(
    body: Body,
    targets: np.ndarray,
    found: Trajectory,
    feedback: np.ndarray,
    start: tuple[np.ndarray, np.ndarray],
    pushes: dict[int, Push],
    watch: Callable[[], None],
    around: View | None = None,
    loose: np.ndarray | None = None,
) -> list[Record]:
    """The same of each of the people of ``body``, whose arrays are one behind the other."""
    model, data = body.recorded, mujoco.MjData(body.recorded)
    layout = body.layout
    around = None if around is None else around.coupled()
    checker = _Inverse(model, body)
    reset(model, data, *start)
    if loose is not None:
        set_state(data, loose)
        mujoco.mj_forward(model, data)
    states = []
    frames = len(found.qpos)
    people = [_Recorded(model, person, frames) for person in range(layout.people)]
    for one in people:
        one.read_contacts(data, 0)
    for frame in range(frames):
        if frame:
            step = frame - 1
            away = difference(
                body.model,
                data.qpos[None, : layout.nq],
                data.qvel[None, : layout.nv],
                found.qpos[step],
                found.qvel[step],
            )[0]
            offset = found.control[step] + feedback[step] @ away
            offset = offset[layout.muscles]
            offset = np.clip(offset, -MUSCLE_LIMIT, MUSCLE_LIMIT)
            controls = body.muscle_controls(targets[step], targets[step + 1], offset[None])[0]
            for substep, control in enumerate(controls):
                before = data.qpos.copy(), data.qvel.copy()
                data.ctrl[:] = control
                if around is not None:
                    around.apply(model, data, step, (substep + 1) / body.substeps)
                mujoco.mj_step(model, data)
                shares = checker.shares(*before, data.qvel, control, data)
                for one, (root, torque) in zip(people, shares, strict=True):
                    one.see(data, step, root, torque)
            for one in people:
                one.read_contacts(data, frame)
            mujoco.mj_step1(model, data)
            check_divergence(data)
            watch()
        if frame in pushes:
            pushes[frame].apply(model, data)
            mujoco.mj_forward(model, data)
        for one in people:
            one.see_state(data, frame)
        if layout.people == 1:
            states.append(state_of(data))
    own = [one.record for one in people]
    return [replace(own[0], loose=np.array(states))] if states and len(states[0]) else own


class _Recorded:
    """What is recorded of one of the people in a simulation."""

    def __init__(self, model: mujoco.MjModel, person: int, frames: int) -> None:
        self._model, self._person = model, person
        root = root_of(model, person)
        self._columns = contact_columns(model, root)
        ground = np.zeros(model.ngeom, dtype=bool)
        ground[ground_geoms(model)] = True
        self._ground = ground
        self._own = model.body_rootid[model.geom_bodyid] == root
        self.record = Record(
            np.empty((frames, NQ)),
            np.empty((frames, NV)),
            np.zeros((frames, len(CONTACT_BODIES)), dtype=bool),
            np.zeros(frames - 1),
            np.zeros(frames - 1),
            np.ones(frames - 1, dtype=bool),
            np.zeros(frames - 1),
        )

    def read_contacts(self, data: mujoco.MjData, frame: int) -> None:
        read_contacts(self._model, data, self._columns, self.record.contacts[frame])

    def see(self, data: mujoco.MjData, step: int, root: float, torque: float) -> None:
        """A physics step of the control step, with its shares as ``_Inverse`` finds them."""
        record = self.record
        record.unexplained[step] = max(record.unexplained[step], root)
        record.torque[step] = max(record.torque[step], torque)
        touching = data.contact.geom
        if (self._ground[touching].any(axis=1) & self._own[touching].any(axis=1)).any():
            record.airborne[step] = False

    def see_state(self, data: mujoco.MjData, frame: int) -> None:
        person = self._person
        self.record.qpos[frame] = data.qpos[NQ * person : NQ * (person + 1)]
        self.record.qvel[frame] = data.qvel[NV * person : NV * (person + 1)]


def record_helped(
    body: Body, targets: np.ndarray, found: Trajectory, around: View | None = None
) -> Record:
    """The states as they were found, with the wrench; checked as the plain simulation is.

    Contacts are those that the heights and speeds of the points tell.
    """
    checker = _Inverse(body.plain, body)
    unexplained, torques = np.zeros(len(found.control)), np.zeros(len(found.control))
    for step, after in enumerate(found.substates):
        offset = found.control[step, :MUSCLES]
        controls = body.muscle_controls(targets[step], targets[step + 1], offset[None])[0]
        before = np.concatenate([found.qpos[step], found.qvel[step]])
        data = mujoco.MjData(body.plain)
        for substep, (state, control) in enumerate(zip(after, controls, strict=True)):
            if around is not None:
                around.apply(body.plain, data, step, (substep + 1) / body.substeps)
            ((root, torque),) = checker.shares(before[:76], before[76:], state[76:], control, data)
            unexplained[step] = max(unexplained[step], root)
            torques[step] = max(torques[step], torque)
            before = state
    wrench = np.linalg.norm(found.control[:, MUSCLES:], axis=1)
    ground = body.surroundings.ground if body.surroundings else None
    contacts = reference_contacts(Motion(CONTROL_FPS, found.qpos), ground=ground)
    airborne = np.zeros(len(wrench), dtype=bool)
    return Record(found.qpos, found.qvel, contacts, wrench, unexplained, airborne, torques)


class _Inverse:
    """Inverse dynamics of single physics steps: what acted besides the ground."""

    def __init__(self, model: mujoco.MjModel, body: Body) -> None:
        self._model = copy(model)
        self._model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_INVDISCRETE)
        # Gravity and limits are the world's and the figures', not those of the model that was
        # simulated: that one is to be checked.
        around = body.surroundings
        earth = (0.0, 0.0, -GRAVITY)
        self._model.opt.gravity[:] = around.scene.world.first_gravity if around else earth
        self._model.body_gravcomp[:] = 0
        self._data, self._weight = mujoco.MjData(self._model), body.weight
        self._limits = np.array([figure["force_limit"] for figure in load_figures()["actuators"]])
        self._roots = [root_of(model, person) for person in range(body.layout.people)]

    def shares(
        self,
        qpos: np.ndarray,
        qvel: np.ndarray,
        following: np.ndarray,
        control: np.ndarray,
        around: mujoco.MjData,
    ) -> list[tuple[float, float]]:
        """Of each person, on the root, of weight: force, and torque per metre, that ground and scene
        do not explain. In the hinges, of the limit of their muscle: the largest torque.

        Where the scene is, and how it blows and pushes, is read from ``around``.
        """
        data = self._data
        data.qpos[:], data.qvel[:], data.ctrl[:] = qpos, qvel, control
        data.xfrc_applied[:] = around.xfrc_applied
        data.mocap_pos[:], data.mocap_quat[:] = around.mocap_pos, around.mocap_quat
        data.eq_active[:] = around.eq_active
        data.qacc[:] = (following - qvel) / self._model.opt.timestep
        mujoco.mj_inverse(self._model, data)
        return [self._shares_of(person, root) for person, root in enumerate(self._roots)]

    def _shares_of(self, person: int, pelvis: int) -> tuple[float, float]:
        data, own = self._data, slice(pelvis, pelvis + 24)
        found = data.qfrc_inverse[NV * person : NV * (person + 1)]
        force = data.xfrc_applied[own, :3]
        torque = data.xfrc_applied[own, 3:] + np.cross(data.xipos[own] - data.xpos[pelvis], force)
        frame = data.xmat[pelvis].reshape(3, 3)
        missing = found[:6] - [*force.sum(axis=0), *(torque.sum(axis=0) @ frame)]
        root = float(np.linalg.norm(missing)) / self._weight
        return root, float((np.abs(found[6:]) / self._limits).max())
