"""Long work in steps, between which a window can be drawn and the work be stopped.

Such work is a generator: it yields how far it is, 0..1, and returns what it
made. Stopped, it is closed, and undoes in its ``finally`` what it began.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import ParamSpec, TypeVar

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
