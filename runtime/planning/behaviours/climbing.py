"""A reward climbed from poses of the library by the cross-entropy method (Rubinstein 1999).

From limbs and poses of the library first, then from what is best of their neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...body.model import shared_model
from ...library.library import Library, Stretch
from ...prompts.rewards import Reward
from ...prompts.rewards.features import read_features


@dataclass(frozen=True)
class PosePrices:
    """What a pose gives away beside what it earns (of 1)."""

    strain: float = 0.5
    """A square radian, on average over the joints, away from a person's recorded pose."""
    balance: float = 4.0
    """A metre that the weight lies nearer than ``SAFE`` to the edge of what it rests on."""
    sunk: float = 6.0
    """A metre by which shapes of the body lie in each other."""
    population: int = 64
    elite: int = 10
    rounds: int = 20
    first_spread: float = 0.25
    """Radians: of the first neighbours."""
    least_gain: float = 0.03
    """Of 1: less is not worth leaving what a person did."""


def climbed(
    value: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    prices: PosePrices,
    rng: np.random.Generator,
) -> np.ndarray:
    """The best found near ``start`` (n,) of a function (k, n) -> (k,)."""
    middle, spread = start.copy(), np.full(len(start), prices.first_spread)
    best, highest = start, float(value(start[None])[0])
    for _ in range(prices.rounds):
        tried = middle + spread * rng.normal(size=(prices.population, len(start)))
        values = value(tried)
        order = np.argsort(-values)[: prices.elite]
        if values[order[0]] > highest:
            best, highest = tried[order[0]], float(values[order[0]])
        middle = tried[order].mean(axis=0)
        spread = 0.3 * spread + 0.7 * np.maximum(tried[order].std(axis=0), 0.01)
    return best


def frame_of(library: Library, node: int) -> np.ndarray:
    frame = int(library.node_frames[node])
    return library.qpos(Stretch(frame, frame + 1))[0]


def paid(reward: Reward, qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    ctrl = np.zeros((len(qpos), 69))
    return np.asarray(reward.of(read_features(shared_model(), qpos, qvel, ctrl)), dtype=float)
