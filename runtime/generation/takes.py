"""Prompt timeline -> performed Motions, one for each take."""

import json
import logging
from dataclasses import replace

import mujoco
import numpy as np

from .. import __version__
from ..errors import UserError
from ..evaluation.physics import physics_measures
from ..evaluation.quality import measure_quality
from ..motion.motion import CONTROL_FPS, Motion
from ..performance.bodies import ServoBody
from ..performance.performer import Performance, Performer, PerformerSettings
from ..performance.recording import Push
from ..performance.tightness import weights_of
from ..planning.reference import Reference, build_reference, varied
from ..progress import Part, Progress, silent
from ..prompts.timeline import KINDS, Timeline
from ..simulation.stepping import SUBSTEPS, DivergenceError
from .assistance import Assistance
from .automatic import AUTOMATIC, ControllerChoice, choose_controller
from .rollout import Rollout, rollout
from .servo import PoseServo, build_servo_model
from .settings import GenerationSettings
from .support import support_of

logger = logging.getLogger(__name__)

TRIES = (SUBSTEPS, 2 * SUBSTEPS, 4 * SUBSTEPS)
"""Physics steps in a control step: the usual number, then what is tried if that diverges."""
PREPARING = 0.2
"""Share of the work that is spent before the first take."""
DRAFTING = 0.1
"""Share of a physical take's work after which its draft is there."""


def generate(
    timeline: Timeline,
    settings: GenerationSettings | None = None,
    progress: Progress = silent,
) -> list[Motion]:
    """Performs the timeline, once for each take.

    The motions are at 30 fps, with velocities, contacts, and metadata from which
    the same motion is made again: ``Timeline.from_dict(metadata["timeline"])`` with
    ``GenerationSettings.from_dict(metadata["settings"])`` gives, as number
    ``metadata["take"]`` of its result, the same qpos on the same versions.

    Raises ``UserError`` for timelines that cannot be performed and for motions
    that break the simulation, ``Cancelled`` out of ``progress``.
    """
    settings = settings or GenerationSettings()
    if settings.controller == AUTOMATIC:
        # The metadata keeps what was chosen: it must not change with the models that are here.
        chosen = choose_for(timeline, settings)
        logger.info("%s", chosen.reason)
        settings = replace(settings, controller=chosen.controller)
    if settings.controller == "policy":
        from .policy_takes import generate_with_policy

        return generate_with_policy(timeline, settings, progress)
    progress(0.0, "Preparing the reference")
    reference = build_reference(timeline, Part(progress, 0.0, PREPARING))
    kept = json.loads(reference.timeline.to_json())
    motions = []
    for take in range(settings.takes):
        share = (1 - PREPARING) / settings.takes
        part = Part(progress, PREPARING + share * take, PREPARING + share * (take + 1))
        label = f"Performing take {take + 1} of {settings.takes}"
        target = varied(reference.motion, settings.seed, take)
        drafted = Part(part, 0.0, DRAFTING) if settings.quality == "physical" else part
        draft, substeps = _perform(target, settings, drafted, label)
        performed: Rollout | Performance = draft
        if settings.quality == "physical":
            performed = _perform_physically(
                target, reference, draft, settings, Part(part, DRAFTING, 1.0)
            )
            substeps = SUBSTEPS
        motion = Motion(CONTROL_FPS, performed.qpos, performed.qvel, performed.contacts)
        quality = measure_quality(motion, reference.motion, performed.assistance, reference.keyed)
        metadata = {
            "timeline": kept,
            "settings": settings.to_dict(),
            "take": take,
            "versions": {"motivo": __version__, "mujoco": mujoco.__version__},
            "choices": list(reference.choices),
            "timestep": 1 / (CONTROL_FPS * substeps),
            "help": np.round(performed.assistance, 3).tolist(),
            "measures": {
                **quality.to_dict(),
                **physics_measures(motion, performed),
                "repair_root_cm": reference.repair_root_cm,
            },
        }
        motions.append(
            Motion(CONTROL_FPS, performed.qpos, performed.qvel, performed.contacts, metadata)
        )
    progress(1.0, "Done")
    return motions


def choose_for(timeline: Timeline, settings: GenerationSettings) -> ControllerChoice:
    """The controller that serves the timeline best with the model of these settings."""
    from ..policy.choice import has_model, measures_of

    kinds = [
        kind for prompt in timeline.prompts for kind, cls in KINDS.items() if type(prompt) is cls
    ]
    return choose_controller(kinds, measures_of(settings.model), has_model(settings.model))


def draft_of(target: Motion, settings: GenerationSettings) -> Rollout:
    """The servo along ``target``, helped: what the optimiser starts from."""
    return _perform(target, settings, silent, "")[0]


def _perform_physically(
    target: Motion,
    reference: Reference,
    draft: Rollout,
    settings: GenerationSettings,
    progress: Progress,
) -> Performance | Rollout:
    """The optimiser along ``target``, from its draft; the draft where nothing better is found."""
    frames = target.frames
    late = [push[0] for push in settings.pushes if push[0] >= frames - 1]
    if late:
        raise UserError(f"The push at frame {late[0]} comes after the motion's last, {frames - 1}.")
    performer = Performer(
        ServoBody(settings.strength), PerformerSettings(help_allowed=settings.help_allowed)
    )
    try:
        return performer.perform(
            target.qpos,
            target.velocities(),
            (draft.qpos, draft.qvel),
            weights_of(reference.tightness),
            [Push(frame, body, (x, y, z)) for frame, body, x, y, z in settings.pushes],
            progress,
        )
    except DivergenceError as error:
        # The least help found is the draft's; the measures tell which frames it holds.
        logger.warning("the draft stays, no performance without so much help was found: %s", error)
        return draft


def _perform(
    target: Motion, settings: GenerationSettings, progress: Progress, label: str
) -> tuple[Rollout, int]:
    """Rolls out the servo along ``target``; with smaller steps if the usual ones diverge."""
    qvel = target.velocities()
    progress(0.0, label)
    for substeps in TRIES:
        model = build_servo_model(settings.strength)
        model.opt.timestep = 1 / (CONTROL_FPS * substeps)
        support = support_of(model, target.qpos, qvel, Part(progress, 0.0, 0.1))
        servo = PoseServo(model, target.qpos, qvel, support.torques)
        assistance = Assistance(model, target.qpos, qvel, support.missing, settings.assistance)
        start = target.qpos[0], qvel[0]
        try:
            performed = rollout(
                servo, assistance, start, target.frames, substeps, Part(progress, 0.1, 1.0), label
            )
        except DivergenceError as error:
            logger.warning("with %d physics steps in a control step: %s", substeps, error)
            failure = error
            continue
        return performed, substeps
    raise UserError(
        f"The simulation became unstable at {failure}; "
        "look for a sudden jump there, or lower the muscle strength.",
        repr(failure),
    )
