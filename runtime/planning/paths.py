"""Going along a path or to a place: steps of the library, bent onto the way asked for."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..errors import UserError
from ..library.features import pose_points
from ..library.library import NODE_SECONDS, Library
from ..library.tags import TAGS, bits
from ..motion.ground_frame import heading, moved, wrapped
from ..motion.motion import CONTROL_FPS
from ..motion.poses import pose
from ..prompts.fields import DIGITS
from .between import clips_in, described
from .graph.search import (
    Goal,
    SearchCosts,
    find_chains,
    find_stretches,
    one_of,
    pose_distances,
)
from .graph.stretches import assembled, eased_onto, resampled, warped
from .mending.settings import TREADING
from .treading import trodden

FASTEST = 7.0
"""m/s: nobody runs faster."""
GAIN = 0.8
"""Seconds in which the speed is reached and given up."""
EASE = 14
"""Frames over which the pose eases out of the one it starts in and into the last."""
BEND = 5.0
"""Frames: how evenly a walk is bent onto its path; less jerks, more cuts corners."""
SPEED_TOLERANCE = 0.1
"""Of the speed asked for: what is not told to the person."""
FACING_PRICE = 0.5
"""A radian off what is to be faced, where something is: steps aside and back are then taken."""
SECOND = round(CONTROL_FPS)
OVERSHOT = 0.5
"""Share that is taken back of how far a body that comes to rest leans over the path's end."""
TURN_FRAMES = 6.0
"""Frames: how evenly a walk is turned to face something."""
MOST_TURN = np.radians(60)
"""Radians: more than that no walk is turned on its way; it would go over its own feet."""
LONG_ENOUGH = 2.0
"""Metres: on shorter ways nobody reaches a speed."""
VARIED = 4
"""Ways among which variety chooses."""
PATH_COSTS = SearchCosts(place=0.8, heading=0.2, tempo=0.1, style=0.4, end=0.7)


@dataclass(frozen=True)
class PathPlan:
    """Frames along a path, and what they are made of."""

    qpos: np.ndarray
    """(n, 76); the first frame is the pose it started in."""
    label: str
    clips: tuple[str, ...]
    speed_asked: float | None = None
    speed: float | None = None
    """m/s once under way; None where the way is too short to tell."""
    length: float = 0.0
    """Metres."""
    seconds: float = 0.0
    """How long the way takes; standing comes after it."""


def standing(place: np.ndarray, facing: float) -> np.ndarray:
    """(76,): a person who stands at a place, facing an angle in radians."""
    stand = pose("stand")[None]
    return moved(stand, facing - heading(stand)[0], stand[0, :2], place)[0]


def style_bits(style: str) -> int:
    """Bits of the tags in "walk, carry"; raises ``UserError`` for unknown ones."""
    names = [name.strip() for name in style.split(",") if name.strip()]
    unknown = [name for name in names if name not in TAGS]
    if unknown:
        raise UserError(f"There is no style '{unknown[0]}'; there are {', '.join(TAGS)}.")
    return bits(*names)


