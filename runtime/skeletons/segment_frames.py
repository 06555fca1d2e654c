"""How a person at rest is turned, limb by limb, whatever pose that is and whatever the bones' axes.

Each part gets a frame from geometry alone: x to the person's left, y to the
back, z up while the part is as in a T-pose with the feet under the hips. A limb
that rests elsewhere has its frame carried there the shortest way, joint by
joint. Two rigs agree where their frames agree; how their bones are rolled, which
way they face and which pose they rest in then falls out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..body import SMPL_NAMES
from ..body.rest_pose import rest_pose
from ..numerics.rotations import rotation_between, unit
from .human_bones import ROLE_TO_SMPL, SIDES

_DOWN = np.array([0.0, 0.0, -1.0])
_ASIDE = {"left": np.array([1.0, 0.0, 0.0]), "right": np.array([-1.0, 0.0, 0.0])}
_LEANING = np.cos(np.radians(20.0))
"""From this lean on, the trunk at rest is bent on purpose and the hips lean with it."""


@dataclass(frozen=True)
class SegmentFrames:
    """A person at rest in the world."""

    points: Mapping[str, np.ndarray]
    """Role -> (3,) metres: where the part begins. With ``left_hand_end`` and ``left_toe_end``,
    where the rig has something there."""
    up: np.ndarray
    """(3,)"""
    left: np.ndarray
    """(3,), at right angles to up"""
    frames: Mapping[str, np.ndarray]
    """Role -> (3, 3); ``spine`` and ``neck`` without numbers."""
    leg: float
    """Metres from hip to knee to ankle, the mean of both."""
    soles: Mapping[str, float]
    """Per side, height of the sole along up: a person at rest may stand on one foot."""

    @property
    def floor(self) -> float:
        """Height of the lower sole."""
        return min(self.soles.values())

    @property
    def ankle(self) -> float:
        """Metres of the ankles over the soles."""
        return float(np.mean([self.ankle_of(side) for side in SIDES]))

    def ankle_of(self, side: str) -> float:
        """The same of one side."""
        return self.over_sole(f"{side}_foot", side)

    def over_sole(self, role: str, side: str) -> float:
        """Metres by which a part begins over the sole of its side."""
        return float(self.points[role] @ self.up) - self.soles[side]

    @property
    def upright(self) -> np.ndarray:
        """(3, 3): columns point left, back and up."""
        return np.stack([self.left, np.cross(self.up, self.left), self.up], axis=1)


def segment_frames(
    points: Mapping[str, np.ndarray],
    up: np.ndarray,
    soles: Mapping[str, float],
    palms: Mapping[str, np.ndarray] | None = None,
) -> SegmentFrames:
    """The frames of a person at rest.

    ``soles`` are their heights per side along ``up``. ``palms`` says for a side
    which way lies across the palm from the little finger to the index, (3,),
    where the fingers tell.
    """
    left = points["left_thigh"] - points["right_thigh"]
    left = unit(left - up * (left @ up))
    basis = np.stack([left, np.cross(up, left), up], axis=1)
    trunk = _trunk(points, basis)
    leans = trunk[:, 2] @ up < _LEANING
    frames = {"hips": trunk if leans else basis, "spine": trunk, "neck": basis, "head": basis}
    for side in SIDES:
        frames |= _leg_frames(points, side, basis)
        frames |= _arm_frames(points, side, trunk if leans else basis, (palms or {}).get(side))
        frames[f"{side}_clavicle"] = trunk
    lengths = [
        np.linalg.norm(points[f"{side}_{a}"] - points[f"{side}_{b}"])
        for side in SIDES
        for a, b in (("thigh", "shin"), ("shin", "foot"))
    ]
    return SegmentFrames(dict(points), up, left, frames, float(sum(lengths)) / 2, dict(soles))


def hips_middle(points: Mapping[str, np.ndarray]) -> np.ndarray:
    """(3,): the middle between the hip joints."""
    return (points["left_thigh"] + points["right_thigh"]) / 2


def _trunk(points: Mapping[str, np.ndarray], basis: np.ndarray) -> np.ndarray:
    """The upright frame, leaned until its z points from the hips to the upper end of the trunk."""
    if "neck_1" in points:
        top = points["neck_1"]
    elif "left_upper_arm" in points and "right_upper_arm" in points:
        top = (points["left_upper_arm"] + points["right_upper_arm"]) / 2
    elif "head" in points:
        top = points["head"]
    else:
        return basis
    along = unit(top - hips_middle(points))
    left = unit(basis[:, 0] - along * (along @ basis[:, 0]))
    return np.stack([left, np.cross(along, left), along], axis=1)


def _leg_frames(
    points: Mapping[str, np.ndarray], side: str, basis: np.ndarray
) -> dict[str, np.ndarray]:
    thigh = unit(points[f"{side}_shin"] - points[f"{side}_thigh"])
    shin = unit(points[f"{side}_foot"] - points[f"{side}_shin"])
    upper = rotation_between(basis @ _DOWN, thigh) @ basis
    foot = _foot_frame(points, side, basis)
    return {
        f"{side}_thigh": upper,
        f"{side}_shin": rotation_between(thigh, shin) @ upper,
        f"{side}_foot": foot,
        f"{side}_toe": foot,
    }


def _foot_frame(points: Mapping[str, np.ndarray], side: str, basis: np.ndarray) -> np.ndarray:
    """Flat on the floor, turned to where the toes point."""
    up, forward = basis[:, 2], -basis[:, 1]
    end = points.get(f"{side}_toe", points.get(f"{side}_toe_end"))
    if end is not None:
        along = end - points[f"{side}_foot"]
        flat = along - up * (along @ up)
        if np.linalg.norm(flat) > 0.1 * np.linalg.norm(along):
            forward = unit(flat)
    return np.stack([np.cross(-forward, up), -forward, up], axis=1)


def _arm_frames(
    points: Mapping[str, np.ndarray], side: str, basis: np.ndarray, palm: np.ndarray | None
) -> dict[str, np.ndarray]:
    roles = [f"{side}_{part}" for part in ("upper_arm", "forearm", "hand")]
    if any(role not in points for role in roles):
        return {}
    joints = [points[role] for role in roles]
    upper, fore = unit(joints[1] - joints[0]), unit(joints[2] - joints[1])
    frame = rotation_between(basis @ _ASIDE[side], upper) @ basis
    frames = {f"{side}_upper_arm": frame}
    frame = rotation_between(upper, fore) @ frame
    frames[f"{side}_forearm"] = frame
    end = points.get(f"{side}_hand_end")
    hand = fore if end is None else unit(end - joints[2])
    frame = rotation_between(fore, hand) @ frame
    if palm is not None:
        # Fingers tell the roll of the hand: forward in a T-pose with the palms down.
        front = unit(palm - hand * (palm @ hand))
        x = hand if side == "left" else -hand
        frame = np.stack([x, -front, np.cross(x, -front)], axis=1)
    frames[f"{side}_hand"] = frame
    return frames


@lru_cache(maxsize=1)
def body_segments() -> SegmentFrames:
    """The body in its T-pose, as any character is examined."""
    rest = rest_pose()
    at = {name: rest.heads[number] for number, name in enumerate(SMPL_NAMES)}
    points = {role: at[joint] for role, joint in ROLE_TO_SMPL.items()}
    points["neck_1"] = at["neck"]
    for side in SIDES:
        points[f"{side}_hand_end"] = at[f"{side}_hand"]
    return segment_frames(points, np.array([0.0, 0.0, 1.0]), dict.fromkeys(SIDES, 0.0))
