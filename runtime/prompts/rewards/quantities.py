"""Quantities of the body that reward expressions name. Metres, m/s, radians and rad/s."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...body.figures import BODY_NAMES
from .features import Features


@dataclass(frozen=True)
class QuantityOf:
    about: str
    function: Callable[[Features], np.ndarray]
    """Features of n states -> (n,)."""


def speed(features: Features) -> np.ndarray:
    return np.hypot(features.velocity[0], features.velocity[1])


def forward_speed(features: Features) -> np.ndarray:
    # The chest faces a quarter turn to the right of its heading angle.
    heading = features.heading_of("Chest")
    return features.velocity[0] * np.sin(heading) - features.velocity[1] * np.cos(heading)


def left_speed(features: Features) -> np.ndarray:
    heading = features.heading_of("Chest")
    return features.velocity[0] * np.cos(heading) + features.velocity[1] * np.sin(heading)


def vertical_speed(features: Features) -> np.ndarray:
    return features.velocity[2]


def yaw_rate(features: Features) -> np.ndarray:
    pelvis = features.up[BODY_NAMES.index("Pelvis")]
    return (pelvis * features.gyro).sum(axis=0)


def _plain(body: str) -> str:
    """``L_Hand`` -> ``left_hand``."""
    sides = {"L": "left", "R": "right"}
    return "_".join(sides.get(part, part.lower()) for part in body.split("_"))


def _height(body: str) -> QuantityOf:
    name = _plain(body).replace("_", " ")
    return QuantityOf(f"height of the {name}", lambda features: features.height_of(body))


QUANTITIES: dict[str, QuantityOf] = {
    **{f"{_plain(body)}_height": _height(body) for body in BODY_NAMES},
    "speed": QuantityOf("speed of the upper body over the floor", speed),
    "forward_speed": QuantityOf("the same along where the chest faces", forward_speed),
    "left_speed": QuantityOf("the same to the left of it", left_speed),
    "vertical_speed": QuantityOf("speed of the upper body upwards", vertical_speed),
    "yaw_rate": QuantityOf("turning of the pelvis about the vertical, left positive", yaw_rate),
    "upright": QuantityOf(
        "how far the chest points up: 1 standing, 0 lying, -1 upside down",
        lambda features: features.up_of("Chest", 1),
    ),
    "facing_up": QuantityOf(
        "how far the front of the chest points up: 1 on the back, -1 on the front",
        lambda features: features.up_of("Chest", 2),
    ),
    "ankle_distance": QuantityOf(
        "distance of the ankles", lambda features: features.ankle_distance
    ),
    "calm": QuantityOf("1 for no muscle effort, 0 for all", lambda features: features.calm),
}
