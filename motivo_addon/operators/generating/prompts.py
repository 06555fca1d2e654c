"""Editing the list of prompts."""

import bpy
from bpy.props import EnumProperty

from ...bodies import active_body
from ...controller import look_when_needed
from ...keys.watch import look_soon
from ...prompts import KINDS
from ..base import NeedsIdleBody, NeedsPrompt

DEFAULT_FRAMES = 90


def add_prompt(context: bpy.types.Context, body: bpy.types.Object, kind: str):
    """Appends a prompt of a kind, after the last one, and makes it the active one."""
    settings = body.motivo
    added = next(entry for entry in KINDS if entry.identifier == kind)
    start, end = _free_range(context, body, kind)
    name = _free_name(settings.prompts, added.label)
    prompt = settings.prompts.add()
    prompt.name, prompt.kind, prompt.own_start, prompt.own_end = name, kind, start, end
    prompt.colour = added.colour
    settings.active_prompt = len(settings.prompts) - 1
    # A second one of the same keys is for another part of them.
    others = (other for other in settings.prompts[:-1] if other.kind == kind)
    prompt.keyframes.follow = next(others, None) is None
    added.begin(getattr(prompt, added.attribute))
    look_soon(body)
    if added.performs == "behaviour":
        look_when_needed(settings.generation, context)
    return prompt


def _free_name(prompts, label: str) -> str:
    names = {prompt.name for prompt in prompts}
    numbered = (f"{label} {number}" for number in range(2, len(names) + 3))
    return label if label not in names else next(n for n in numbered if n not in names)


def _free_range(context, body, kind: str) -> tuple[int, int]:
    """As long as fits after the last prompt; keys have frames of their own."""
    last = max((prompt.end for prompt in body.motivo.prompts), default=None)
    start = context.scene.frame_start if last is None else last + 1
    return start, start + DEFAULT_FRAMES - 1


class MOTIVO_OT_prompt_add(NeedsIdleBody, bpy.types.Operator):
    """Add something for the body to perform"""

    bl_idname = "motivo.prompt_add"
    bl_label = "Add Prompt"
    bl_options = {"REGISTER", "UNDO"}

    kind: EnumProperty(
        name="Kind",
        items=[
            (kind.identifier, kind.label, kind.description, kind.icon, number)
            for number, kind in enumerate(KINDS)
        ],
    )

    def execute(self, context) -> set[str]:
        add_prompt(context, active_body(context), self.kind)
        return {"FINISHED"}


class MOTIVO_OT_prompt_remove(NeedsPrompt, bpy.types.Operator):
    """Remove the active prompt"""

    bl_idname = "motivo.prompt_remove"
    bl_label = "Remove Prompt"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        settings = active_body(context).motivo
        settings.prompts.remove(settings.active_prompt)
        settings.active_prompt = max(0, min(settings.active_prompt, len(settings.prompts) - 1))
        return {"FINISHED"}


class MOTIVO_OT_prompt_move(NeedsPrompt, bpy.types.Operator):
    """Move the active prompt in the list. When it is performed is set by its frames"""

    bl_idname = "motivo.prompt_move"
    bl_label = "Move Prompt"
    bl_options = {"REGISTER", "UNDO"}

    direction: EnumProperty(items=(("UP", "Up", ""), ("DOWN", "Down", "")))

    def execute(self, context) -> set[str]:
        settings = active_body(context).motivo
        old = settings.active_prompt
        new = old + (-1 if self.direction == "UP" else 1)
        if not 0 <= new < len(settings.prompts):
            return {"CANCELLED"}
        settings.prompts.move(old, new)
        settings.active_prompt = new
        return {"FINISHED"}


CLASSES = (
    MOTIVO_OT_prompt_add,
    MOTIVO_OT_prompt_remove,
    MOTIVO_OT_prompt_move,
)
