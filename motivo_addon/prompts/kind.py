"""What every kind of prompt tells the panel, the operators and the client about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from ...runtime.prompts import Prompt


@dataclass(frozen=True)
class FrameRange:
    """A prompt's place on the timeline, in control frames at 30 a second from 0, both ends in."""

    start: int
    end: int


@dataclass(frozen=True)
class PromptKind:
    """One kind of prompt. Adding one to ``KINDS`` is all the panel needs.

    ``draw``, ``missing`` and ``build`` get the kind's own settings, which are an
    instance of ``settings`` (a property group), beside the prompt they belong to.
    """

    identifier: str
    label: str
    description: str
    icon: str
    performs: str
    """What the prompt is on the timeline: "motion", "pose", "behaviour", "path" or "goto"."""
    settings: type[bpy.types.PropertyGroup]
    draw: Callable[[bpy.types.UILayout, Any, bpy.types.Object], None]
    """(layout, settings, body): the rows below the prompt's frame range."""
    missing: Callable[[Any, bpy.types.Object], str]
    """(settings, body) -> what the person must still do, in a sentence, or nothing. Cheap."""
    build: Callable[[bpy.types.Context, Any, bpy.types.Object, FrameRange], "Prompt"]
    """(context, prompt, body, range) -> the prompt as plain data; UserError if it cannot be."""

    colour: tuple[float, float, float] = (0.45, 0.45, 0.50)
    """Of its strips, until a person gives them their own."""
    parts: tuple[type[bpy.types.PropertyGroup], ...] = ()
    """Property groups that ``settings`` is made of; registered before it."""
    begin: Callable[[Any], None] = lambda settings: None
    """(settings): fills in what a prompt just added starts with."""

    rewards: Callable[[Any], tuple[str, ...]] = lambda settings: ()
    """(settings) -> names of the rewards that are asked for, for choosing who performs. Cheap."""

    @property
    def attribute(self) -> str:
        """Name of the kind's settings on a prompt."""
        return self.identifier.lower()
