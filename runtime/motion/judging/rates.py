"""Whether a file's frame rate can be true: by how people step, and by how fast bodies fall.

Exporters write 24 or 30 frames a second over what was captured at 120. Nothing in the file
says so, but nobody strides once in two seconds, and gravity is the same everywhere.
"""

from dataclasses import dataclass

import numpy as np

from ...body.figures import GRAVITY
from ..sources.skeleton import SkeletonClip

USUAL = (24.0, 25.0, 30.0, 50.0, 60.0, 100.0, 120.0, 240.0)
"""Rates that are captured and exported, frames a second."""


@dataclass(frozen=True)
class RateLimits:
    """From where on a rate is put right, and from where on it is only doubted."""

    sure: float = 3.0
    """Times by which steps must be slower than people's before the rate is changed ..."""
    even: float = 0.06
    """... and how even (deviation over mean of their times). Of 402 recorded clips a lunging
    walk of martial arts is 3.8 times slower, and 0.10 uneven; plain walks have 0.03."""
    too_fast: float = 2.4
    """The same for steps that are faster ..."""
    cadence: float = 6.0
    """... and are more a second than anybody can take."""
    doubt: float = 2.4
    """Times by which they must be slower to be asked about, ..."""
    doubt_even: float = 1.9
    """... and so much only if they are as even as ..."""
    doubt_uneven: float = 0.08
    """... this: of 402 recorded clips no even walk is more than 1.6 times slower ..."""
    doubt_fast: float = 0.45
    """... and none faster than half; less is asked about, too."""
    walk_cadence: float = 2.7
    """Steps a second that nobody takes who walks: of 402 recorded clips no walk has more than 2.5 ..."""
    walk_lift: float = 0.115
    """... and none holds the foot behind higher than 0.10 legs when both are farthest apart; of those
    that run evenly none lower than 0.15."""
    doubt_fall: float = 1.9
    """The same for a single flight: two of the 402 are farther off."""
    fall: float = 1.8
    """The same for flights against gravity, where there are several and they agree."""
    agree: float = 0.12
    """Variation (deviation over mean) of flights that agree."""


LIMITS = RateLimits()
_STRIDE = 0.14
"""Leg lengths the feet must be apart, one before the other, to count as a step."""
_UNEVEN = 0.35
"""Variation of the time between steps (deviation over mean) of somebody who walks on."""
_HIGH, _RISE = 0.12, 0.06
"""Leg lengths both feet must be off the floor in flight, and the hips must rise or fall there."""
_FLIGHT = 5
"""Frames of a flight from which its curve says anything."""


@dataclass(frozen=True)
class RateEvidence:
    """How many times slower the motion is than one of people (over 1: too slow)."""

    steps: float | None = None
    falls: float | None = None
    cadence: float = 0.0
    """Steps a second, as the file has it."""
    uneven: float = 1.0
    """Deviation over mean of the times between steps."""
    lift: float = 1.0
    """Height of the higher ankle over the floor where the feet are farthest apart, in legs."""
    flights: int = 0
    """How many flights agree on ``falls``; 0 where they do not."""


def evidence(clip: SkeletonClip) -> RateEvidence:
    """What steps and flights say of the clip's rate; None where there are none."""
    if not clip.bones.has_legs or clip.frames < 8:
        return RateEvidence()
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    track = {
        joint: clip.positions[:, at[joint]]
        for joint in ("left_hip", "right_hip", "left_ankle", "right_ankle")
    }
    hips = (track["left_hip"] + track["right_hip"]) / 2
    knee = clip.positions[:, at["left_knee"]]
    leg = float(
        np.median(np.linalg.norm(track["left_hip"] - knee, axis=1))
        + np.median(np.linalg.norm(knee - track["left_ankle"], axis=1))
    )
    across = (track["left_hip"] - track["right_hip"])[:, :2]
    ahead = np.stack([across[:, 1], -across[:, 0]], axis=1)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    apart = ((track["left_ankle"] - track["right_ankle"])[:, :2] * ahead).sum(axis=1) / leg
    feet = np.minimum(track["left_ankle"][:, 2], track["right_ankle"][:, 2]) / leg
    top = next((j for j in ("head", "neck", "spine3") if j in at), None)
    trunk = clip.positions[:, at[top]] - hips if top else None
    # On all fours steps are slower, and feet in the air are no flight.
    upright = trunk is None or np.median(trunk[:, 2] / np.linalg.norm(trunk, axis=1)) > 0.6
    higher = np.maximum(track["left_ankle"][:, 2], track["right_ankle"][:, 2]) / leg
    higher -= np.percentile(feet, 10)
    steps, cadence, uneven, lift = (
        _steps(apart, higher, hips[:, :2] / leg, clip.fps) if upright else _NO_STEPS
    )
    falls, flights = _falls(hips[:, 2] / leg, feet, leg, clip.fps) if upright else (None, 0)
    return RateEvidence(steps, falls, cadence, uneven, lift, flights)


