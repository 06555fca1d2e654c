"""What moves a body's muscles: what the person chose, or what serves the prompts best."""

from typing import TYPE_CHECKING

import bpy

from ..runtime.generation.performers import AUTOMATIC, PERFORMERS
from . import models
from .client import session
from .prompts import kind_of

if TYPE_CHECKING:
    from ..runtime.generation.automatic import ControllerChoice
    from ..runtime.generation.performers import PerformerKind


def chosen_controller(body: bpy.types.Object) -> "ControllerChoice":
    """Who performs, and why; no reason is given for what the person chose."""
    from ..runtime.generation.automatic import ControllerChoice, choose_controller

    generation = body.motivo.generation
    if generation.controller != AUTOMATIC:
        return ControllerChoice(generation.controller, "")
    kinds, rewards = [], []
    for prompt in body.motivo.prompts:
        if prompt.enabled:
            kind = kind_of(prompt)
            kinds.append(kind.performs)
            rewards += kind.rewards(getattr(prompt, kind.attribute))
    measures, is_there = models.measures(generation), models.is_there(generation)
    return choose_controller(kinds, measures, is_there, rewards)


def performer(body: bpy.types.Object) -> "PerformerKind":
    """Who performs: the entry of the registry."""
    return PERFORMERS[chosen_controller(body).controller]


def needs_model(body: bpy.types.Object) -> bool:
    """Whether a trained model performs, if there is one."""
    return performer(body).needs_model


def may_use_model(body: bpy.types.Object) -> bool:
    """Whether a trained model would be of use, so that one looks which there are."""
    kinds = {kind_of(prompt).performs for prompt in body.motivo.prompts}
    automatic = body.motivo.generation.controller == AUTOMATIC
    return needs_model(body) or (automatic and "behaviour" in kinds)


def look_when_needed(generation, _context) -> None:
    """Once a model is needed the worker is asked which there are, unless it has said so."""
    if may_use_model(generation.id_data) and session().models is None:
        models.look(generation.id_data)
