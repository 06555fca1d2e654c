"""The published rewards as classes, as researchers write them.

    LocomotionReward(move_speed=2.0)(model, qpos, qvel, ctrl)    the same as "move-ego-0-2"

Published are the names that ``make_from_name`` reads, each with its numbers and letters, and these
are arguments of the classes. No public reference tells how all classes and arguments are
called: what is not in a name is called here as its formula has it.
Each is a thin name over a function of ``forms``: there is one arithmetic, and
``make_from_name`` reads the same names as ``parse_reward``.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import UserError
from . import forms
from .features import Features
from .forms import list_forms
from .terms import NamedReward, Reward

Arm = Literal["l", "m", "h", "x"]


@dataclass(frozen=True)
class LocomotionReward(Reward):
    """Stand and go at ``move_speed`` (m/s) towards ``move_angle`` (degrees); 0 m/s: stand still.

    The angle is from where the chest faces, left positive. With ``stay_low`` the pelvis is
    to be under ``low_height`` metres, else the head over ``stand_height``.
    """

    move_speed: float = 5.0
    stand_height: float = 1.4
    move_angle: float = 0.0
    stay_low: bool = False
    low_height: float = 0.6

    def of(self, features: Features) -> np.ndarray:
        if self.stay_low:
            return forms.move_low(features, self.move_angle, self.move_speed, self.low_height)
        return forms.move(features, self.move_angle, self.move_speed, self.stand_height)


@dataclass(frozen=True)
class JumpReward(Reward):
    """Jump upright: the head at ``jump_height`` metres, rising at ``max_velocity`` m/s."""

    jump_height: float = 1.6
    max_velocity: float = 5.0

    def of(self, features: Features) -> np.ndarray:
        return forms.jump(features, self.jump_height, self.max_velocity)


@dataclass(frozen=True)
class RotationReward(Reward):
    """Turn about an axis of the pelvis at ``target_ang_velocity`` rad/s."""

    axis: Literal["x", "y", "z"] = "x"
    target_ang_velocity: float = 5.0
    stand_pelvis_height: float = 0.8

    def of(self, features: Features) -> np.ndarray:
        return forms.rotate(features, self.axis, self.target_ang_velocity, self.stand_pelvis_height)


@dataclass(frozen=True)
class ArmsReward(Reward):
    """Stand with each hand low (l), mid (m), high (h) or anywhere (x)."""

    stand_height: float = 1.4
    left_pose: Arm = "h"
    right_pose: Arm = "h"

    def of(self, features: Features) -> np.ndarray:
        return forms.raise_arms(features, self.left_pose, self.right_pose, self.stand_height)


@dataclass(frozen=True)
class MoveAndRaiseArmsReward(Reward):
    """Go with each hand low, mid, high or anywhere; what each share weighs is as published."""

    move_speed: float = 2.0
    move_angle: float = 0.0
    left_pose: Arm = "h"
    right_pose: Arm = "h"

    def of(self, features: Features) -> np.ndarray:
        return forms.move_with_arms(
            features, self.move_angle, self.move_speed, self.left_pose, self.right_pose
        )


@dataclass(frozen=True)
class HeadstandReward(Reward):
    """Stand on the head, pelvis and ankles over ``stand_pelvis_height`` metres."""

    stand_pelvis_height: float = 0.95

    def of(self, features: Features) -> np.ndarray:
        return forms.headstand(features, self.stand_pelvis_height)


@dataclass(frozen=True)
class CrouchReward(Reward):
    """Crouch upright, the pelvis at ``pelvis_height`` metres, the knees off the ground."""

    pelvis_height: float = 0.0

    def of(self, features: Features) -> np.ndarray:
        return forms.crouch(features, self.pelvis_height)


@dataclass(frozen=True)
class SitOnGroundReward(Reward):
    """Sit upright on the ground, the knees down."""

    def of(self, features: Features) -> np.ndarray:
        return forms.sit_on_ground(features)


@dataclass(frozen=True)
class LieDownReward(Reward):
    """Lie on the back ("up") or on the front ("down")."""

    direction: Literal["up", "down"] = "up"

    def of(self, features: Features) -> np.ndarray:
        return forms.lie_on_ground(features, self.direction)


@dataclass(frozen=True)
class SplitReward(Reward):
    """Sit with the ankles ``distance`` metres apart."""

    distance: float = 1.0

    def of(self, features: Features) -> np.ndarray:
        return forms.split(features, self.distance)


@dataclass(frozen=True)
class CrawlReward(Reward):
    """Crawl at ``move_speed`` m/s, the spine at ``spine_height`` metres.

    ``direction`` is where the belly points: 1 up, -1 down.
    """

    spine_height: float = 0.4
    move_speed: float = 2.0
    direction: Literal[1, -1] = -1

    def of(self, features: Features) -> np.ndarray:
        belly = "u" if self.direction > 0 else "d"
        return forms.crawl(features, self.spine_height, self.move_speed, belly)


@dataclass(frozen=True)
class ZeroReward(Reward):
    """Nothing is paid."""

    def of(self, features: Features) -> np.ndarray:
        return forms.zero(features)


_CLASSES = {
    "move-ego-{angle}-{speed}": lambda v: LocomotionReward(v["speed"], move_angle=v["angle"]),
    "move-ego-low-{angle}-{speed}": lambda v: LocomotionReward(
        v["speed"], move_angle=v["angle"], stay_low=True
    ),
    "move-ego-{angle}-{speed}-raisearms-{left}-{right}": lambda v: MoveAndRaiseArmsReward(
        v["speed"], v["angle"], v["left"], v["right"]
    ),
    "raisearms-{left}-{right}": lambda v: ArmsReward(left_pose=v["left"], right_pose=v["right"]),
    "jump-{height}": lambda v: JumpReward(v["height"]),
    "rotate-{axis}-{rate}-{height}": lambda v: RotationReward(v["axis"], v["rate"], v["height"]),
    "headstand": lambda v: HeadstandReward(),
    "crouch-{pelvis}": lambda v: CrouchReward(v["pelvis"]),
    "sitonground": lambda v: SitOnGroundReward(),
    "lieonground-{side}": lambda v: LieDownReward(v["side"]),
    "split-{distance}": lambda v: SplitReward(v["distance"]),
    "crawl-{height}-{speed}-{belly}": lambda v: CrawlReward(
        v["height"], v["speed"], 1 if v["belly"] == "u" else -1
    ),
    "zero": lambda v: ZeroReward(),
}


def make_from_name(name: str) -> Reward:
    """The reward of a published name, ``"move-ego-0-2"``, as one of the classes here.

    Raises:
        UserError: for a name that is of none of the published forms, which it lists.
    """
    try:
        named = NamedReward(name.strip())
    except UserError as error:
        raise UserError(f"{error} The forms are: {list_forms()}.", error.details) from error
    return _CLASSES[named.form.template](named.values)
