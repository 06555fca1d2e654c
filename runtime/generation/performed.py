"""What every performer gives: the takes of a timeline."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..motion.motion import Motion
from ..progress import Progress
from ..prompts.timeline import Timeline
from .performers import PerformerKind
from .settings import GenerationSettings


@dataclass(frozen=True)
class PerformedTake:
    """One take as a performer made it."""

    motion: Motion
    """At 30 fps, with velocities and contacts, without metadata."""
    substeps: int
    """Physics steps in a control step."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What it says of itself: ``measures`` and whatever else belongs to this performer."""
    last: bool = False
    """Whether enough was seen, so that takes that would follow are not begun."""


Perform = Callable[
    [Timeline, GenerationSettings, Progress], tuple[Timeline, Iterator[PerformedTake]]
]
"""-> the timeline with what it refers to read and fitted, and its takes one after the other.

Raises ``UserError`` for what it cannot perform.
"""


def perform_of(kind: PerformerKind) -> Perform:
    """Loads what performs."""
    function: Perform = import_module(f".{kind.home}", __package__).perform
    return function
