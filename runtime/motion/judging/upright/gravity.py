"""Which way is up, by the laws of motion: how a body stays over its feet.

Whatever a person does on their feet, the floor's force on them passes from the soles through
the middle of their mass, but for what turns them: it is what bears the weight and what
accelerates them. Over a few steps that tells gravity's direction within a few degrees, in any
axes: who runs or carries leans, and is still over the feet.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter1d

from ....body.figures import GRAVITY
from ...contact_detection import speeds
from ...sources.skeleton import SkeletonClip

_SEGMENTS = (
    ("wrist", "hand", 0.006, 0.506),
    ("elbow", "wrist", 0.016, 0.430),
    ("shoulder", "elbow", 0.028, 0.436),
    ("ankle", "foot", 0.0145, 0.5),
    ("knee", "ankle", 0.0465, 0.433),
    ("hip", "knee", 0.1, 0.433),
)
"""Joints at both ends, share of the body's mass, and how far along its middle is: Winter,
*Biomechanics and Motor Control of Human Movement* (4th ed., 2009), table 4.1. A side each."""
_TRUNK, _HEAD = 0.497, 0.081


@dataclass(frozen=True)
class BalanceSettings:
    """What of a clip tells where its weight goes."""

    along_sole: float = 0.6
    """Where from the ankle (0) to the toe joint (1) a sole bears on the whole: of 402 recordings
    this is level within a degree and a half on average, forwards."""
    slow_m_s: float = 0.5
    """A foot bears where its ankle or its toes are slower than this ..."""
    slow_share: float = 0.2
    """... and this share of the body's own speed (feet roll, and runners' most): the slower the more."""
    fastest_m_s: float = 12.5
    """Nobody runs faster; who is carried so fast tells nothing of how fast feet roll."""
    smooth_s: float = 0.05
    """Deviation of the bell that the middle of the mass is smoothed by, before its acceleration."""
    hard_m_s2: float = 30.0
    """No feet give such an acceleration: a vehicle stops, or a file jumps."""
    fewest: int = 8
    """Frames borne by a foot."""
    lever: float = 0.6
    """Shortest distance from the soles to the middle of the mass, in leg lengths: who sits, kneels
    or crawls is borne by other things."""


SETTINGS = BalanceSettings()


def up_by_balance(clip: SkeletonClip, settings: BalanceSettings = SETTINGS) -> np.ndarray | None:
    """(3,) of length 1: against gravity, in the axes of the clip; None where feet bear nobody.

    Of every frame in which feet bear, with the lever l from the sole to the middle of the mass
    and its acceleration a: l x (a - g) is the change of the angular momentum, which is nothing
    on average. So mean(l) x g = mean(l x a), and g is 9.81 m/s^2 long.
    """
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    mass = middle_of_mass(clip.positions, at)
    went = speeds(mass, clip.fps)
    afoot = went < settings.fastest_m_s
    if not afoot.any():
        return None
    slow = settings.slow_m_s + settings.slow_share * float(went[afoot].mean())
    soles, weights = [], []
    for side in ("left", "right"):
        ankle, toe = (clip.positions[:, k] for k in (at[f"{side}_ankle"], _toe(clip, at, side)))
        pace = np.minimum(speeds(ankle, clip.fps), speeds(toe, clip.fps))
        weights.append(np.clip(1.0 - pace / slow, 0.0, 1.0))
        soles.append(ankle + settings.along_sole * (toe - ankle))
    weight = np.array(weights)[..., None]
    borne = weight.sum(axis=0)[:, 0] > 0.3
    ends = max(2, round(2 * settings.smooth_s * clip.fps))
    borne[:ends] = borne[-ends:] = False
    smooth = gaussian_filter1d(mass, settings.smooth_s * clip.fps, axis=0, mode="nearest")
    acceleration = np.gradient(np.gradient(smooth, axis=0), axis=0) * clip.fps**2
    hard = np.linalg.norm(acceleration, axis=1) > settings.hard_m_s2
    borne &= ~binary_dilation(hard, iterations=2 * ends)
    if borne.sum() < settings.fewest:
        return None
    place = (weight * np.array(soles)).sum(axis=0)[borne] / weight.sum(axis=0)[borne]
    lever = mass[borne] - place
    mean = lever.mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length < settings.lever * leg_length(clip.positions, at):
        return None
    across = np.cross(np.cross(lever, acceleration[borne]).mean(axis=0), mean) / length**2
    along = np.sqrt(max(GRAVITY**2 - float(across @ across), 1.0))
    up = along * mean / length - across
    return up / np.linalg.norm(up)


def middle_of_mass(positions: np.ndarray, at: dict[str, int]) -> np.ndarray:
    """(T, 3) of joints (T, J, 3); what a skeleton lacks counts with what it hangs on, or not."""
    total, mass = np.zeros((len(positions), 3)), 0.0
    hips = (positions[:, at["left_hip"]] + positions[:, at["right_hip"]]) / 2
    shoulders = [at[j] for j in ("left_shoulder", "right_shoulder") if j in at]
    top = next((j for j in ("neck", "head", "spine3") if j in at), "left_hip")
    upper = positions[:, shoulders].mean(axis=1) if len(shoulders) == 2 else positions[:, at[top]]
    head = positions[:, at["head"]] if "head" in at else upper
    for side in ("left", "right"):
        for begins, ends, share, middle in _SEGMENTS:
            if f"{side}_{begins}" in at:
                first = positions[:, at[f"{side}_{begins}"]]
                last = positions[:, at[f"{side}_{ends}"]] if f"{side}_{ends}" in at else first
                total += share * (first + middle * (last - first))
                mass += share
    total += _TRUNK * (hips + upper) / 2 + _HEAD * head
    return total / (mass + _TRUNK + _HEAD)


def _toe(clip: SkeletonClip, at: dict[str, int], side: str) -> int:
    """The toe joint, or whatever ends the foot farthest from the ankle."""
    if f"{side}_foot" in at:
        return at[f"{side}_foot"]
    ankle = at[f"{side}_ankle"]
    ends = [joint for joint, parent in enumerate(clip.parents) if parent == ankle]
    first = clip.positions[0]
    return max(ends, key=lambda k: float(np.linalg.norm(first[k] - first[ankle])), default=ankle)


def leg_length(positions: np.ndarray, at: dict[str, int]) -> float:
    """Metres from a hip to its ankle along the bones."""
    bones = (("hip", "knee"), ("knee", "ankle"))
    return float(
        sum(
            np.linalg.norm(
                positions[:, at[f"{s}_{a}"]] - positions[:, at[f"{s}_{b}"]], axis=1
            ).mean()
            for s in ("left", "right")
            for a, b in bones
        )
        / 2
    )
