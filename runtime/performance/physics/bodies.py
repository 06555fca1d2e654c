"""The bodies that perform: muscles, contacts that harden, and a wrench that can be priced away.

A body knows how a step's control (75,) moves it: 69 changes of muscle targets in
radians, then six of the wrench on the root as shares of body weight (N, and Nm per
metre). The model with the wrench is only for finding the motion; what is recorded
comes from one that has no such actuators.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import mujoco
import numpy as np

from ...body.figures import GRAVITY, JOINT_RANGES, load_figures
from ...body.model import build_model, make_spec
from ...motion.motion import CONTROL_FPS
from ...scene.model import people_geoms, scene_geoms
from ...scene.surroundings import Surroundings, View
from ...simulation.stepping import SUBSTEPS
from ..draft.servo import DAMPING, add_foot_pairs, soften_self_contact, stiffen
from ..draft.support import support_of
from .tangent import MUSCLES, Layout


@dataclass(frozen=True)
class Contact:
    """How contacts are for a while: softer and felt from farther away than they are."""

    margin: float
    """Metres between surfaces from which they push."""
    time_constant: float
    """Seconds, of a critically damped spring; at least two physics steps."""
    hardness: float
    """Largest impedance, below 1: what it becomes past the margin."""
    edge: float
    """Impedance at the edge of the margin. From 0 the dynamics are smooth to changes of a
    hundredth; as bodies have it, 0.95, contacts jump at the edge, but standing feet do not creep."""


HARD_CONTACT = Contact(0.002, 0.0045, 0.99, 0.9)
"""The servo body's own: standing feet do not creep. Springs cannot be stiffer at 450 Hz, so feet
that land at 2 m/s go 4 mm beyond where they are first felt: two of them are above the floor."""


NEAR_M, NEAR_FRAMES = 0.15, 3
"""Metres from a body to an object that it may come to touch when it is performed, and how many frames
go by between two that are looked at."""
PASSING_M = 0.012
"""Metres at most from which limbs feel what they only pass by, as other people: from farther away it
throws them. A jump off a box passes by its edges so, and is not found where they are felt from afar."""


class Body(ABC):
    """What bodies have in common; see ``ServoBody`` and ``PublishedBody``."""

    model: mujoco.MjModel
    """With six more actuators, the wrench; (nu 75)."""
    plain: mujoco.MjModel
    """Without a wrench (nu 69)."""
    recorded: mujoco.MjModel
    """What the motion is recorded with: the same, with what moves freely in the scene."""
    substeps: int = SUBSTEPS
    """Physics steps of a control step."""
    surroundings: Surroundings | None = None
    """The scene that is built into both models; None for nothing but a flat floor."""
    layout = Layout()
    reach: float = PASSING_M
    """Metres at most from which objects of the scene are felt, see ``set_contact``."""
    feels_objects: bool = False
    """Whether there are any, beside the floor and other people."""
    tilted: bool = False
    """Whether the floor is."""

    def comes_near_objects(self, qpos: np.ndarray, around: View | None = None) -> bool:
        """Whether a motion (T, 76) does, to any of them; ``around``: where those are that move."""
        return False

    def __init__(self) -> None:
        self.weight = float(self.model.body_subtreemass[1]) * GRAVITY
        for model in (self.model, self.plain, self.recorded):
            model.opt.timestep = 1 / (CONTROL_FPS * self.substeps)

    @abstractmethod
    def feed_forward(self, qpos: np.ndarray, qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Reference (T, 76), (T, 75) -> muscle targets (T, 69) rad that would follow it, and the
        wrench (T, 6) that muscles and ground cannot give, in the units of the control."""

    @abstractmethod
    def set_contact(self, contact: Contact) -> None:
        """Makes the contacts of ``model`` so."""

    def controls(
        self, targets: np.ndarray, following: np.ndarray, control: np.ndarray
    ) -> np.ndarray:
        """Targets (69,) at a step's start and end and controls (n, 75) -> (n, substeps, 75) what
        the actuators of ``model`` get."""
        layout = self.layout
        result = np.empty((len(control), self.substeps, layout.controls))
        muscles = self.muscle_controls(targets, following, control[:, layout.muscles])
        result[..., layout.muscles] = muscles
        result[..., layout.wrench] = control[:, None, layout.wrench] * self.weight
        return result

    @abstractmethod
    def muscle_controls(
        self, targets: np.ndarray, following: np.ndarray, offset: np.ndarray
    ) -> np.ndarray:
        """Targets (69,) at the step's start and end and offsets (n, 69) -> controls (n, substeps, 69)."""

    @abstractmethod
    def control_slopes(self, targets: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """(69,) by which the actuators' controls move with the offset (69,)."""

    @staticmethod
    def _apply(
        model: mujoco.MjModel, contact: Contact, geoms: np.ndarray, pairs: bool = True
    ) -> None:
        margin, reference = contact.margin, [contact.time_constant, 1]
        impedance = [contact.edge, contact.hardness, margin * 1.3, 0.5, 2]
        model.geom_margin[geoms] = margin
        # By these MuJoCo looks for what may touch at all; they are of the margins it was built with.
        model.body_margin[:] = 0
        np.maximum.at(model.body_margin, model.geom_bodyid, model.geom_margin)
        model.geom_solref[geoms], model.geom_solimp[geoms] = reference, impedance
        if not pairs:
            return
        model.pair_margin[:] = margin
        model.pair_solref[:], model.pair_solimp[:] = reference, impedance


class ServoBody(Body):
    """The servo's stiff muscles; their targets move evenly within a control step."""

    def __init__(self, strength: float = 1.0, surroundings: Surroundings | None = None) -> None:
        self.surroundings = surroundings
        self.model = self._build(strength, surroundings, wrench=True)
        self.plain = self.recorded = self._build(strength, surroundings, wrench=False)
        if surroundings is not None and surroundings.coupled is not None:
            self.recorded = self._build(strength, surroundings.coupled, wrench=False)
        self._stiffness = self.model.actuator_gainprm[:MUSCLES, 0].copy()
        self._floor = np.array([self.model.geom("floor").id])
        self._people = self._felt(self.model)
        self._objects = np.setdiff1d(scene_geoms(self.model), self._people)
        self.feels_objects = len(self._objects) > 0
        self.tilted = surroundings is not None and bool(surroundings.scene.world.slope)
        for model in (self.model, self.plain, self.recorded):
            # Limbs that touch give way softly, without an edge.
            model.geom_solimp[:] = [0, 0.5, 0.05, 0.5, 2]
            self._apply(model, HARD_CONTACT, self._floor)
            self._apply(model, HARD_CONTACT, scene_geoms(model), pairs=False)
            self._apply(model, HARD_CONTACT, self._felt(model), pairs=False)
        super().__init__()

    def comes_near_objects(self, qpos: np.ndarray, around: View | None = None) -> bool:
        if not self.feels_objects:
            return False
        model = self.model
        data = mujoco.MjData(model)
        own = np.flatnonzero(
            (model.body_rootid[model.geom_bodyid] == model.body("Pelvis").id)
            & (model.geom_contype != 0)
        )
        radii = model.geom_rbound[own, None] + model.geom_rbound[self._objects]
        for frame in range(0, len(qpos), NEAR_FRAMES):
            data.qpos[: self.layout.nq] = qpos[frame]
            if around is not None:
                around.apply(model, data, frame, 0.0)
            mujoco.mj_kinematics(model, data)
            way = data.geom_xpos[own, None] - data.geom_xpos[self._objects]
            # What the balls around both tell is enough for most.
            maybe = np.argwhere(np.linalg.norm(way, axis=-1) - radii < NEAR_M)
            for row, column in maybe:
                pair = int(own[row]), int(self._objects[column])
                if mujoco.mj_geomDistance(model, data, *pair, NEAR_M, None) < NEAR_M:
                    return True
        return False

    def _felt(self, model: mujoco.MjModel) -> np.ndarray:
        """(n,) ids of the geoms of other people, who are led or move in the same model."""
        return people_geoms(model, self.surroundings.scene.people if self.surroundings else ())

    def _build(
        self, strength: float, surroundings: Surroundings | None, wrench: bool
    ) -> mujoco.MjModel:
        spec = make_spec()
        stiffen(spec, strength)
        soften_self_contact(spec)
        add_foot_pairs(spec)
        if surroundings is not None:
            surroundings.add_to(spec)
        if wrench:
            add_wrench(spec)
        return spec.compile()

    def feed_forward(self, qpos: np.ndarray, qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ground = self.surroundings.ground if self.surroundings else None
        support = support_of(self.plain, qpos, qvel, ground=ground)
        targets = qpos[:, 7:] + DAMPING * qvel[:, 6:] + support.torques / self._stiffness
        return targets, support.missing / self.weight

    def set_contact(self, contact: Contact) -> None:
        self._apply(self.model, contact, self._floor)
        for geoms, reach in ((self._objects, self.reach), (self._people, PASSING_M)):
            near = replace(contact, margin=min(contact.margin, reach))
            self._apply(self.model, near, geoms, pairs=False)

    def muscle_controls(
        self, targets: np.ndarray, following: np.ndarray, offset: np.ndarray
    ) -> np.ndarray:
        share = (np.arange(self.substeps) + 1)[:, None] / self.substeps
        return targets + share * (following - targets) + offset[:, None]

    def control_slopes(self, targets: np.ndarray, offset: np.ndarray) -> np.ndarray:
        return np.ones(len(offset))


class PublishedBody(Body):
    """The body of published policies: soft muscles, controls -1..1 held for a control step."""

    def __init__(self) -> None:
        spec = make_spec()
        add_wrench(spec)
        self.model, self.plain = spec.compile(), build_model()
        self.recorded = self.plain
        figures = load_figures()["actuators"]
        self._stiffness = np.array([figure["kp"] for figure in figures])
        self._damping = np.array([figure["kd"] for figure in figures])
        self._middle = JOINT_RANGES.mean(axis=1)
        self._half = np.diff(JOINT_RANGES, axis=1)[:, 0] / 2
        super().__init__()

    def feed_forward(self, qpos: np.ndarray, qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        support = support_of(self.plain, qpos, qvel)
        targets = (
            qpos[:, 7:]
            + support.torques / self._stiffness
            + self._damping / self._stiffness * qvel[:, 6:]
        )
        return np.clip(targets, *JOINT_RANGES.T), support.missing / self.weight

    def set_contact(self, contact: Contact) -> None:
        if contact == HARD_CONTACT:
            for name in ("geom_margin", "geom_solref", "geom_solimp"):
                getattr(self.model, name)[:] = getattr(self.plain, name)
        else:
            self._apply(self.model, contact, np.arange(self.model.ngeom))

    def muscle_controls(
        self, targets: np.ndarray, following: np.ndarray, offset: np.ndarray
    ) -> np.ndarray:
        control = self.actions(targets + offset)
        return np.broadcast_to(control[:, None], (len(offset), self.substeps, MUSCLES))

    def actions(self, targets: np.ndarray) -> np.ndarray:
        """Muscle targets (..., 69) rad -> actions (..., 69) of the environment, -1..1."""
        return np.clip((targets - self._middle) / self._half, -1, 1)

    def targets(self, actions: np.ndarray) -> np.ndarray:
        """The inverse of ``actions``, within the joints' ranges."""
        return self._middle + self._half * actions

    def control_slopes(self, targets: np.ndarray, offset: np.ndarray) -> np.ndarray:
        control = (targets + offset - self._middle) / self._half
        return np.where(np.abs(control) < 1, 1 / self._half, 0.0)


def ground_geoms(model: mujoco.MjModel) -> np.ndarray:
    """(n,) ids of all that the body can stand on or run into: the floor and the scene."""
    return np.append(model.geom("floor").id, scene_geoms(model))


def add_wrench(spec: mujoco.MjSpec) -> None:
    """Six motors on the root: force along the world's axes, torque about the root's own."""
    for axis in range(6):
        motor = spec.add_actuator(
            name=f"wrench_{axis}", trntype=mujoco.mjtTrn.mjTRN_JOINT, target="Pelvis"
        )
        motor.gear[:] = np.eye(6)[axis]
        motor.gainprm[0] = 1
        motor.ctrllimited = False