def plan_path(
    library: Library,
    start: np.ndarray,
    points: np.ndarray,
    speed: float | None,
    frames: int,
    facing: float | None = None,
    style: int = 0,
    closed: bool = False,
    toward: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
    scale: float = 1.0,
) -> PathPlan:
    """From the pose ``start`` (76,) along ``points`` (P, 2), standing still at their end.

    ``speed`` m/s, or None to arrive after ``frames`` frames; a speed too slow to arrive in
    time is raised. ``facing`` radians is how to stand there, None for along the path, or
    as at its start where it is ``closed``. ``toward`` (K, 2), spread over the frames, is
    faced all the way. ``rng`` takes other stretches that do almost as well.
    ``scale``: metres in the lengths that all of this is given in; what is told of it is in metres.
    Raises ``UserError`` when nobody could run that fast.
    """
    seconds = (frames - 1) / CONTROL_FPS
    if closed:
        points, facing = _rounds(points, speed, seconds, facing)
    way = np.concatenate([start[None, :2], points])
    lengths = np.linalg.norm(np.diff(way, axis=0), axis=1)
    way = way[np.concatenate([[True], lengths > 0.02])]
    lengths = np.linalg.norm(np.diff(way, axis=0), axis=1)
    total = float(lengths.sum())
    needed = total / FASTEST + GAIN
    if needed > seconds and total > 0.3:
        raise UserError(
            f"The path of {scale * total:.1f} m takes at least {needed:.1f} s, but the prompt has "
            f"{seconds:.1f}; give it more frames or a shorter path."
        )
    last = _last_heading(way, start) if facing is None else facing
    if toward is not None and facing is None and len(toward):
        last = _faced(way[-1:], toward[-1:], np.array([last]))[0]
    turn_time = 0.6 + abs(float(wrapped(last - heading(start[None])[0]))) / 2.5
    asked = seconds if speed is None else max(total / speed + GAIN, turn_time)
    asked = max(min(asked, seconds), NODE_SECONDS * 4)
    count = max(4, round(asked / NODE_SECONDS))
    at = _along(way, lengths, _profile(count + 1, asked) * total)
    facings = _directions(way, lengths, _profile(count + 1, asked) * total, start)
    costs = PATH_COSTS
    if toward is not None and len(toward):
        faced = _faced(at, _spread(toward, count + 1, asked / max(seconds, 1e-6)), facings)
        facings = np.concatenate([facings[:1], faced[1:]])
        costs = replace(PATH_COSTS, heading=FACING_PRICE)
    facings[-1] = facings[-2] + wrapped(last - facings[-2])
    still = np.zeros((12, 3))
    goal = Goal(
        start=pose_distances(library, pose_points(start[None])[0]),
        end=pose_distances(library, pose_points(standing(way[-1], last)[None])[0], still),
        places=at,
        headings=facings,
        style=style,
        costs=costs,
    )
    wanted = 1 if rng is None else VARIED
    found = find_chains(library, goal, wanted)
    if count < 60:
        found += find_stretches(library, goal, wanted)
    if not found:
        raise UserError("The library has no motion for this path; give it more time.")
    best = one_of(sorted(found, key=lambda entry: entry.cost), rng)
    moving = round(asked * CONTROL_FPS) + 1
    recorded = assembled(library, list(best.runs))
    qpos = _bent(recorded, start, way, lengths, moving, last)
    if toward is not None and len(toward):
        qpos = _turned(qpos, _spread(toward, moving, asked / max(seconds, 1e-6)))
    # Where the path leads was asked for: hips stay on it.
    qpos, _ = trodden(resampled(recorded, moving), qpos, replace(TREADING, hips_m=0.0))
    done = speed_of(qpos) if total > LONG_ENOUGH else None
    asked_m_s, done_m_s = (
        None if value is None else round(value * scale, DIGITS) for value in (speed, done)
    )
    return PathPlan(
        qpos,
        described(library, best),
        clips_in(library, best),
        asked_m_s,
        done_m_s,
        scale * total,
        asked,
    )


