"""People who give way: performed together with the body, after it was performed with them led."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np

from ..body.figures import BODY_NAMES, body_in_words
from ..body.kinematics import forward_kinematics
from ..errors import UserError
from ..measures.physics import physics_measures
from ..measures.scene import scene_measures
from ..motion.motion import CONTROL_FPS, Motion
from ..performance.tightness import weights_of
from ..performance.together import LONGEST, Part, perform_together
from ..performance.windows import Performance, joined
from ..planning.reference import Reference
from ..progress import Progress
from ..scene.description import Person, Scene
from ..scene.people import middle_of, placed
from ..scene.surroundings import Surroundings
from ..scene.unchecked import with_values
from ..simulation.stepping import DivergenceError
from .settings import GenerationSettings

logger = logging.getLogger(__name__)

REACH_M = 0.15
"""Between the middles of two bodies that hold on to each other, when they begin to."""


def check_together(reference: Reference, settings: GenerationSettings) -> None:
    """Raises ``UserError`` where somebody gives way who cannot be performed together with the body."""
    around, frames = reference.surroundings, reference.motion.frames
    for person in around.scene.giving_way if around else ():
        if person.take.scale != 1.0 or reference.timeline.body is not None:
            raise UserError(
                f"The person '{person.name}' gives way, and one of the two is of another size than "
                "usual; such people cannot be performed together yet, let them be led."
            )
        if settings.pushes:
            raise UserError(
                f"The person '{person.name}' gives way, and there are pushes; both at once cannot be "
                "performed yet, leave one out."
            )
        if frames > LONGEST and settings.quality == "physical":
            raise UserError(
                f"The person '{person.name}' gives way in a motion of {frames} frames; people are "
                f"performed together for at most {LONGEST} frames, make it shorter or let them be led."
            )
        theirs = placed(person, frames).qpos
        for grip in person.grips:
            if grip.stop >= frames:
                raise UserError(
                    f"The person '{person.name}' lets go at frame {grip.stop}, after the motion's "
                    f"last, {frames - 1}."
                )
            ends = [
                _middle(qpos[grip.start], body)
                for qpos, body in ((reference.motion.qpos, grip.own), (theirs, grip.theirs))
            ]
            apart = float(np.linalg.norm(ends[1] - ends[0]))
            if apart > REACH_M:
                raise UserError(
                    f"The {body_in_words(grip.own)} and the {body_in_words(grip.theirs)} of '{person.name}' are "
                    f"{100 * apart:.0f} cm apart at frame {grip.start}, where they are to hold on to each "
                    f"other; bring them within {100 * REACH_M:.0f} cm.",
                    frame=grip.start,
                )


def together(
    target: Motion,
    reference: Reference,
    performed: Performance,
    settings: GenerationSettings,
    progress: Progress,
) -> tuple[Performance, dict[str, Performance]]:
    """The body and those who give way to it, by name, in one simulation; nobody and the body as it was
    ``performed`` where they were led, where nothing was found that holds.

    Raises ``KeepBest`` where the person has seen enough, and ``Cancelled``.
    """
    around = reference.surroundings
    assert around is not None
    people = around.scene.giving_way
    others = [placed(person, target.frames) for person in people]
    near = np.concatenate([qpos[:, :2] for qpos in (performed.qpos, *(one.qpos for one in others))])
    rest = Surroundings(_without(around.scene), performed.qpos[0], target.frames, near=near)
    weights = weights_of(reference.tightness, reference.prices)
    parts = [Part(target.qpos, target.velocities(), (performed.qpos, performed.qvel), weights)]
    for own in others:
        parts.append(Part(own.qpos, own.velocities(), (own.qpos, own.velocities())))
    grips = [(number, grip) for number, person in enumerate(people, 1) for grip in person.grips]
    try:
        found = perform_together(parts, rest, grips, settings.strength, progress)
    except DivergenceError as error:
        logger.info("nobody gives way: %s", error)
        return performed, {}
    first, *theirs = [joined([one]) for one in found]
    return first, {person.name: one for person, one in zip(people, theirs, strict=True)}


def led_by(around: Surroundings, others: dict[str, Performance], start: np.ndarray) -> Surroundings:
    """The surroundings of the body as it is performed, with the others led as they gave way."""
    people = tuple(
        Person(person.name, Motion(CONTROL_FPS, others[person.name].qpos))
        if person.name in others
        else person
        for person in around.scene.people
    )
    return Surroundings(
        with_values(around.scene, people=people), start, around.frames, near=around.near
    )


def told_of_others(around: Surroundings, others: dict[str, Performance]) -> dict[str, Any]:
    """Plain data: name -> "qpos" (T, 76), in the scene, and "measures"."""
    result = {}
    for name, one in others.items():
        motion = Motion(CONTROL_FPS, one.qpos, one.qvel, one.contacts)
        own = Surroundings(_without(around.scene), one.qpos[0], around.frames, near=one.qpos[:, :2])
        result[name] = {
            "fps": CONTROL_FPS,
            "qpos": np.round(one.qpos, 6).tolist(),
            "measures": {**physics_measures(motion, one), **scene_measures(motion, own)},
        }
    return result


def _without(scene: Scene) -> Scene:
    """Who gives way is a body of the simulation, not of what is around it."""
    return replace(scene, people=tuple(one for one in scene.people if not one.gives_way))


def _middle(qpos: np.ndarray, body: str) -> np.ndarray:
    """(76,) -> (3,) metres"""
    positions, rotations = forward_kinematics(qpos[None])
    index = BODY_NAMES.index(body)
    return np.asarray(positions[0, index] + rotations[0, index] @ middle_of(body))
