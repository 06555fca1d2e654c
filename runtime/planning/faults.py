"""What the faults of a way from key to key are worth, in metres of wrong pose: how it stands."""

from dataclasses import dataclass

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..measures.quality import skate_share
from ..motion.motion import CONTROL_FPS
from ..posing.balance import out_of_support, zero_moment_points

GLIDE_PRICE = 0.4
"""Metres of wrong pose that a motion is worth in which no foot ever stands."""
BALANCE_PRICE, BEARING_M, MOST_BESIDE_M = 1.0, 0.05, 0.5
"""Metres of wrong pose that a metre is worth by which a body is out of balance; how low what may bear
it is, and farther beside that it is all the same."""
REACH_PRICE = 4.0
"""Metres of wrong pose that a metre is worth by which feet miss where they should tread."""
GLIDING = 0.35
"""m/s: a foot this fast does not stand."""
FLYING_M = 0.14
"""Metres: with the lowest of its toes and ankles higher a body flies, and does not glide."""
_FEET = [BODY_NAMES.index(f"{side}_{part}") for side in "LR" for part in ("Ankle", "Toe")]


@dataclass(frozen=True)
class FeetPrices:
    """Metres of wrong pose that faults of the feet are worth.

    Chosen by hand on the keyed cases of ``docs/between.md`` and gaps cut out of recordings: the 20 of
    ``evaluation.plans.in_betweens.CUT_SEED``, ``worse`` on those of ``TUNED_SEEDS``. No search was made.
    """

    skate: float = 0.5
    """Of toes that skate in every frame: dearer takes ways farther from the keys for still feet."""
    leap: float = 1.0
    """Of a body in the air all the time, between keys on the floor: dearer keeps ways from hopping."""
    worse: float = 0.06
    """By which feet and balance may become worse for what is likely: more lets more be mixed in."""


FEET = FeetPrices()


def faults(qpos: np.ndarray, missed: float) -> float:
    """Metres of wrong pose that it is worth how a motion (T, 76) stands, whose feet are ``missed``
    metres off where they should tread: gliding, skating, out of balance; and who leaps from key
    to key."""
    positions = forward_kinematics(qpos)[0]
    lowest = positions[..., 2].min(axis=1)
    leaps = (lowest > FLYING_M).mean() if max(lowest[[0, -1]]) < FLYING_M else 0.0
    skates = skate_share(positions, CONTROL_FPS)
    feet = GLIDE_PRICE * _glide(positions) + FEET.skate * skates + REACH_PRICE * missed
    return float(feet + FEET.leap * leaps + BALANCE_PRICE * _unbalanced(qpos))


def _unbalanced(qpos: np.ndarray) -> float:
    """Metres, mean over a motion (T, 76): by how much what would have to bear it lies beside what
    touches the floor."""
    points = zero_moment_points(qpos, CONTROL_FPS)
    beside = out_of_support(qpos[::2], BEARING_M, points[::2])
    return float(np.clip(np.where(np.isinf(beside), 0, beside), 0, MOST_BESIDE_M).mean())


def _glide(positions: np.ndarray) -> float:
    feet = positions[:, _FEET]
    speed = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1).min(axis=1) * CONTROL_FPS
    low = feet[1:, :, 2].min(axis=1) < FLYING_M
    return float((low * np.minimum(speed / GLIDING, 1)).mean()) if len(speed) else 0.0