def speed_of(qpos: np.ndarray) -> float:
    """m/s over the floor once a motion (T, 76) is under way: without its first and last second."""
    edge = int(min(CONTROL_FPS, len(qpos) // 4))
    place = gaussian_filter1d(qpos[:, :2], 6, axis=0, mode="nearest")[edge : len(qpos) - edge]
    return float(np.linalg.norm(np.diff(place, axis=0), axis=1).mean() * CONTROL_FPS)


def speed_told(asked: float | None, done: float | None) -> dict[str, Any]:
    """What a person is told about a speed: nothing where none was asked for or can be told."""
    if asked is None or done is None:
        return {}
    told: dict[str, Any] = {"speed_asked": asked, "speed": round(done, 2)}
    if abs(done - asked) > SPEED_TOLERANCE * asked:
        told["note"] = f"goes at {done:.1f} m/s, where {asked:.1f} was asked for"
    return told


def _rounds(
    points: np.ndarray, speed: float | None, seconds: float, facing: float | None
) -> tuple[np.ndarray, float]:
    """A closed path as often as there is time for, and how to stand at its end: as at its start."""
    ring = points if np.linalg.norm(points[-1] - points[0]) > 0.02 else points[:-1]
    around = np.concatenate([ring, ring[:1]])
    length = float(np.linalg.norm(np.diff(around, axis=0), axis=1).sum())
    rounds = 1
    if speed is not None and length > 0.3:
        rounds = max(1, int((seconds - GAIN) * speed / length))
    first = around[1] - around[0]
    whole = np.concatenate([ring[:1]] + [np.roll(ring, -1, axis=0)] * rounds)
    return whole, float(np.arctan2(first[1], first[0])) if facing is None else facing


def _spread(toward: np.ndarray, count: int, share: float) -> np.ndarray:
    """(K, 2) points spread over a prompt -> (count, 2) of the first ``share`` of it."""
    at = np.linspace(0, (len(toward) - 1) * min(share, 1.0), count)
    marks = np.arange(len(toward))
    return np.stack([np.interp(at, marks, toward[:, axis]) for axis in (0, 1)], axis=1)


def _faced(place: np.ndarray, toward: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """(n,) radians, unwrapped: from places to what is faced, (n, 2) each; else as without."""
    way = toward - place
    near = np.linalg.norm(way, axis=1) < 0.2
    angle = np.unwrap(np.where(near, otherwise, np.arctan2(way[:, 1], way[:, 0])))
    return angle + 2 * np.pi * np.round((otherwise[0] - angle[0]) / (2 * np.pi))


def _turned(qpos: np.ndarray, toward: np.ndarray) -> np.ndarray:
    """(T, 76) turned on its way to face points (T, 2); its first and last frames stay."""
    own = np.unwrap(heading(qpos))
    off = wrapped(_faced(qpos[:, :2], toward, own) - own)
    off = gaussian_filter1d(np.unwrap(off), TURN_FRAMES, mode="nearest")
    frames = np.arange(len(qpos))
    edge = np.clip(np.minimum(frames, frames[::-1]) / (2 * TURN_FRAMES), 0, 1)
    off = np.clip(off, -MOST_TURN, MOST_TURN) * edge
    return moved(qpos, off, qpos[:, :2], qpos[:, :2])


def _bent(
    recorded: np.ndarray,
    start: np.ndarray,
    way: np.ndarray,
    lengths: np.ndarray,
    frames: int,
    last: float,
) -> np.ndarray:
    first = float(heading(start[None])[0])
    qpos = warped(recorded, frames, (start[:2], first), (way[-1], last))
    total = float(lengths.sum())
    if total > 0.3:
        went = np.linalg.norm(np.diff(gaussian_filter1d(qpos[:, :2], 4, axis=0), axis=0), axis=1)
        share = np.concatenate([[0], np.cumsum(went)]) / max(went.sum(), 1e-6)
        wanted = _along(way, lengths, share * total)
        # The sway of the hips from step to step is the walk's own and stays.
        off = gaussian_filter1d(wanted - qpos[:, :2], BEND, axis=0, mode="nearest")
        edge = np.minimum(np.arange(frames), np.arange(frames)[::-1]) / (2 * BEND)
        off *= np.clip(edge, 0, 1)[:, None]
        qpos[:, :2] += off
        ahead = (way[-1] - way[-2]) / max(lengths[-1], 1e-6)
        beyond = np.maximum((qpos[-SECOND:, :2] - way[-1]) @ ahead, 0)
        qpos[-SECOND:, :2] -= OVERSHOT * beyond[:, None] * ahead
    end = qpos[-1].copy()
    end = standing(way[-1], last) if _upright(end) else end
    length = min(EASE, frames // 3)
    return eased_onto(eased_onto(qpos, start, length, False), end, length, True)


def _upright(qpos: np.ndarray) -> bool:
    return bool(qpos[2] > 0.7)


def _profile(count: int, seconds: float) -> np.ndarray:
    """(count,) 0..1: share of the way after each node, gaining and losing speed at its ends."""
    times = np.linspace(0, seconds, 200)
    gain = min(GAIN, seconds / 3)
    speed = np.clip(np.minimum(times, seconds - times) / gain, 0, 1)
    done = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2)])
    return np.interp(np.linspace(0, seconds, count), times, done / done[-1])


def _along(way: np.ndarray, lengths: np.ndarray, s: np.ndarray) -> np.ndarray:
    """(n, 2) points of a polyline at these lengths along it."""
    marks = np.concatenate([[0], np.cumsum(lengths)])
    return np.stack([np.interp(s, marks, way[:, axis]) for axis in (0, 1)], axis=1)


def _directions(
    way: np.ndarray, lengths: np.ndarray, s: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """(n,) radians, unwrapped: where the path leads at these lengths."""
    first = float(heading(start[None])[0])
    total = float(lengths.sum())
    if total < 0.05:
        return np.full(len(s), first)
    ahead = _along(way, lengths, np.minimum(s + 0.15, total))
    behind = _along(way, lengths, np.maximum(s - 0.15, 0))
    way_on = ahead - behind
    angle = np.unwrap(np.arctan2(way_on[:, 1], way_on[:, 0]))
    angle += 2 * np.pi * np.round((first - angle[0]) / (2 * np.pi))
    angle[0] = first
    return angle


def _last_heading(way: np.ndarray, start: np.ndarray) -> float:
    if len(way) < 2:
        return float(heading(start[None])[0])
    end = way[-1] - way[-2]
    return float(np.arctan2(end[1], end[0]))
