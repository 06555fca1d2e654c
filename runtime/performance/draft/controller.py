"""The seam between the loop and whatever drives the body."""

from typing import Protocol

import mujoco
import numpy as np


class Controller(Protocol):
    """Observation and step index -> action (69,), 30 times a second.

    The policy is one (a latent per step, an actor on the observation), the pose
    servo another (it looks at the step alone). Each brings the model whose first
    69 actuators it drives: the body's own, or a variant of it.
    """

    model: mujoco.MjModel
    needs_observation: bool
    """Whether ``act`` reads the observation; making one costs time."""

    def begin(self, data: mujoco.MjData) -> None:
        """Called once, with the body in its start state, before the first step."""

    def act(self, observation: np.ndarray | None, step: int) -> np.ndarray:
        """Control (69,) from frame ``step`` to the next.

        ``observation`` (358,) is None unless ``needs_observation``.
        """