def corrected_rate(clip: SkeletonClip, found: RateEvidence | None = None) -> tuple[float, str]:
    """The rate the clip has to be played at, and a few words where it is not the file's.

    The same rate with words means doubt: a person has to say.
    """
    found = found or evidence(clip)
    steps, falls = found.steps or 1.0, found.falls or 1.0
    if found.falls is not None and 1 / LIMITS.fall < falls < LIMITS.fall:
        return clip.fps, ""
    slower = None
    same = found.steps is None or ((steps > 1.5) == (falls > 1) and not 0.67 < steps < 1.5)
    if found.flights > 1 and same:
        slower = falls
    elif (steps > LIMITS.sure and found.uneven < LIMITS.even) or (
        steps < 1 / LIMITS.too_fast and found.cadence > LIMITS.cadence
    ):
        slower = steps
    if slower is not None:
        rate = min(USUAL, key=lambda usual: abs(np.log(usual / (clip.fps * slower))))
        if not 0.7 < rate / clip.fps < 1.4:
            return rate, (
                f"played at {rate:g} frames a second, not the file's {clip.fps:.4g}, "
                f"at which it would be {slower:.1f} times too {'slow' if slower > 1 else 'fast'}"
            )
    told = f"if {clip.fps:.4g} frames a second is wrong, say the true rate (--source-fps)"
    even = found.uneven < LIMITS.doubt_uneven
    if steps > (LIMITS.doubt_even if even else LIMITS.doubt):
        return clip.fps, f"walks {steps:.1f} times slower than people do: {told}"
    strides = found.lift < LIMITS.walk_lift and found.cadence > LIMITS.walk_cadence
    if even and (steps < LIMITS.doubt_fast or strides):
        return clip.fps, f"walks {1 / steps:.1f} times faster than people do: {told}"
    if found.flights == 1 and not 1 / LIMITS.doubt_fall < falls < LIMITS.doubt_fall:
        kind = f"{falls:.1f} times slower" if falls > 1 else f"{1 / falls:.1f} times faster"
        return clip.fps, f"falls {kind} than gravity has it: {told}"
    return clip.fps, ""


_NO_STEPS = None, 0.0, 1.0, 1.0


def _steps(
    apart: np.ndarray, higher: np.ndarray, hips: np.ndarray, fps: float
) -> tuple[float | None, float, float, float]:
    """How much slower than people's, the cadence, how uneven, and how high the foot behind is.

    ``apart`` (T,): how far the left foot is before the right, in legs; ``higher`` (T,): the ankle that
    is, over the floor; ``hips`` (T, 2).
    """
    turns: list[int] = []
    side = 0
    for frame, value in enumerate(apart):
        if abs(value) > _STRIDE and np.sign(value) != side:
            side = np.sign(value)
            turns.append(frame)
        elif turns and np.sign(value) == side and abs(value) > abs(apart[turns[-1]]):
            turns[-1] = frame
    # The first and the last may have been cut.
    turns = turns[1:-1]
    if len(turns) < 4:
        return _NO_STEPS
    gaps = np.diff(turns)
    if gaps.std() > _UNEVEN * gaps.mean():
        return _NO_STEPS
    length = float(np.abs(apart[turns]).mean())
    travelled = np.linalg.norm(np.diff(hips[turns], axis=0), axis=1).sum()
    # Who walks goes about as far as the steps are long; who dances or rides does not.
    if not 0.5 < travelled / (length * len(gaps)) < 2.0:
        return _NO_STEPS
    cadence = fps / gaps.mean()
    usual = 1.4 + 0.8 * min(length, 1.2)
    lift = float(np.median(higher[turns]))
    return float(usual / cadence), float(cadence), float(gaps.std() / gaps.mean()), lift


def _falls(hips: np.ndarray, feet: np.ndarray, leg: float, fps: float) -> tuple[float | None, int]:
    """Hips and the lower ankle, heights (T,) in legs."""
    floor = np.percentile(feet, 10)
    flying = np.r_[False, feet > floor + _HIGH, False]
    edges = np.flatnonzero(np.diff(flying.astype(int)))
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start < _FLIGHT or start == 0 or stop == len(feet):
            continue
        height = hips[start:stop]
        time = np.arange(stop - start) / fps
        bend, slope, middle = np.polyfit(time, height, 2)
        off = np.abs(np.polyval([bend, slope, middle], time) - height).max()
        top = -slope / (2 * bend) if bend < 0 else -1.0
        if 0.2 * time[-1] < top < 0.8 * time[-1] and np.ptp(height) > _RISE and off < 0.02:
            found.append(np.sqrt(GRAVITY / (-2 * bend * leg)))
    if not found:
        return None, 0
    agree = np.std(found) < LIMITS.agree * np.mean(found)
    return float(np.median(found)), len(found) if agree else 0
