"""A pose as a statue: what becomes of it when muscles keep it and the ground alone bears it."""

from functools import lru_cache

import mujoco
import numpy as np

from ...body.support_points import lowest_points
from ...performance.physics.bodies import ServoBody
from ...simulation.stepping import check_divergence


@lru_cache(maxsize=1)
def _body() -> ServoBody:
    return ServoBody()


def statue(qpos: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """States (frames, 76), (frames, 75) at 30 Hz of a body whose muscles pull as keeping a pose (76,)
    takes where that is in balance, and go on so wherever it then falls.

    It begins at rest, with its lowest point on the floor.
    Raises ``DivergenceError`` where the simulation diverges: bodies that begin in themselves burst.
    """
    body = _body()
    start = qpos.copy()
    start[2] -= lowest_points(qpos[None]).min()
    kept = np.repeat(start[None], 3, axis=0)
    targets = body.feed_forward(kept, np.zeros((3, 75)))[0][1]
    data = mujoco.MjData(body.plain)
    data.qpos[:] = start
    states = np.empty((frames, 76)), np.empty((frames, 75))
    for frame in range(frames):
        states[0][frame], states[1][frame] = data.qpos, data.qvel
        data.ctrl[:] = targets
        for _ in range(body.substeps):
            mujoco.mj_step(body.plain, data)
        check_divergence(data)
    return states
