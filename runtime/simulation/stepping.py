"""One control step of the body: 15 physics steps at 450 Hz, 30 controls a second."""

import logging

import mujoco
import numpy as np

logger = logging.getLogger(__name__)

SUBSTEPS = 15
CONTROL_HZ = 30
UPRIGHT_QUAT = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])
"""Root orientation (wxyz) of a person standing upright with heading zero."""
UPRIGHT_HEIGHT = 0.94
"""Root height in metres of the default reset."""


def _log_warning(text: str) -> None:
    logger.info("MuJoCo: %s", text)


if mujoco.get_mju_user_warning() is None:
    # Left alone, MuJoCo writes its warnings to MUJOCO_LOG.TXT wherever it was started.
    mujoco.set_mju_user_warning(_log_warning)


class DivergenceError(RuntimeError):
    """The simulation left the realm of numbers; the message names MuJoCo's warnings."""


def reset(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    qpos: np.ndarray | None = None,
    qvel: np.ndarray | None = None,
) -> None:
    """Puts the body into a state and derives everything from it.

    Without ``qpos`` (76,) it stands upright at the origin in the zero pose;
    without ``qvel`` (75,) it is at rest. What moves freely beside it lies as the model has it.
    """
    mujoco.mj_resetData(model, data)
    if qpos is None:
        data.qpos[:76] = 0
        data.qpos[2] = UPRIGHT_HEIGHT
        data.qpos[3:7] = UPRIGHT_QUAT
    else:
        data.qpos[: len(qpos)] = qpos
    if qvel is not None:
        data.qvel[: len(qvel)] = qvel
    mujoco.mj_forward(model, data)
    check_divergence(data)


def control_step(model: mujoco.MjModel, data: mujoco.MjData, action: np.ndarray) -> None:
    """Holds the control (69,) for 1/30 s, then refreshes positions, velocities and sensors.

    Raises ``DivergenceError`` rather than leave a broken state behind unseen.
    """
    data.ctrl[:] = action
    mujoco.mj_step(model, data, SUBSTEPS)
    # Positions and sensors of the state just reached, without integrating it.
    mujoco.mj_step1(model, data)
    check_divergence(data)


def check_divergence(data: mujoco.MjData) -> None:
    """Raises ``DivergenceError`` if MuJoCo has warned or the state holds a NaN."""
    counts = data.warning.number
    if counts.any():
        names = [
            mujoco.mjtWarning(index).name.removeprefix("mjWARN_")
            for index in np.flatnonzero(counts)
        ]
        raise DivergenceError(f"the simulation became unstable ({', '.join(names)})")
    if not (np.isfinite(data.qpos).all() and np.isfinite(data.qvel).all()):
        raise DivergenceError("the simulation became unstable (state is not finite)")
