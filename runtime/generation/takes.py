"""Prompt timeline -> performed Motions, one for each take, whoever performs."""

import json
import logging
from dataclasses import replace
from typing import Any

import mujoco

from .. import __version__
from ..body.size import reference_height
from ..errors import UserError
from ..motion.motion import CONTROL_FPS, Motion
from ..progress import Forward, Progress, silent
from ..prompts.sized import in_metres, in_own_lengths
from ..prompts.timeline import Timeline
from .automatic import ControllerChoice, choose_controller
from .performed import perform_of
from .performers import AUTOMATIC, PERFORMERS, USUAL, PerformerKind
from .settings import GenerationSettings

logger = logging.getLogger(__name__)


def generate(
    timeline: Timeline,
    settings: GenerationSettings | None = None,
    progress: Progress = silent,
) -> list[Motion]:
    """Performs the timeline, once for each take; fewer if ``progress`` says to keep what there is.

    The motions are at 30 fps, with velocities, contacts, and metadata from which
    the same motion is made again: ``Timeline.from_dict(metadata["timeline"])`` with
    ``GenerationSettings.from_dict(metadata["settings"])`` gives, as number
    ``metadata["take"]`` of its result, the same qpos on the same versions.

    What is performed physically uses processes on machines with more than one core: a script that
    calls this needs ``if __name__ == "__main__":`` around it, as ``multiprocessing`` says.

    Raises ``UserError`` for timelines that cannot be performed and for motions
    that break the simulation, ``Cancelled`` out of ``progress``.
    """
    settings, progress = settings or GenerationSettings(), Forward(progress)
    if settings.seats and settings.controller == AUTOMATIC:
        settings = replace(settings, controller=USUAL.name)  # models feel no seat
    if settings.controller == AUTOMATIC:
        # The metadata keeps what was chosen: it must not change with the models that are here.
        chosen = choose_for(timeline, settings)
        logger.info("%s", chosen.reason)
        settings = replace(settings, controller=chosen.controller)
    performer = PERFORMERS[settings.controller]
    if settings.seats and performer is not USUAL:
        raise UserError(
            f"Seats are put there for the controller '{USUAL.name}' alone; choose it, or leave seats out."
        )
    _require_kinds(performer, timeline)
    resolved, takes = perform_of(performer)(in_own_lengths(timeline), settings, progress)
    kept: dict[str, Any] = json.loads(in_metres(resolved, timeline).to_json())
    motions = []
    for number, take in enumerate(takes):
        metadata = {
            "timeline": kept,
            "settings": settings.to_dict(),
            "take": number,
            "versions": {"motivo": __version__, "mujoco": mujoco.__version__},
            "timestep": 1 / (CONTROL_FPS * take.substeps),
            **take.told,
        }
        motion = take.motion if timeline.body is None else take.motion.of_scale(timeline.body.scale)
        motions.append(replace(motion, metadata=metadata))
        if take.last:
            break
    progress(1.0, "Done")
    return motions


def _require_kinds(performer: PerformerKind, timeline: Timeline) -> None:
    """Raises ``UserError`` for prompts that the performer does not perform, with who does."""
    if timeline.body is not None and performer.needs_model:
        raise UserError(
            f"Trained models know a body of {reference_height():.2f} m alone; choose the controller "
            f"'{USUAL.name}', or leave its height out."
        )
    for prompt in timeline.prompts:
        if prompt.kind not in performer.performs:
            others = [
                f"'{other.name}'" for other in PERFORMERS.values() if prompt.kind in other.performs
            ]
            raise UserError(
                f"{prompt.label} is not for the controller '{performer.name}'; choose the "
                f"controller {' or '.join([*others, repr(AUTOMATIC)])}."
            )


def choose_for(timeline: Timeline, settings: GenerationSettings) -> ControllerChoice:
    """The controller that serves the timeline best with the model of these settings."""
    if timeline.body is not None:
        name = USUAL.name
        return ControllerChoice(name, "The muscles fit a body of any size; models know one.")
    from ..policy.choice import has_model, measures_of

    kinds = [prompt.kind for prompt in timeline.prompts]
    rewards = [name for prompt in timeline.prompts for name in prompt.reward_names]
    measures = measures_of(settings.model)
    return choose_controller(kinds, measures, has_model(settings.model), rewards)
