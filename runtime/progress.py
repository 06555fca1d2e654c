"""How long work tells about itself and how it is stopped, without knowing who asks.

Work of the worker calls a ``Progress``. Work in Blender's own process comes in
steps, between which a window can be drawn: a generator that yields how far it
is, 0..1, and returns what it made. Stopped, it is closed, and undoes in its
``finally`` what it began.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    # Blender reads this when the add-on is enabled, and nothing heavy may load then.
    import numpy as np


class Cancelled(Exception):
    """The person asked to stop. Raised by ``Progress`` out of the work."""


@dataclass(frozen=True)
class Better:
    """Frames in a better version than what was shown of them before."""

    qpos: "np.ndarray"
    """(n, 76)"""
    start: int = 0
    """Frame of the whole motion that the first of them is."""


class Progress(Protocol):
    """Called often by long work; raises ``Cancelled`` when it should end."""

    def __call__(
        self, fraction: float, text: str = "", preview: "np.ndarray | Better | None" = None
    ) -> Any:
        """``fraction`` 0..1; ``preview`` is the next piece of qpos (n, 76) performed so far,
        or frames in a better version. True if the person wants to stop and keep the best there is:
        work that has something to keep then ends with it, other work goes on to its end."""


def silent(fraction: float, text: str = "", preview: "np.ndarray | Better | None" = None) -> None:
    """A ``Progress`` that nobody listens to."""


@dataclass(frozen=True)
class Part:
    """A ``Progress`` for one part of larger work, from ``start`` to ``end`` of the whole."""

    whole: Callable[..., Any]
    start: float
    end: float

    def __call__(
        self, fraction: float, text: str = "", preview: "np.ndarray | Better | None" = None
    ) -> Any:
        return self.whole(self.start + (self.end - self.start) * fraction, text, preview)


class Forward:
    """A ``Progress`` that never goes back: what is tried anew waits until it is as far as before."""

    def __init__(self, whole: Callable[..., Any]) -> None:
        self._whole, self._far = whole, 0.0

    def __call__(
        self, fraction: float, text: str = "", preview: "np.ndarray | Better | None" = None
    ) -> Any:
        self._far = max(self._far, fraction)
        return self._whole(self._far, text, preview)


Made = TypeVar("Made")
Asked = ParamSpec("Asked")
Steps = Generator[float, None, Made]


def to_the_end(steps: Steps[Made]) -> Made:
    """What the work makes, without a break."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def at_once(work: Callable[Asked, Steps[Made]]) -> Callable[Asked, Made]:
    """The same work for whoever can wait: it returns what it makes."""

    @wraps(work)
    def done(*args: Asked.args, **kwargs: Asked.kwargs) -> Made:
        return to_the_end(work(*args, **kwargs))

    return done


def within(steps: Steps[Made], start: float, end: float) -> Steps[Made]:
    """The same work as a part of more, from ``start`` to ``end`` of the whole."""
    while True:
        try:
            yield start + (end - start) * next(steps)
        except StopIteration as last:
            return last.value
