"""How long work tells about itself and how it is stopped, without knowing who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Cancelled(Exception):
    """The person asked to stop. Raised by ``Progress`` out of the work."""


class Progress(Protocol):
    """Called often by long work; raises ``Cancelled`` when it should end."""

    def __call__(self, fraction: float, text: str = "", preview: np.ndarray | None = None) -> None:
        """``fraction`` 0..1; ``preview`` is a piece of qpos (n, 76) performed so far."""


def silent(fraction: float, text: str = "", preview: np.ndarray | None = None) -> None:
    """A ``Progress`` that nobody listens to."""


@dataclass(frozen=True)
class Part:
    """A ``Progress`` for one part of larger work, from ``start`` to ``end`` of the whole."""

    whole: Callable[..., None]
    start: float
    end: float

    def __call__(self, fraction: float, text: str = "", preview: np.ndarray | None = None) -> None:
        self.whole(self.start + (self.end - self.start) * fraction, text, preview)
