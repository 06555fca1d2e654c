"""The pose servo: muscles of its own that follow the joint angles of a reference.

The body's own actuators are far too soft to follow a pose (they were made for a
policy that anticipates). The servo therefore drives a variant of the body whose
joints have no passive springs or dampers and whose actuators are stiffer, within
the same joint limits and, at strength 1, the same torque limits.
"""

import mujoco
import numpy as np

from ...body.figures import load_figures
from ...body.model import make_spec
from ...scene.model import PREFIX
from ...scene.surroundings import Surroundings
from ...simulation.stepping import CONTROL_HZ
from .assistance import add_assistance

STIFFNESS = 6.0
"""Stiffness of the servo's actuators relative to the body's own at strength 1."""
DAMPING = 0.07
"""Seconds: damping over stiffness, also how far ahead a moving target must be placed."""
FOOT_BODIES = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")
FLOOR_PRIORITY = 2
"""Above that of feet and hands, so that the floor's figures hold for all that touches it."""
FLOOR_FRICTION = 0.8
"""Dragged hands stick and wedge the arms where it is higher."""
FOOT_FRICTION = 1.0
"""Of feet on the floor, as the body has it; standing feet creep where it is lower."""
FLOOR_SOLREF = [0.0045, 1]
FLOOR_SOLIMP = [0.95, 0.99, 0.001]
"""Three times as hard as the body's own contacts, in which a stepping foot sinks over 1 cm."""
SELF_SOLREF = [0.05, 1]
SELF_SOLIMP = [0.1, 0.5, 0.05]


def build_servo_model(
    strength: float = 1.0, surroundings: Surroundings | None = None
) -> mujoco.MjModel:
    """The body with the servo's actuators, then the six of the assistance (nu 75, na 75).

    Each actuator integrates its control: the control is the speed of the target
    in rad/s and the activation the target itself. Targets so move smoothly at
    every physics step while Python looks only once in a control step.
    """
    spec = make_spec()
    stiffen(spec, strength)
    for actuator in spec.actuators:
        actuator.dyntype = mujoco.mjtDyn.mjDYN_INTEGRATOR
    soften_self_contact(spec)
    add_foot_pairs(spec)
    if surroundings is not None:
        surroundings.add_to(spec)
        for geom in spec.geoms:
            if geom.name.startswith(PREFIX) and geom.priority == FLOOR_PRIORITY:
                geom.solref, geom.solimp[:3] = FLOOR_SOLREF, FLOOR_SOLIMP
    add_assistance(spec)
    return spec.compile()


def stiffen(spec: mujoco.MjSpec, strength: float) -> None:
    """Gives the body the servo's muscles: controls are the hinges' targets in radians."""
    for joint in spec.joints:
        if joint.type == mujoco.mjtJoint.mjJNT_HINGE:
            joint.stiffness = joint.damping = 0
    for actuator, figure in zip(spec.actuators, load_figures()["actuators"], strict=True):
        stiffness = STIFFNESS * strength * figure["kp"]
        limit = strength * figure["force_limit"]
        actuator.gainprm[0] = stiffness
        actuator.biasprm[:3] = [0, -stiffness, -DAMPING * stiffness]
        actuator.ctrllimited = False
        actuator.forcerange = [-limit, limit]


def soften_self_contact(spec: mujoco.MjSpec) -> None:
    """The floor decides how it is touched; limbs that touch each other give way.

    References pass limbs through each other by centimetres: mocap fitted to
    another body does, keyed poses do. Hard contact would wedge the legs and throw
    the person over; a soft one pushes the limbs apart and lets the motion go on.
    """
    for geom in spec.geoms:
        if geom.name == "floor":
            geom.priority = FLOOR_PRIORITY
            geom.friction = [FLOOR_FRICTION, 0.005, 0.0001]
            geom.solref, geom.solimp[:3] = FLOOR_SOLREF, FLOOR_SOLIMP
        else:
            geom.condim, geom.priority = 1, 0
            geom.solref, geom.solimp[:3] = SELF_SOLREF, SELF_SOLIMP


def add_foot_pairs(spec: mujoco.MjSpec) -> None:
    """Soles hold better on the floor than the rest of the body."""
    for name in FOOT_BODIES:
        for geom in spec.body(name).geoms:
            spec.add_pair(
                geomname1="floor",
                geomname2=geom.name,
                condim=3,
                friction=[FOOT_FRICTION, FOOT_FRICTION, 0.005, 0.0001, 0.0001],
                margin=geom.margin,
                solref=FLOOR_SOLREF,
                solimp=[*FLOOR_SOLIMP, 0.5, 2],
            )


class PoseServo:
    """A ``Controller`` that needs no trained model: follows a reference, step by step."""

    needs_observation = False

    def __init__(
        self, model: mujoco.MjModel, qpos: np.ndarray, qvel: np.ndarray, torques: np.ndarray
    ) -> None:
        """``model`` from ``build_servo_model``; the reference as qpos (T, 76), qvel (T, 75).

        ``torques`` (T, 69) Nm are what the reference is known to need in advance.
        """
        self.model = model
        # A target placed ahead by damping times speed over stiffness makes the
        # damping act on the error of the speed instead of on the speed; one
        # placed off by torque over stiffness gives that torque where there is no error.
        stiffness = model.actuator_gainprm[:69, 0]
        self._targets = qpos[:, 7:] + DAMPING * qvel[:, 6:] + torques / stiffness
        self._speeds = np.diff(self._targets, axis=0) * CONTROL_HZ

    def begin(self, data: mujoco.MjData) -> None:
        data.act[:69] = self._targets[0]

    def act(self, observation: np.ndarray | None, step: int) -> np.ndarray:
        return self._speeds[step]
