"""From the prompts in the panel to the timeline that the worker performs."""

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ..runtime.generation.performers import PERFORMERS
from . import models
from .controller import needs_model
from .keys.source import first_frame, performed_prompts
from .prompts import FrameRange, kind_of
from .scene import CONTROL_FPS, scene_fps

if TYPE_CHECKING:
    from ..runtime.prompts import Timeline


def missing(body: bpy.types.Object) -> str:
    """What keeps the body from performing, in a sentence, or nothing. Cheap enough for a panel."""
    if not len(body.motivo.prompts):
        return "There is nothing to perform; add a prompt"
    prompts = performed_prompts(body)
    if not prompts:
        return "All prompts are switched off; switch one on"
    for prompt in prompts:
        problem = prompt_problem(prompt, body)
        if problem:
            return problem
    return models.problem(body.motivo.generation) if needs_model(body) else ""


def prompt_problem(prompt, body: bpy.types.Object) -> str:
    """What is wrong with one prompt, in a sentence, or nothing."""
    if prompt.end < prompt.start:
        return f"'{prompt.name}' ends at {prompt.end}, before it starts at {prompt.start}"
    if prompt.end == prompt.start:
        return f"'{prompt.name}' is one frame long; give it at least two"
    kind = kind_of(prompt)
    chosen = PERFORMERS.get(body.motivo.generation.controller)
    if chosen is not None and kind.performs not in chosen.performs:
        return (
            f"'{prompt.name}' is not for a trained model; under Performance set Performed By to"
            " Automatic"
        )
    return kind.missing(getattr(prompt, kind.attribute), body)


def build_timeline(context: bpy.types.Context, body: bpy.types.Object) -> "Timeline":
    """The body's prompts as plain data, with all keys they need; UserError if one cannot be."""
    from ..runtime.prompts import Timeline
    from ..runtime.prompts.sized import placed_in_metres
    from .keys.place import performed_place
    from .rig.body.size import size_of
    from .surroundings.reading import read_scene

    first, fps = first_frame(body), scene_fps(context.scene)

    def control_frame(frame: int) -> int:
        return round((frame - first) * CONTROL_FPS / fps)

    prompts = tuple(
        kind_of(prompt).build(
            context,
            prompt,
            body,
            FrameRange(control_frame(prompt.start), control_frame(prompt.end)),
        )
        for prompt in performed_prompts(body)
    )
    last = max(prompt.end for prompt in performed_prompts(body))
    frames = [first + number * fps / CONTROL_FPS for number in range(control_frame(last) + 1)]
    place = performed_place(context, body) or body.matrix_world
    around = read_scene(context, body, place, frames, control_frame)
    # Places are read in the reference body's lengths, in which motions stay.
    asked = Timeline(prompts, body=size_of(body))
    return replace(placed_in_metres(asked), scene=around)


def take_name(body: bpy.types.Object) -> str:
    """What the take, and the Action it is baked to, is called: its prompts in order."""
    ordered = sorted(performed_prompts(body), key=lambda prompt: prompt.start)
    return ", ".join(prompt.name for prompt in ordered)[:50]
