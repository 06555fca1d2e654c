"""How tightly a reference is to be followed, frame by frame: at keys tightly, between them loosely."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import minimum_filter1d

from ..body.kinematics import forward_kinematics
from .physics.tangent import NV

PACE_FRAMES = 7


@dataclass(frozen=True)
class KeyWeights:
    """Multiples of the prices of deviations far from any key; at a key they are 1."""

    root: float = 0.03
    """What lies between was never asked for: hips must be free to fly in a parabola."""
    hinges: float = 0.1
    root_velocity: float = 0.003
    hinge_velocity: float = 0.05
    reach: float = 1.2
    """Frames: how far a key's hold reaches, as the deviation of a bell curve."""
    usual_cm: float = 4.0
    """By which frames may be missed at their usual price: the root's deviation in ``CostScales``."""
    tolerance_cm: float = 2.0
    """By which a key of a motion may be missed, unless one is asked for; for poses that are reached
    and for recordings it is ``usual_cm``."""
    most: float = 25.0
    """Times the usual price that a key costs at most: with more of it no correction holds."""

    def between(self) -> np.ndarray:
        """(150,) in the order of ``tangent.difference``."""
        return np.concatenate(
            [
                np.full(6, self.root),
                np.full(NV - 6, self.hinges),
                np.full(6, self.root_velocity),
                np.full(NV - 6, self.hinge_velocity),
            ]
        )


@dataclass(frozen=True)
class KeyHeld:
    """A pose that is to be met."""

    frame: int
    joints: np.ndarray
    """(24, 3) metres, as asked for."""
    tolerance_m: float
    """By which the joints may be off, on average."""

    def missed(self, qpos: np.ndarray) -> float:
        """Times its tolerance by which frames (T, 76) miss it."""
        found = forward_kinematics(qpos[self.frame][None])[0][0]
        return float(np.linalg.norm(found - self.joints, axis=-1).mean()) / self.tolerance_m


def keys_within(keys: Iterable[KeyHeld], first: int, stop: int) -> tuple[KeyHeld, ...]:
    """Those from frame ``first`` on and before ``stop``, counted from there."""
    return tuple(replace(key, frame=key.frame - first) for key in keys if first <= key.frame < stop)


def key_tightness(frames: int, keys: Iterable[int], reach: float = KeyWeights.reach) -> np.ndarray:
    """(T,) 0..1: 1 in the frames of keys, falling off around them."""
    distance = np.arange(frames)[:, None] - np.array(sorted(keys), dtype=float)
    return np.exp(-0.5 * (distance / reach) ** 2).max(axis=1, initial=0.0)


def key_price(tolerance_cm: float | None, weight: float) -> float:
    """Times its usual price that a key costs: as its weight, and as 1 / tolerance^2."""
    tolerance = tolerance_cm or KeyWeights.tolerance_cm
    return min(weight * (KeyWeights.usual_cm / tolerance) ** 2, KeyWeights.most)


def key_prices(frames: int, prices: Mapping[int, float]) -> np.ndarray:
    """(T,) multiples: of each frame the price of the key (frame -> price) nearest to it."""
    keys = np.array(sorted(prices), dtype=float)
    nearest = np.abs(np.arange(frames)[:, None] - keys).argmin(axis=1)
    return np.array([prices[int(key)] for key in keys])[nearest]


def weights_of(
    tightness: np.ndarray, prices: np.ndarray | None = None, weights: KeyWeights | None = None
) -> np.ndarray:
    """(T,) 0..1, and (T,) multiples of what keys cost -> (T, 150) multiples for ``costs.Cost``."""
    between = (weights or KeyWeights()).between()
    # A speed is asked for only where the frames around are: at a lone key it is the curve's idea.
    pace = minimum_filter1d(tightness, PACE_FRAMES, mode="nearest")
    share = np.repeat(np.stack([tightness, pace], axis=1), NV, axis=1)
    at_keys = np.maximum(1.0 if prices is None else prices[:, None], between)
    return between + (at_keys - between) * share
