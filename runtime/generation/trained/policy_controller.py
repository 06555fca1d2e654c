"""The policy as a controller: a latent for each step, one body or all takes at once."""

import time

import mujoco
import numpy as np

from ...motion.motion import CONTACT_BODIES
from ...performance.draft.rollout import (
    PREVIEW_INTERVAL,
    Rollout,
    advance,
    contact_columns,
    read_contacts,
)
from ...policy import Policy
from ...progress import Progress
from ...simulation.batch import BodyBatch
from ...simulation.stepping import DivergenceError


class PolicyController:
    """A ``Controller`` that acts by a trained policy on the body's own model."""

    needs_observation = True

    def __init__(self, model: mujoco.MjModel, policy: Policy, z: np.ndarray) -> None:
        """``z`` (takes, T, d): the latent of each take at each frame."""
        self.model = model
        self.policy = policy
        self.z = np.ascontiguousarray(z, dtype=np.float32)
        self.actions = np.zeros((*z.shape[:2], 69), dtype=np.float32)
        """(takes, T, 69): what led to each frame; nothing led to the first."""

    def begin(self, data: mujoco.MjData) -> None:
        """The body's own actuators have no state to begin with."""

    def act(self, observation: np.ndarray | None, step: int) -> np.ndarray:
        """(358,) -> (69,) of the only take, or (takes, 358) -> (takes, 69)."""
        assert observation is not None
        actions = self.policy.act(np.atleast_2d(observation), self.z[:, step])
        self.actions[:, step + 1] = actions
        return actions[0] if observation.ndim == 1 else actions


def rollout_takes(
    controller: PolicyController,
    start: tuple[np.ndarray | None, np.ndarray | None],
    frames: int,
    substeps: int,
    progress: Progress,
    label: str = "",
) -> list[Rollout]:
    """The control loop of all takes of ``controller`` together, over the machine's cores.

    ``start`` is qpos (76,) and qvel (75,), None for the default reset. Previews
    show the first take. Raises ``DivergenceError`` whose message starts with the
    take and the frame.
    """
    takes = len(controller.z)
    columns = contact_columns(controller.model)
    records = [
        Rollout(
            np.empty((frames, 76)),
            np.empty((frames, 75)),
            np.zeros((frames, len(CONTACT_BODIES)), dtype=bool),
            np.zeros(frames - 1),
        )
        for _ in range(takes)
    ]
    shown, shown_at = 0, time.monotonic()
    with BodyBatch(controller.model, takes) as batch:
        qpos, qvel = (None if part is None else np.tile(part, (takes, 1)) for part in start)
        batch.reset(qpos, qvel)
        actions = np.zeros((takes, 69))

        def step(take: int, data: mujoco.MjData) -> None:
            record = records[take]
            if frame:
                data.ctrl[:] = actions[take]
                try:
                    advance(controller.model, data, substeps, columns, record.contacts[frame])
                except DivergenceError as error:
                    raise DivergenceError(f"frame {frame} of take {take + 1} ({error})") from error
            else:
                read_contacts(controller.model, data, columns, record.contacts[0])
            record.qpos[frame], record.qvel[frame] = data.qpos, data.qvel

        for frame in range(frames):
            if frame:
                actions = controller.act(batch.observe(), frame - 1)
            batch.each(step)
            if time.monotonic() - shown_at > PREVIEW_INTERVAL:
                progress((frame + 1) / frames, label, records[0].qpos[shown : frame + 1].copy())
                shown, shown_at = frame + 1, time.monotonic()
    progress(1.0, label, records[0].qpos[shown:].copy() if shown < frames else None)
    return records
