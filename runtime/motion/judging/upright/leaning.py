"""Whether a result stands as somebody can stand: by the body's own masses over its own feet.

A tilted world that nothing levelled leaves a body that leans all the time, on a floor that looks
right. What of a motion was found out before it was fitted has no part in this.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ....body.figures import BODY_NAMES, GRAVITY
from ....body.kinematics import forward_kinematics
from ....body.weight import centre_of_mass
from ...contact_detection import speeds
from ...motion import Motion

_FEET = [BODY_NAMES.index(f"{side}_{part}") for side in "LR" for part in ("Ankle", "Toe")]
_HIPS = [BODY_NAMES.index(f"{side}_Hip") for side in "LR"]


@dataclass(frozen=True)
class LeaningLimits:
    """From where on a lean is told."""

    aside_deg: float = 5.0
    """On average, to a side: of 40 recordings chosen by hash none leans more than 4.6 ..."""
    forwards_deg: float = 7.5
    """... and forwards or backwards none more than 5.0."""
    slope: float = 0.055
    """A slope of the floor, beyond what volumes are off level, ..."""
    slope_share: float = 0.5
    """... against so much of which a body leans in a tilted world."""
    low_m: float = 0.13
    """Height up to which a joint of a foot bears, ..."""
    slow_m_s: float = 0.5
    """... the more the slower it is; from here on not at all."""
    hard_m_s2: float = 30.0
    """No feet give such an acceleration."""
    up_m: float = 0.6
    """Height of the middle of the mass from which somebody is on their feet."""
    smooth_frames: float = 1.5
    fewest: int = 15
    """Frames borne by feet that tell something."""


LIMITS = LeaningLimits()


@dataclass(frozen=True)
class Lean:
    """How far off balance a body is on average, as slopes: tangents of angles."""

    off: tuple[float, float]
    """Towards x and y of the world."""
    aside: float
    """Towards its left ..."""
    forwards: float
    """... and forwards, as it faces on average, ..."""
    facing: float
    """... and how steadily that is: 0 to 1."""


def leaning(
    motion: Motion, slope: tuple[float, float] = (0.0, 0.0), limits: LeaningLimits = LIMITS
) -> list[str]:
    """A sentence if the body leans all the time as nobody can who does not fall; else none.

    ``slope`` was taken out of its floor: on a ramp one stands upright, in a tilted world aslant.
    """
    lean = lean_of(motion, limits)
    if lean is None:
        return []
    steep = float(np.hypot(*slope))
    along = -float(np.dot(lean.off, slope)) / max(steep, 1e-9)
    if steep > limits.slope and along > limits.slope_share * steep:
        tilt = float(np.degrees(np.arctan(max(steep, along))))
    else:
        aside, forwards = (float(np.degrees(np.arctan(x))) for x in (lean.aside, lean.forwards))
        # Who turns about leans forwards to all sides.
        most = lean.facing * limits.aside_deg + (1 - lean.facing) * limits.forwards_deg
        if (aside / most) ** 2 + (forwards / limits.forwards_deg) ** 2 <= 1:
            return []
        tilt = float(np.hypot(aside, forwards))
    return [
        "leans all the time as nobody stands who does not fall; its world seems tilted by "
        f"{tilt:.0f} degrees: say what is up (--up=x,y,z)"
    ]


def lean_of(motion: Motion, limits: LeaningLimits = LIMITS) -> Lean | None:
    """How far off balance a motion is on average; None where feet bear nobody.

    A force from the floor that goes through the middle of the mass stands on the zero moment
    point; on average that lies in the middle of the feet.
    """
    if motion.frames < limits.fewest:
        return None
    points, _ = forward_kinematics(motion.qpos)
    centre = gaussian_filter1d(
        centre_of_mass(motion.qpos), limits.smooth_frames, axis=0, mode="nearest"
    )
    push = np.gradient(np.gradient(centre, axis=0), axis=0) * motion.fps**2
    feet = points[:, _FEET]
    weight = np.clip(1 - speeds(feet, motion.fps) / limits.slow_m_s, 0, 1)
    weight *= feet[..., 2] < limits.low_m
    borne = (weight.sum(axis=1) > 0.3) & (centre[:, 2] > limits.up_m)
    borne &= np.linalg.norm(push, axis=1) < limits.hard_m_s2
    borne[:3] = borne[-3:] = False
    if borne.sum() < limits.fewest:
        return None
    place = (weight[..., None] * feet).sum(axis=1)[borne] / weight.sum(axis=1)[borne, None]
    up = np.maximum(GRAVITY + push[borne, 2:], 0.3 * GRAVITY)
    pressed = centre[borne, :2] - centre[borne, 2:] * push[borne, :2] / up
    off = (pressed - place[:, :2]).mean(axis=0) / centre[borne, 2].mean()
    left = (points[borne, _HIPS[0]] - points[borne, _HIPS[1]])[:, :2]
    mean = (left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)).mean(axis=0)
    facing = float(np.linalg.norm(mean))
    side = mean / max(facing, 1e-9)
    forwards = off @ np.array([side[1], -side[0]])
    return Lean((float(off[0]), float(off[1])), float(off @ side), float(forwards), facing)
