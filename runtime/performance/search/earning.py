"""What frames are paid for, as a part of what a performance costs: a reward that is climbed.

What is missing to the most that can be earned is a price like any other. Its slope is the
reward's; as curvature it has the one with which a step along that slope alone comes to the most there
is and no farther, which is never negative, as the recursion needs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..physics.trajectory import Trajectory

NEARLY = 0.05
"""Share of the most that is missing at least, as far as the curvature is concerned."""


@dataclass(frozen=True)
class Earning:
    """Frames ``first`` to ``last``, both included, that are paid."""

    first: int
    last: int
    most: float
    """What a frame can earn at best."""
    paid: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """States (n, 76), (n, 75) -> (n,)."""
    slopes: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    """The same -> what they earn (n,), and how that changes with them (n, 150)."""

    def within(self, first: int, end: int) -> "Earning | None":
        """As counted from frame ``first`` on, up to ``end`` (exclusive); None if nothing is paid there."""
        begin, last = max(self.first, first), min(self.last, end - 1)
        if begin > last:
            return None
        return Earning(begin - first, last - first, self.most, self.paid, self.slopes)

    @property
    def frames(self) -> slice:
        return slice(self.first, self.last + 1)


class Earnings:
    """All that is paid along a trajectory, at a ``price`` for the whole of what a frame can earn."""

    def __init__(self, earnings: Sequence[Earning] = ()) -> None:
        self._earnings = tuple(earnings)
        self.price = 0.0
        """0 while nothing is asked for."""

    def __bool__(self) -> bool:
        return bool(self._earnings)

    def share(self, qpos: np.ndarray, qvel: np.ndarray) -> float:
        """Of states (T, 76), (T, 75): what is earned of the most, 1 at best."""
        missing = self._missing(qpos, qvel)
        return 1 - float(missing.mean()) if len(missing) else 1.0

    def value(self, trajectory: Trajectory) -> float:
        if not self.price:
            return 0.0
        return self.price * float(self._missing(trajectory.qpos, trajectory.qvel).sum())

    def add_to(self, gradient: np.ndarray, curvature: np.ndarray, trajectory: Trajectory) -> None:
        """Adds its gradient and curvature to (T, 150) and (T, 150, 150)."""
        if not self.price:
            return
        for one in self._earnings:
            paid, slopes = one.slopes(trajectory.qpos[one.frames], trajectory.qvel[one.frames])
            slopes = slopes / one.most
            missing = np.maximum(1 - paid / one.most, NEARLY)
            gradient[one.frames] -= self.price * slopes
            outer = slopes[:, :, None] * slopes[:, None, :] / missing[:, None, None]
            curvature[one.frames] += self.price * outer

    def _missing(self, qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
        """(n,) of all frames that are paid: the share of the most that they do not earn."""
        parts = [
            1 - one.paid(qpos[one.frames], qvel[one.frames]) / one.most for one in self._earnings
        ]
        return np.concatenate(parts) if parts else np.zeros(0)
