"""Whether a result is what its source shows, by means that share nothing with how it was made.

No names, tables, calibrations, units or floors: only where joints are, in whatever axes. What
holds in any world is compared: how far somebody goes in body sizes, and that a body is carried
from below by the joints that are at rest. What the result says of itself beyond that is held
against gravity: what is carried stands on the floor. A disagreement is a warning, whichever
step it came from.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...body.figures import BODY_NAMES
from ...body.support_points import lowest_points
from ..contact_detection import without_short
from ..formats.bvh import Bvh
from ..motion import Motion


@dataclass(frozen=True)
class TruthLimits:
    """From where on a disagreement is told."""

    travel_share: float = 0.4
    """Difference of the way gone, as a share of the source's ..."""
    travel_sizes: float = 0.6
    """... and beyond this many body sizes: proportions differ, and ends are sampled."""
    lean_deg: float = 35.0
    """Between up and the direction in which the result is carried by what rests of it."""
    hover_m: float = 0.04
    """Height of the lowest point of a body of which something rests."""
    hover_share: float = 0.25
    sunk_m: float = 0.05
    sunk_share: float = 0.1
    jump_m_s: float = 25.0
    """Speed of a joint beside the hips: no limb is faster."""
    head_down_share: float = 0.6
    """Of the frames in which the head is lower than the feet ..."""
    head_down_m: float = 0.3
    """... by this much."""
    tilt_spread_m: float = 1.0
    """Who stays within this tells no tilt by how heights grow ..."""
    tilt_explained: float = 0.6
    """... which must be so much of their variance, ..."""
    steepest_deg: float = 45.0
    """... and who goes up more steeply climbs or is lifted."""


LIMITS = TruthLimits()
_REST = 0.13
"""Body sizes a second under which a joint is at rest."""
_HEAD = BODY_NAMES.index("Head")
_FEET = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]
_CARRIED = 0.5
"""Seconds for which nobody keeps a pose in the air."""
_STEP = 0.1
"""Seconds between the places that a way is measured by: jitter is no way."""
_SAME = 0.85
"""Length of the mean of directions (of length 1) from which they count as one."""


@dataclass(frozen=True)
class Facts:
    """What joints alone tell, in axes and units of their own."""

    size: float
    """Largest distance between two joints, median over the frames, in the source's unit."""
    travel: float
    """Way of the middle of all joints, in sizes."""
    carried: tuple[float, float, float] | None
    """Direction from the joints at rest to the middle of the body, where it is always the same;
    None where it changes or nothing or all of it rests."""
    rests: tuple[bool, ...]
    """Per frame: whether some joint is at rest, or the body is carried along as it is."""


