"""Data to learn from that no policy had to be trained for: going back to what is rare.

Noise alone shows a walker lying on the floor. Here each episode begins in a state
met before, the rarer its kind the more likely, so that getting up, standing and
stepping are found one after the other and seen from many sides. Ecoffet et al.,
"First return, then explore" (2021), with a simulator that returns by itself.
"""

import numpy as np

LANDMARKS: dict[str, tuple[tuple[int, float], ...]] = {
    # How upright the torso is, its height in metres, its speed forwards in m/s.
    "walker": ((0, 0.25), (14, 0.12), (16, 0.6)),
}
"""By domain: columns of the observation that tell kinds of states apart, and how finely."""


FEW = 50
"""Kinds met less often than this count as met so often: nothing is learnt from one state."""


class Archive:
    """One state of each kind met so far, and how often that kind was met.

    Kinds are cells of a few columns of the observation. For a domain without
    landmarks it stays empty.
    """

    def __init__(self, domain: str, rng: np.random.Generator) -> None:
        landmarks = LANDMARKS.get(domain, ())
        self._columns = [column for column, _ in landmarks]
        self._widths = np.array([width for _, width in landmarks])
        self._rng = rng
        self._rows: dict[tuple[int, ...], int] = {}
        self._visits: list[int] = []
        self._physics: list[np.ndarray] = []
        self._observations: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, observation: np.ndarray, physics: np.ndarray) -> None:
        """The states of an episode: (n, obs) and (n, state)."""
        if not self._columns:
            return
        cells = self._cells(observation)
        for cell, seen, state in zip(map(tuple, cells.tolist()), observation, physics, strict=True):
            row = self._rows.setdefault(cell, len(self._rows))
            if row == len(self._visits):
                self._visits.append(0)
                self._physics.append(state)
                self._observations.append(seen)
            self._visits[row] += 1
            # Any state of the cell may become the one that is kept, newer ones less and less.
            if self._rng.random() < self._visits[row] ** -0.5:
                self._physics[row], self._observations[row] = state, seen

    def _cells(self, observation: np.ndarray) -> np.ndarray:
        return np.floor(observation[:, self._columns] / self._widths).astype(int)

    def balanced(self, observation: np.ndarray, count: int) -> np.ndarray:
        """(count,) rows of observations (n, obs), drawn so that rare kinds weigh more.

        Bodies fall and stay down, whatever they began as: unweighted, nearly all
        there is to learn from would be lying on the floor. A kind met a hundred
        times as often as another weighs ten times as much.
        """
        if not self._columns:
            return self._rng.choice(len(observation), count, replace=count > len(observation))
        _, kind, met = np.unique(
            self._cells(observation), axis=0, return_inverse=True, return_counts=True
        )
        weights = np.maximum(met, FEW)[kind.ravel()] ** -0.5
        return self._rng.choice(len(observation), count, p=weights / weights.sum())

    def draw(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Physics and observation of a state that was rarely met; None while there is none."""
        if not self._rows:
            return None
        weights = 1 / np.array(self._visits, dtype=float)
        row = int(self._rng.choice(len(weights), p=weights / weights.sum()))
        return self._physics[row], self._observations[row]
