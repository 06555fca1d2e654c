"""Trained models in the panel: which there are, which is chosen, how to get one.

The list comes from the worker and is kept on the session; drawing only reads it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from . import worker_timer
from .bodies import find_body
from .client import session

if TYPE_CHECKING:
    from ..runtime.policy.measures import Measures

SHIPPED = "DEFAULT"
"""The choice that stands for no name: the model that ships."""
SHIPPED_NAME = "default"
"""What the worker calls it."""
PUBLISHED = (
    ("metamotivo-S-1", "S, the small one", "Fast on any computer"),
    ("metamotivo-M-1", "M, the large one", "Moves better, needs a faster computer"),
)
"""Published models offered for download, of those that the command line knows."""
HOW_TO_GET_ONE = "No trained model is here. Download one, or choose a folder with the folder button"


def installed() -> list[dict[str, Any]]:
    """The models that the worker found, without the one that ships."""
    return [model for model in session().models or () if model["name"] != SHIPPED_NAME]


def ships() -> bool:
    """Whether the worker found a model that ships."""
    return any(model["name"] == SHIPPED_NAME for model in session().models or ())


def items(generation, _context) -> list[tuple]:
    """The choices: the model that ships, the installed ones, and whatever is chosen already."""
    label, about = (
        ("Default", "The model that ships with Motivo")
        if ships() or session().models is None
        else ("None", "No model ships with Motivo yet; choose another")
    )
    choices = [(SHIPPED, label, about)]
    for model in installed():
        about = f"{model['licence']}, {model['size'] / 1e6:,.0f} MB"
        choices.append((model["name"], model["name"], about))
    chosen = generation.model
    if chosen and chosen not in [choice[0] for choice in choices]:
        choices.append((chosen, Path(chosen).name or chosen, chosen))
    # Blender does not hold on to the strings that it shows.
    session().model_items = [(*choice, number) for number, choice in enumerate(choices)]
    return session().model_items


def get_choice(generation) -> int:
    wanted = generation.model or SHIPPED
    return next(item[3] for item in items(generation, None) if item[0] == wanted)


def set_choice(generation, number: int) -> None:
    chosen = items(generation, None)[number][0]
    generation.model = "" if chosen == SHIPPED else chosen


def problem(generation) -> str:
    """What is still missing for a trained model to perform, in a sentence, or nothing."""
    if generation.model or session().models is None or ships():
        return ""
    if installed():
        return "No trained model is chosen; choose one beside Model"
    return HOW_TO_GET_ONE


def is_there(generation) -> bool:
    """Whether a trained model is chosen or ships; before the worker was asked, as far as is known."""
    return bool(generation.model) or ships() or session().shipped_measures is not None


def measures(generation) -> "Measures | None":
    """What the chosen model was measured to do beside the servo; None if that is not known."""
    wanted = generation.model or SHIPPED_NAME
    found = [model for model in session().models or () if model["name"] == wanted]
    if found:
        return found[0].get("measures")
    return session().shipped_measures if wanted == SHIPPED_NAME else None


def licence(generation) -> str:
    """The licence of the chosen model, if it is known."""
    wanted = generation.model or SHIPPED_NAME
    found = [model for model in session().models or () if model["name"] == wanted]
    return found[0]["licence"] if found else ""


def is_missing(generation) -> bool:
    """Whether there is nothing to choose from but a download."""
    return problem(generation) == HOW_TO_GET_ONE


def look(body: bpy.types.Object) -> None:
    """Asks the worker which models there are; the first is chosen if none can be by default."""
    current = session()
    if current.job is not None:
        return
    uid = body.session_uid

    def choose_first() -> None:
        owner = find_body(uid)
        if owner is not None and installed() and problem(owner.motivo.generation):
            owner.motivo.generation.model = installed()[0]["name"]

    current.find_models(choose_first)
    if bpy.app.background:
        current.wait()
    worker_timer.start()