def facts_of(points: np.ndarray, fps: float) -> Facts:
    """Of joints (T, J, 3) in any unit and axes."""
    frames, joints = points.shape[:2]
    some = points[:: max(1, frames // 50)]
    between = np.linalg.norm(some[:, :, None] - some[:, None], axis=-1)
    size = max(float(np.median(between.reshape(len(some), -1).max(axis=1))), 1e-9)
    middle = points.mean(axis=1)
    steps = np.linalg.norm(np.diff(middle[:: max(1, round(_STEP * fps))], axis=0), axis=1) / size
    # One place that jumps away and back is no way that was gone.
    usual = 3.0 * np.percentile(steps, 90) if len(steps) else 0.0
    travel = float(np.minimum(steps, usual).sum()) if len(steps) else 0.0
    if frames < 4:
        return Facts(size, travel, None, (False,) * frames)
    speed = np.linalg.norm(np.gradient(points, axis=0), axis=-1) * fps / size
    rest = speed < _REST
    count = rest.sum(axis=1)
    # Of a body that rests as a whole, or of which a joint happens to stop, nothing is known.
    told = (count > 0) & (count <= joints / 2)
    carried = None
    if told.sum() >= max(5, 0.1 * frames):
        base = (points * rest[..., None]).sum(axis=1)[told] / count[told, None]
        up = middle[told] - base
        up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
        mean = up.mean(axis=0)
        if np.linalg.norm(mean) > _SAME:
            mean = mean / np.linalg.norm(mean)
            carried = (float(mean[0]), float(mean[1]), float(mean[2]))
    # Whoever goes somewhere without moving a limb for a while stands on what carries them.
    beside = np.linalg.norm(np.gradient(points - middle[:, None], axis=0), axis=-1) * fps / size
    still = without_short((beside < _REST).all(axis=1), max(2, round(_CARRIED * fps)), ends=True)
    return Facts(size, travel, carried, tuple(((count > 0) | still).tolist()))


def facts_of_bvh(bvh: Bvh) -> Facts:
    """Of the file as it stands: nothing turned, scaled or put right; rows of zeros, or with what is no
    number, are no frames."""
    root = [k for k, channel in enumerate(bvh.joints[0].channels) if channel.endswith("position")]
    placed = bool(bvh.values[:, root].any())
    whole = np.isfinite(bvh.values).all(axis=1) & bvh.values.any(axis=1)
    # A place that was lost is at the origin.
    whole &= bvh.values[:, root].any(axis=1) | (not placed)
    if whole.any() and not whole.all():
        bvh = replace(bvh, values=bvh.values[whole])
    translations, local = bvh.local_transforms()
    points = np.empty_like(translations)
    world: list[Any] = []
    for joint, described in enumerate(bvh.joints):
        parent = described.parent
        if parent < 0:
            points[:, joint] = translations[:, joint]
            world.append(local[joint])
        else:
            points[:, joint] = points[:, parent] + world[parent].apply(translations[:, joint])
            world.append(world[parent] * local[joint])
    facts = facts_of(points, bvh.fps)
    # Of who is nowhere no way is known.
    return facts if placed else replace(facts, travel=0.0)


@dataclass(frozen=True)
class Comparison:
    """What a motion does otherwise than its source."""

    warnings: list[str]
    """A sentence each; none is well."""
    tilt_deg: float | None
    """By how much its world seems tilted, where one of them says so."""


def disagreements(source: Facts | None, motion: Motion, limits: TruthLimits = LIMITS) -> list[str]:
    """What a motion of the body does otherwise than its source, a sentence each; none is well."""
    return compared(source, motion, limits).warnings


def compared(source: Facts | None, motion: Motion, limits: TruthLimits = LIMITS) -> Comparison:
    """A motion of the body beside its source.

    Without a source what the motion says of itself is held against gravity alone.
    """
    tilt: float | None = None
    own = facts_of(motion.positions(), motion.fps)
    found = []
    if source is not None and source.travel > 0:
        off = abs(own.travel - source.travel)
        if off > limits.travel_share * source.travel + limits.travel_sizes:
            found.append(
                f"goes {_metres(own.travel)} where the source goes {_metres(source.travel)}"
            )
    if own.carried is not None:
        lean = float(np.degrees(np.arccos(np.clip(own.carried[2], -1, 1))))
        if lean > limits.lean_deg:
            found.append(f"stands {lean:.0f} degrees off upright; say which axis is up (--up)")
    points = motion.positions()
    under = points[:, _FEET, 2].min(axis=1) - points[:, _HEAD, 2] > limits.head_down_m
    if under.mean() > limits.head_down_share:
        found.append(
            f"is upside down in {100 * under.mean():.0f} % of the frames; if that is not meant, say "
            "which axis is up (--up)"
        )
    lowest = lowest_points(motion.qpos).min(axis=1)
    rests = np.array(own.rests)
    if rests.any():
        over = rests & (lowest > limits.hover_m)
        if over.sum() > limits.hover_share * rests.sum():
            tilt = _tilt(motion.qpos[rests, :2], lowest[rests], limits)
            more = (
                ""
                if tilt is None
                else f"; its world seems tilted by {tilt:.0f} degrees more: say what is up (--up=x,y,z)"
            )
            found.append(
                f"stands up to {100 * lowest[over].max():.0f} cm over the floor in "
                f"{100 * over.sum() / rests.sum():.0f} % of the frames in which it stands" + more
            )
    sunk = lowest < -limits.sunk_m
    if sunk.mean() > limits.sunk_share:
        found.append(
            f"is up to {-100 * lowest.min():.0f} cm in the floor in {100 * sunk.mean():.0f} % "
            "of the frames"
        )
    jump = _jump(motion, limits.jump_m_s)
    if jump is not None:
        found.append(f"jumps at frame {jump}")
    return Comparison(found, tilt)


def _tilt(places: np.ndarray, heights: np.ndarray, limits: TruthLimits) -> float | None:
    """Degrees by which heights (n,) over the floor grow with places (n, 2): metres, while it rests."""
    flat = places - places.mean(axis=0)
    if np.ptp(flat, axis=0).max() < limits.tilt_spread_m:
        return None
    slope, *_ = np.linalg.lstsq(flat, heights - heights.mean(), rcond=0.05)
    left = heights - heights.mean() - flat @ slope
    if left.var() > (1 - limits.tilt_explained) * heights.var():
        return None
    degrees = float(np.degrees(np.arctan(np.linalg.norm(slope))))
    return degrees if degrees < limits.steepest_deg else None


def _jump(motion: Motion, limit: float) -> int | None:
    points = motion.positions()
    relative = points - points[:, :1]
    speed = np.linalg.norm(np.diff(relative, axis=0), axis=-1).max(axis=1) * motion.fps
    return int(speed.argmax()) + 1 if len(speed) and speed.max() > limit else None


_BODY_SIZE = 1.7


def _metres(sizes: float) -> str:
    return f"{_BODY_SIZE * sizes:.1f} m"
