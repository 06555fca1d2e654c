"""How an episode starts: upright, fallen, or in a frame of a recorded motion."""

from typing import Protocol

import mujoco
import numpy as np

from ..errors import UserError
from .stepping import control_step, reset

STATE_INITS = ("Default", "Fall", "DefaultAndFall", "MoCap", "MoCapAndFall")

FALL_HEIGHT = 1.0
FALL_STEPS = 4
FALL_CONTROL = 0.5


class StateSource(Protocol):
    """Where recorded states come from, such as a ``MotionBuffer``."""

    def sample_state(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """qpos (76,) and qvel (75,) of a frame: motion by priority, frame uniform."""


def check_start(state_init: str, has_motions: bool, fall_prob: float) -> None:
    """Raises ``UserError`` for an unknown name, motions that are not there or no probability."""
    if not 0 <= fall_prob <= 1:
        raise UserError(f"fall_prob is {fall_prob}; a probability lies between 0 and 1.")
    if state_init not in STATE_INITS:
        raise UserError(
            f"There is no state_init {state_init!r}; use one of {', '.join(STATE_INITS)}."
        )
    if state_init.startswith("MoCap") and not has_motions:
        raise UserError(f"state_init {state_init!r} needs motions: pass HDF5 files as `motions`.")


def start_body(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    rng: np.random.Generator,
    state_init: str = "Default",
    fall_prob: float = 0.3,
    motions: StateSource | None = None,
) -> None:
    """Puts the body into a start state drawn with ``rng``.

    ``DefaultAndFall`` and ``MoCapAndFall`` fall with probability ``fall_prob``.
    """
    check_start(state_init, motions is not None, fall_prob)
    mixed = state_init.endswith("AndFall")
    if state_init == "Fall" or (mixed and rng.random() < fall_prob):
        start_fallen(model, data, rng)
    elif motions is not None and state_init.startswith("MoCap"):
        reset(model, data, *motions.sample_state(rng))
    else:
        reset(model, data)


def start_fallen(model: mujoco.MjModel, data: mujoco.MjData, rng: np.random.Generator) -> None:
    """Drops the body from 1 m in any orientation, with up to four steps of random control."""
    qpos = np.zeros(model.nq)
    qpos[2] = FALL_HEIGHT
    quat = rng.random(4)
    qpos[3:7] = quat / np.linalg.norm(quat)
    reset(model, data, qpos)
    for _ in range(rng.integers(FALL_STEPS + 1)):
        control_step(model, data, rng.uniform(-FALL_CONTROL, FALL_CONTROL, model.nu))
