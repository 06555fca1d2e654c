"""Assistance: a wrench on the pelvis that follows the root of the reference.

It is six more actuators on a model: three push the pelvis along the world's
axes, three turn it towards the reference. MuJoCo integrates their damping
implicitly and clamps their forces, so that nothing has to be done between
control steps.
"""

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from ...body.figures import GRAVITY
from ...simulation.stepping import CONTROL_HZ

_TARGET = "assistance_target"
_ORIGIN = "assistance_origin"

FREQUENCY = 14.0
"""rad/s: how fast the wrench pulls the root back, as of the whole mass on a spring."""
LAG = 2 / FREQUENCY
"""Seconds: damping over stiffness of a critically damped spring."""
TURN_STIFFNESS = 4000.0
"""Nm/rad."""
TURN_LAG = 0.1
"""Seconds, as ``LAG``."""
PUSH_LIMIT = 1.0
"""Horizontal force as a share of body weight."""
LIFT_LIMIT = 1.0
"""Vertical force as a share of body weight, beyond what the ground cannot give."""
TURN_LIMIT = 600.0
"""Nm about each axis."""


def add_assistance(spec: mujoco.MjSpec) -> None:
    """Adds the six actuators at the end of those ``spec`` has; they do nothing by themselves."""
    spec.worldbody.add_site(name=_ORIGIN)
    # The turning is measured from a frame that goes along with the reference:
    # measured from the world it would break down half a turn away.
    target = spec.worldbody.add_body(name=_TARGET, mocap=True)
    target.add_site(name=_TARGET)
    for axis in range(6):
        actuator = spec.add_actuator(
            name=f"assistance_{axis}",
            trntype=mujoco.mjtTrn.mjTRN_SITE,
            target="Pelvis",
            refsite=_ORIGIN if axis < 3 else _TARGET,
            biastype=mujoco.mjtBias.mjBIAS_AFFINE,
            dyntype=mujoco.mjtDyn.mjDYN_INTEGRATOR,
            forcelimited=True,
            forcerange=[-1e-9, 1e-9],
        )
        actuator.gear[:] = np.eye(6)[axis]
        actuator.ctrllimited = False


class Assistance:
    """Drives the six actuators along a reference, by a share 0..1."""

    def __init__(
        self,
        model: mujoco.MjModel,
        qpos: np.ndarray,
        qvel: np.ndarray,
        missing: np.ndarray,
        share: float,
    ) -> None:
        """Reference qpos (T, 76), qvel (T, 75).

        ``missing`` (T, 6) is the wrench on the root that the reference needs and the
        ground cannot give (see ``support``).
        """
        self.model = model
        self.weight = float(model.body_subtreemass[1]) * GRAVITY
        self._first = model.nu - 6
        self._target = model.body(_TARGET).mocapid[0]
        part = slice(self._first, model.nu)
        stiffness = np.full(6, TURN_STIFFNESS)
        stiffness[:3] = model.body_subtreemass[1] * FREQUENCY**2
        lag = np.array([LAG] * 3 + [TURN_LAG] * 3)
        stiffness *= share
        model.actuator_gainprm[part, 0] = stiffness
        model.actuator_biasprm[part, 1] = -stiffness
        model.actuator_biasprm[part, 2] = -stiffness * lag
        limits = np.abs(missing)
        limits[:, :2] += PUSH_LIMIT * self.weight
        limits[:, 2] += LIFT_LIMIT * self.weight
        limits[:, 3:] += TURN_LIMIT
        # MuJoCo takes an empty range for no limit at all.
        self._limits = np.maximum(limits * share, 1e-9)
        shift = missing / np.maximum(stiffness, 1e-9) * share
        self._positions = qpos[:, :3] + LAG * qvel[:, :3] + shift[:, :3]
        self._rates = np.zeros((len(qpos) - 1, 6))
        self._rates[:, :3] = np.diff(self._positions, axis=0) * CONTROL_HZ
        self._quats = qpos[:, 3:7]
        turns = Rotation.from_quat(self._quats, scalar_first=True)
        # In the frame of the step's end: how far its start is turned back.
        back = (turns[1:].inv() * turns[:-1]).as_rotvec()
        ahead = TURN_LAG * qvel[:, 3:6] + shift[:, 3:]
        self._turn_starts = back + ahead[:-1]
        self._rates[:, 3:] = (ahead[1:] - self._turn_starts) * CONTROL_HZ

    def drive(self, data: mujoco.MjData, step: int) -> np.ndarray:
        """Sets targets and limits for a step and returns the six controls."""
        part = slice(self._first, self.model.nu)
        data.mocap_quat[self._target] = self._quats[step + 1]
        data.act[-6:-3] = self._positions[step]
        data.act[-3:] = self._turn_starts[step]
        self.model.actuator_forcerange[part, 1] = self._limits[step]
        self.model.actuator_forcerange[part, 0] = -self._limits[step]
        return self._rates[step]

    def force_share(self, data: mujoco.MjData) -> float:
        """Size of the force on the pelvis just now, as a share of body weight."""
        return float(np.linalg.norm(data.actuator_force[-6:-3])) / self.weight
