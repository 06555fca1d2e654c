"""A walk made lower than anybody walked it: the hips sink, the feet stay where they tread."""

from dataclasses import dataclass, replace

import numpy as np

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...motion.joining import ease_out
from ...prompts.rewards import Reward
from ...prompts.rewards.features import Features
from ..mending.legs import place_foot
from ..mending.settings import LEGS

_LEGS = [BODY_NAMES.index(f"{side}_{part}") for side in "LR" for part in ("Knee", "Ankle", "Toe")]
_UPPER = np.setdiff1d(np.arange(len(BODY_NAMES)), _LEGS)


@dataclass(frozen=True)
class Lowering:
    """What is tried."""

    depths: tuple[float, ...] = (0.1, 0.2, 0.3)
    """Metres."""
    upright: float = 0.7
    """Metres: hips lower than this are not lowered further."""
    price: float = 0.5
    """Reward (of 1) a metre that a low walk gives away: nobody goes low unasked."""
    ease: int = 25
    """Frames over which the hips sink."""
    step: float = 0.05
    """Metres by which they are lowered at once: knees that are to bend by a third of the leg leave
    feet up to 3 cm off, so 3 mm."""


def lowered_features(features: Features, depth: float, upright: float) -> Features:
    """What nodes would show with their hips and all above them lower, where they stand upright."""
    drop = depth * (features.height_of("Pelvis") > upright)
    height = features.height.copy()
    height[_UPPER] -= drop
    return replace(features, height=height)


def best_depth(
    reward: Reward, features: Features, settings: Lowering, quantile: float = 0.99
) -> float:
    """The depth at which the best nodes earn most; 0 where it does not pay."""
    depths = (0.0, *settings.depths)
    worth = [
        float(np.quantile(reward.of(lowered_features(features, depth, settings.upright)), quantile))
        - settings.price * depth
        for depth in depths
    ]
    return depths[int(np.argmax(worth))]


def lowered(qpos: np.ndarray, depth: float, settings: Lowering) -> np.ndarray:
    """(T, 76) with the hips sunk by ``depth`` metres over its first moments; knees bend for it."""
    positions, rotations = forward_kinematics(qpos)
    fade = 1 - ease_out(np.arange(len(qpos)), settings.ease)
    high = np.clip((qpos[:, 2] - settings.upright + depth / 2) / depth, 0, 1)
    result, steps = qpos.copy(), max(1, round(depth / settings.step))
    for _ in range(steps):
        result[:, 2] -= depth * fade * high / steps
        for side in ("L", "R"):
            ankle, knee = (BODY_NAMES.index(f"{side}_{part}") for part in ("Ankle", "Knee"))
            # A straight knee does not know which way to bend.
            bend = 7 + 3 * (knee - 1)
            result[:, bend] = np.maximum(result[:, bend], LEGS.bent_rad * fade)
            result = place_foot(result, side, positions[:, ankle], rotations[:, ankle])
    return result
