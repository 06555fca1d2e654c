"""What moves a body's muscles: what the person chose, or what serves the prompts best."""

from typing import TYPE_CHECKING

import bpy

from . import models
from .client import session
from .prompts import kind_of

if TYPE_CHECKING:
    from ..runtime.generation.automatic import ControllerChoice


def chosen_controller(body: bpy.types.Object) -> "ControllerChoice":
    """ "servo" or "policy", and why; no reason is given for what the person chose."""
    from ..runtime.generation.automatic import AUTOMATIC, ControllerChoice, choose_controller

    generation = body.motivo.generation
    if generation.controller != AUTOMATIC:
        return ControllerChoice(generation.controller, "")
    kinds = [kind_of(prompt).performs for prompt in body.motivo.prompts if prompt.enabled]
    # Behaviours in the panel still ask for a model; the library performs them elsewhere.
    return choose_controller(kinds, models.measures(generation), True)


def needs_model(body: bpy.types.Object) -> bool:
    """Whether a trained model performs, if there is one."""
    return chosen_controller(body).controller == "policy"


def look_when_needed(generation, _context) -> None:
    """Once a model is needed the worker is asked which there are, unless it has said so."""
    if needs_model(generation.id_data) and session().models is None:
        models.look(generation.id_data)
