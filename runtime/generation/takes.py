"""Prompt timeline -> performed Motions: the control loop."""

import json
import logging
import time
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from ..body.figures import BODY_NAMES
from ..errors import UserError
from ..evaluation.quality import measure_quality
from ..motion.motion import CONTACT_BODIES, CONTROL_FPS, Motion
from ..progress import Part, Progress, silent
from ..prompts.timeline import Timeline
from ..simulation.observation import observe
from ..simulation.stepping import DivergenceError, check_divergence, reset
from .assistance import Assistance
from .controller import Controller
from .reference import build_reference, varied
from .servo import PoseServo, build_servo_model
from .settings import GenerationSettings
from .support import support_of

logger = logging.getLogger(__name__)

PREVIEW_INTERVAL = 0.2
"""Seconds of wall clock between previews, and between chances to cancel."""
SUBSTEPS = (15, 30)
"""Physics steps in a control step: the usual number, and the one tried when that diverges."""


@dataclass(frozen=True)
class Rollout:
    """What the simulation recorded."""

    qpos: np.ndarray
    """(T, 76)"""
    qvel: np.ndarray
    """(T, 75)"""
    contacts: np.ndarray
    """(T, 6) bool"""
    assistance: np.ndarray
    """(T-1,) force on the pelvis at the end of each step, as a share of body weight."""


def generate(
    timeline: Timeline,
    settings: GenerationSettings | None = None,
    progress: Progress = silent,
) -> list[Motion]:
    """Performs the timeline, once for each take.

    The motions are at 30 fps, with velocities, contacts, and metadata from which
    the same motion is made again: ``Timeline.from_dict(metadata["timeline"])``,
    ``GenerationSettings.from_dict(metadata["settings"])``, take ``metadata["take"]``.

    Raises ``UserError`` for timelines that cannot be performed and for motions
    that break the simulation, ``Cancelled`` out of ``progress``.
    """
    settings = settings or GenerationSettings()
    if settings.controller == "policy":
        raise UserError("There is no trained model yet; choose the controller 'servo'.")
    progress(0.0, "Preparing the reference")
    reference = build_reference(timeline, Part(progress, 0.0, 0.2))
    kept = json.loads(reference.timeline.to_json())
    motions = []
    for take in range(settings.takes):
        part = Part(
            progress,
            0.2 + 0.8 * take / settings.takes,
            0.2 + 0.8 * (take + 1) / settings.takes,
        )
        target = varied(reference.motion, settings.seed, take)
        label = (
            f"Performing take {take + 1} of {settings.takes}"
            if settings.takes > 1
            else ("Performing")
        )
        rollout, substeps = _perform(target, settings, part, label)
        metadata: dict[str, Any] = {
            "timeline": kept,
            "settings": settings.to_dict(),
            "take": take,
            "versions": _versions(),
            "timestep": 1 / (CONTROL_FPS * substeps),
        }
        motion = Motion(CONTROL_FPS, rollout.qpos, rollout.qvel, rollout.contacts)
        quality = measure_quality(motion, reference.motion, rollout.assistance)
        metadata["measures"] = quality.to_dict()
        motions.append(Motion(CONTROL_FPS, rollout.qpos, rollout.qvel, rollout.contacts, metadata))
    progress(1.0, "Done")
    return motions


def _perform(
    target: Motion, settings: GenerationSettings, progress: Progress, label: str
) -> tuple[Rollout, int]:
    """Rolls out the servo along ``target``; with smaller steps if the usual ones diverge."""
    qvel = target.velocities()
    for substeps in SUBSTEPS:
        model = build_servo_model(settings.strength)
        model.opt.timestep = 1 / (CONTROL_FPS * substeps)
        support = support_of(model, target.qpos, qvel)
        servo = PoseServo(model, target.qpos, qvel, support.torques)
        assistance = Assistance(model, target.qpos, qvel, support.missing, settings.assistance)
        try:
            return rollout(
                servo, assistance, target.qpos[0], qvel[0], target.frames, substeps, progress, label
            ), substeps
        except DivergenceError as error:
            logger.warning("%d substeps: %s", substeps, error)
            failure = error
    raise UserError(
        f"The simulation became unstable at {failure}; "
        "look for a sudden jump there, or lower the muscle strength.",
        repr(failure),
    )


def rollout(
    controller: Controller,
    assistance: Assistance | None,
    qpos: np.ndarray,
    qvel: np.ndarray,
    frames: int,
    substeps: int,
    progress: Progress,
    label: str = "",
) -> Rollout:
    """The control loop: from the state qpos (76,), qvel (75,), ``frames`` frames long.

    Raises ``DivergenceError`` whose message starts with the frame.
    """
    model = controller.model
    data = mujoco.MjData(model)
    reset(model, data, qpos, qvel)
    controller.begin(data)
    columns = _contact_columns(model)
    record = Rollout(
        np.empty((frames, 76)),
        np.empty((frames, 75)),
        np.zeros((frames, len(CONTACT_BODIES)), dtype=bool),
        np.zeros(frames - 1),
    )
    shown, shown_at = 0, time.monotonic()
    for frame in range(frames):
        if frame:
            step = frame - 1
            observation = observe(model, data) if controller.needs_observation else None
            data.ctrl[:69] = controller.act(observation, step)
            if assistance is not None:
                data.ctrl[69:] = assistance.drive(data, step)
            mujoco.mj_step(model, data, substeps)
            mujoco.mj_step1(model, data)
            try:
                check_divergence(data)
            except DivergenceError as error:
                raise DivergenceError(f"frame {frame} ({error})") from error
            if assistance is not None:
                record.assistance[step] = assistance.force_share(data)
        record.qpos[frame], record.qvel[frame] = data.qpos[:76], data.qvel[:75]
        _read_contacts(data, columns, record.contacts[frame])
        if time.monotonic() - shown_at > PREVIEW_INTERVAL:
            progress((frame + 1) / frames, label, record.qpos[shown : frame + 1].copy())
            shown, shown_at = frame + 1, time.monotonic()
    progress(1.0, label, record.qpos[shown:].copy() if shown < frames else None)
    return record


def _contact_columns(model: mujoco.MjModel) -> np.ndarray:
    """(ngeom,) column of ``Motion.contacts`` each geom belongs to, or the one past the last."""
    bodies = np.full(model.nbody, len(CONTACT_BODIES))
    for column, name in enumerate(CONTACT_BODIES):
        bodies[1 + BODY_NAMES.index(name)] = column
    return bodies[model.geom_bodyid]


def _read_contacts(data: mujoco.MjData, columns: np.ndarray, row: np.ndarray) -> None:
    """Marks in ``row`` (6,) the bodies that press on something.

    The contacts are those of the state just reached, whose forces are not known
    before the next step; a contact bears force once it is pressed in.
    """
    contact = data.contact
    touched = np.zeros(len(CONTACT_BODIES) + 1, dtype=bool)
    touched[columns[contact.geom[contact.dist < 0]].ravel()] = True
    row[:] = touched[:-1]


def _versions() -> dict[str, str]:
    from .. import __version__

    return {"motivo": __version__, "mujoco": mujoco.__version__}
