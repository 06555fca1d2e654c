"""Hips on the floor before a take-off. A landing is one read backwards in time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicHermiteSpline

TRIED = 41
"""Speeds with which a key on the way is passed."""
FALLING = 2.0
"""How much harder it is to be let fall than to push, where a key is passed: nothing draws a body down
but its weight."""


@dataclass(frozen=True)
class Push:
    """Heights of the hips, in metres and seconds, from rest to the take-off."""

    seconds: float
    """From rest to the take-off."""
    rest: float
    lift: float
    """Height at the take-off."""
    speed: float
    """m/s upward there."""
    passed: tuple[float, float] | None = None
    """Seconds before the take-off at which hips pass by a height, for there is a key."""

    def asked(self) -> float:
        """m/s2: the hardest that the hips are pushed or let fall."""
        if self.passed is None:
            return float(_hardest(self.lift - self.rest, 0.0, self.speed, self.seconds)[()])
        return self._passing[0]

    def heights(self, before: np.ndarray) -> np.ndarray:
        """(n,) metres, so many seconds before the take-off."""
        times, heights, speeds = [0.0], [self.lift], [-self.speed]
        if self.passed is not None:
            times.append(self.passed[0])
            heights.append(self.passed[1])
            speeds.append(-self._passing[1])
        curve = CubicHermiteSpline([*times, self.seconds], [*heights, self.rest], [*speeds, 0.0])
        return np.asarray(curve(np.clip(before, 0.0, self.seconds)))

    @cached_property
    def _passing(self) -> tuple[float, float]:
        """The hardest, and the speed at the key with which it is least."""
        assert self.passed is not None
        seconds, height = self.passed
        speeds = np.linspace(-self.speed, self.speed, TRIED)
        ways = height - self.rest, self.lift - height
        first = _hardest(ways[0], 0.0, speeds, self.seconds - seconds, FALLING)
        second = _hardest(ways[1], speeds, self.speed, seconds, FALLING)
        hardest = np.maximum(first, second)
        best = int(hardest.argmin())
        return float(hardest[best]), float(speeds[best])


def _hardest(
    way: float,
    begun: float | np.ndarray,
    ended: float | np.ndarray,
    seconds: float,
    falling: float = 1.0,
) -> np.ndarray:
    """Of a cubic over ``way`` metres between two speeds, whose second derivative is even between
    its ends; downward it counts ``falling`` times."""
    ends = np.array(
        np.broadcast_arrays(
            6 * way - (4 * begun + 2 * ended) * seconds, (2 * begun + 4 * ended) * seconds - 6 * way
        )
    )
    return np.asarray(np.maximum(ends, -falling * ends).max(axis=0) / seconds**2)
