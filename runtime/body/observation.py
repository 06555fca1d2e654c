"""What the policy sees of the body: 358 numbers, free of place and heading.

In order: height of the root (1), positions of the other bodies (69), rotations
of all bodies as two columns each (144), linear velocities (72), angular
velocities (72). The first 214, "the pose", are what every distance is measured on.
"""

import mujoco
import numpy as np

OBSERVATION_SIZE = 358
POSE_SIZE = 214
BODIES = 24


def observe_bodies(
    positions: np.ndarray,
    rotations: np.ndarray,
    linear: np.ndarray,
    angular: np.ndarray,
) -> np.ndarray:
    """Observation (..., 358) of bodies in the world, over any leading dimensions.

    positions (..., 24, 3) metres, rotations (..., 24, 3, 3), linear (..., 24, 3)
    m/s and angular (..., 24, 3) rad/s velocities of the body frames.
    """
    lead = positions.shape[:-2]
    # The person faces +z of the pelvis. Turning the root by the conjugate of
    # (.5, .5, .5, .5) and taking its x axis is taking its z axis.
    facing = rotations[..., 0, :2, 2]
    length = np.sqrt((facing * facing).sum(axis=-1))
    # Who faces straight up or down has no heading; it is taken to be zero.
    none = length == 0
    cos, sin = facing[..., 0] / (length + none) + none, facing[..., 1] / (length + none)
    # Times a row vector, this takes the heading out of it. One product for all
    # vectors of a body: the control loop of one body lives on few NumPy calls.
    turn = np.zeros((*lead, 3, 3))
    turn[..., 0, 0] = turn[..., 1, 1] = cos
    turn[..., 0, 1], turn[..., 1, 0] = -sin, sin
    turn[..., 2, 2] = 1
    vectors = np.empty((*lead, 119, 3))
    np.subtract(positions[..., 1:, :], positions[..., :1, :], out=vectors[..., :23, :])
    vectors[..., 23:71:2, :] = rotations[..., :, 0]
    vectors[..., 24:71:2, :] = rotations[..., :, 2]
    vectors[..., 71:95, :] = linear
    vectors[..., 95:, :] = angular
    result = np.empty((*lead, OBSERVATION_SIZE))
    result[..., 0] = positions[..., 0, 2]
    result[..., 1:] = (vectors @ turn).reshape(*lead, OBSERVATION_SIZE - 1)
    return result


def observe(model: mujoco.MjModel, data: mujoco.MjData) -> np.ndarray:
    """Observation (358,) of the body as ``data`` holds it; sensors must be up to date."""
    del model  # the body is always the first 24 bodies and the first 144 sensor numbers
    return observe_bodies(
        data.xpos[1 : BODIES + 1],
        data.xmat[1 : BODIES + 1].reshape(BODIES, 3, 3),
        data.sensordata[:72].reshape(BODIES, 3),
        data.sensordata[72:144].reshape(BODIES, 3),
    )


def observe_states(model: mujoco.MjModel, qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    """Observations (n, 358) of states given as qpos (n, 76) and qvel (n, 75)."""
    data = mujoco.MjData(model)
    result = np.empty((len(qpos), OBSERVATION_SIZE))
    for index, (position, velocity) in enumerate(zip(qpos, qvel, strict=True)):
        data.qpos[:], data.qvel[:] = position, velocity
        mujoco.mj_forward(model, data)
        result[index] = observe(model, data)
    return result
