"""Sources are judged before they are used: which way is up, whether the world is level.

What is set right is told in a few words each (``SkeletonClip.notes``). Everything here
goes by where the joints are, whatever kind of file they came from.
"""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..sources.skeleton import SkeletonClip, turned
from .outliers import without_outliers
from .rates import corrected_rate
from .upright.bearing import levelled_by_rest
from .upright.levelling import levelled, trunk_and_ankles
from .upright.resting import AXES, hangs_in_the_air, rests_on_floor, up_by_floor

_ALONG = 0.7
"""Mean share of a person's direction from feet to head that must lie along an axis to stand."""
_MOSTLY = 0.9
"""Share of the frames in which a person has to stand so; who gets up or lies down is left alone."""
_UPRIGHT = 0.7
"""Share of the frames from which somebody is upright, if only on the whole."""
_STAYS = 0.6
"""Metres within which the hips of somebody who lies stay."""
_LIES = (0.1, 0.45)
"""Metres under and over the floor within which all of somebody who lies is."""


def judged(clip: SkeletonClip, up_said: bool = False, fps_said: bool = False) -> SkeletonClip:
    """The clip upright, on a level floor, at a rate that can be; ``notes`` say what changed.

    What a person ``said`` stays as it is.
    """
    if not clip.bones.has_legs:
        return clip
    clip = without_outliers(clip)
    if fps_said:
        return clip if up_said else _level(clip, clip.fps)
    if up_said:
        rate, note = corrected_rate(clip)
        return replace(clip, fps=rate, notes=(*clip.notes, note)) if note else clip
    # What rests and what balances goes by the rate, and steps and falls go by the floor: a rate
    # that is told of the standing body counts if it is told again over the floor found with it.
    for guess in dict.fromkeys((corrected_rate(stood_up(clip))[0], clip.fps)):
        level = _level(clip, guess)
        rate, note = corrected_rate(replace(level, fps=clip.fps))
        if rate != clip.fps:
            break
    if rate != guess:
        level = _level(clip, rate)
    return replace(level, fps=rate, notes=(*level.notes, note) if note else level.notes)


def _level(clip: SkeletonClip, fps: float) -> SkeletonClip:
    """The clip, played at ``fps``, upright on a level floor."""
    clip = replace(clip, fps=fps)
    level = levelled_by_rest(clip)
    stood = upright(level)
    if level is not clip and stood is not level:
        # Who is stood up did not lie: nor did what was taken for their floor lean.
        straight = upright(clip)
        stood = stood if straight is clip else straight
    return levelled(levelled_by_rest(stood) if stood.notes != clip.notes else stood)


def upright(clip: SkeletonClip) -> SkeletonClip:
    """The clip turned by right angles so that a person who stands on their head or lies in the air
    does not, nor one who crawls up walls."""
    stood = stood_up(clip)
    if stood is not clip:
        return stood
    along = _along(clip)
    name = up_by_floor(clip, along, bool((along[:, 2] > _ALONG).mean() > _UPRIGHT))
    return clip if name == "z" else _turned_up(clip, np.array(AXES[name]))


def _turned_up(clip: SkeletonClip, up: np.ndarray) -> SkeletonClip:
    turn, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [up])
    return turned(clip, turn, "turned upright")


def stood_up(clip: SkeletonClip, placed: bool = True) -> SkeletonClip:
    """Who stands all the time, standing upright, by the direction to the head.

    Where somebody is not ``placed`` anywhere no floor says that they lie.
    """
    ankles, top = trunk_and_ankles(clip)
    along = _along(clip)
    standing = along.mean(axis=0)
    name = max(AXES, key=lambda axis: float(standing @ np.array(AXES[axis])))
    up = np.array(AXES[name])
    if name == "z" or (along @ up > _ALONG).mean() < _MOSTLY:
        return clip
    if not placed:
        return _turned_up(clip, up)
    if rests_on_floor(clip, name):
        return clip
    went = _way(clip)
    goes = np.linalg.norm(went) > _STAYS
    if name != "-z" and (
        # Who crawls or swims goes where the head is; who walks in a turned world across that.
        abs(went @ up) > _ALONG * np.linalg.norm(went) if goes else _may_lie(clip, ankles, top, up)
    ):
        return clip
    # A handstand and somebody lying are no mistakes of a file. Their floor is at zero under
    # the hands or the back; in a turned world it is where the feet are.
    if name != "-z" and goes:
        return _turned_up(clip, up)
    feet = np.abs(np.median((ankles @ up).min(axis=1)))
    other = clip.positions[..., 2].min(axis=1)
    lowest = np.abs(np.percentile(other, 10))
    if feet > lowest + 0.15 and not (name == "-z" and hangs_in_the_air(clip)):
        return clip
    return _turned_up(clip, up)


def _along(clip: SkeletonClip) -> np.ndarray:
    """(T, 3) of length 1: from the feet to the head."""
    ankles, top = trunk_and_ankles(clip)
    along = top - ankles.mean(axis=1)
    return along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)


def _hips(clip: SkeletonClip) -> np.ndarray:
    """(T, 3)"""
    at = [clip.names.index(clip.bones.joints[f"{side}_hip"]) for side in ("left", "right")]
    return clip.positions[:, at].mean(axis=1)


def _way(clip: SkeletonClip) -> np.ndarray:
    """(3,) metres: from where the hips are at one time to where they are furthest from there."""
    hips = _hips(clip)
    return hips[np.linalg.norm(hips - hips[0], axis=1).argmax()] - hips[0]


def _may_lie(clip: SkeletonClip, ankles: np.ndarray, top: np.ndarray, up: np.ndarray) -> bool:
    """Whether somebody along the floor may lie there: on it, and staying where they are.

    In a turned world a person goes places, and the floor is under the feet.
    """
    hips = _hips(clip)
    along = np.concatenate([hips, top, ankles.mean(axis=1)])[:, 2]
    on_floor = np.percentile(along, 2) > -_LIES[0] and np.percentile(along, 98) < _LIES[1]
    feet = float(np.median((ankles @ up).min(axis=1)))
    stands = 0.0 < feet < 0.13 and abs(float(np.median(hips[:, 2]))) < 0.06
    return bool(on_floor and not stands)
