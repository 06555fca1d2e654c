"""What a trajectory's corrections follow from."""

from collections.abc import Callable, Iterator

import numpy as np

from ..physics.trajectory import Trajectory
from .ilqg import Gains, Problem

Slopes = tuple[np.ndarray, np.ndarray]
"""Of a control step's end: (150, 150) by the state at its start, (150, 75) by its control."""


class LinearModel:
    """A trajectory with its slopes, and what corrects it at any damping.

    Slopes come while they are first read, and are kept; so are the gains that follow from them.
    """

    def __init__(
        self,
        problem: Problem,
        trajectory: Trajectory,
        slopes: Iterator[Slopes],
        defects: np.ndarray | None,
        watch: Callable[[], None],
    ) -> None:
        self.trajectory = trajectory
        self._problem, self._defects, self._watch = problem, defects, watch
        self._coming = slopes
        self._slopes: list[Slopes] = []
        self._gains: dict[float, Gains] = {}

    def gains(self, damping: float) -> Gains:
        if damping not in self._gains:
            self._gains[damping] = self._problem.backward(
                self.trajectory, self._read(), damping, self._defects
            )
        return self._gains[damping]

    def _read(self) -> Iterator[Slopes]:
        for one in self._slopes:
            self._watch()
            yield one
        for one in self._coming:
            self._slopes.append(one)
            yield one
