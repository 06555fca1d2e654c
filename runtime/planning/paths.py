"""Going along a path or to a place: steps of the library, bent onto the way asked for."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..errors import UserError
from ..library.features import pose_points
from ..library.library import NODE_SECONDS, Library
from ..library.tags import TAGS, bits
from ..motion.ground_frame import heading, moved, wrapped
from ..motion.motion import CONTROL_FPS
from ..motion.poses import pose
from .between import clips_in, described
from .search import Found, Goal, SearchCosts, find_chains, find_stretches, pose_distances
from .stretches import assembled, eased_onto, warped

FASTEST = 7.0
"""m/s: nobody runs faster."""
GAIN = 0.8
"""Seconds in which the speed is reached and given up."""
EASE = 14
"""Frames over which the pose eases out of the one it starts in and into the last."""
BEND = 5.0
"""Frames: how evenly a walk is bent onto its path; less jerks, more cuts corners."""
PATH_COSTS = SearchCosts(place=0.8, heading=0.2, tempo=0.1, style=0.4, end=0.7)


@dataclass(frozen=True)
class PathPlan:
    """Frames along a path, and what they are made of."""

    qpos: np.ndarray
    """(n, 76); the first frame is the pose it started in."""
    label: str
    clips: tuple[str, ...]


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
) -> PathPlan:
    """From the pose ``start`` (76,) along ``points`` (P, 2), standing still at their end.

    ``speed`` m/s, or None to arrive after ``frames`` frames; a speed too slow to arrive in
    time is raised. ``facing`` radians is how to stand there, None for along the path.
    Raises ``UserError`` when nobody could run that fast.
    """
    way = np.concatenate([start[None, :2], points])
    lengths = np.linalg.norm(np.diff(way, axis=0), axis=1)
    way = way[np.concatenate([[True], lengths > 0.02])]
    lengths = np.linalg.norm(np.diff(way, axis=0), axis=1)
    total = float(lengths.sum())
    seconds = (frames - 1) / CONTROL_FPS
    needed = total / FASTEST + GAIN
    if needed > seconds and total > 0.3:
        raise UserError(
            f"The path of {total:.1f} m takes at least {needed:.1f} s, but the prompt has "
            f"{seconds:.1f}; give it more frames or a shorter path."
        )
    last = _last_heading(way, start) if facing is None else facing
    turn_time = 0.6 + abs(float(wrapped(last - heading(start[None])[0]))) / 2.5
    asked = seconds if speed is None else max(total / speed + GAIN, turn_time)
    asked = max(min(asked, seconds), NODE_SECONDS * 4)
    count = max(4, round(asked / NODE_SECONDS))
    at = _along(way, lengths, _profile(count + 1, asked) * total)
    toward = _directions(way, lengths, _profile(count + 1, asked) * total, start)
    toward[-1] = toward[-2] + wrapped(last - toward[-2])
    still = np.zeros((12, 3))
    goal = Goal(
        start=pose_distances(library, pose_points(start[None])[0]),
        end=pose_distances(library, pose_points(standing(way[-1], last)[None])[0], still),
        places=at,
        headings=toward,
        style=style,
        costs=PATH_COSTS,
    )
    found = find_chains(library, goal, 1)
    if count < 60:
        found += find_stretches(library, goal, 1)
    if not found:
        raise UserError("The library has no motion for this path; give it more time.")
    best = min(found, key=lambda entry: entry.cost)
    moving = round(asked * CONTROL_FPS) + 1
    qpos = _bent(library, best, start, way, lengths, moving, last)
    return PathPlan(qpos, described(library, best), clips_in(library, best))


def _bent(
    library: Library,
    found: Found,
    start: np.ndarray,
    way: np.ndarray,
    lengths: np.ndarray,
    frames: int,
    last: float,
) -> np.ndarray:
    first = float(heading(start[None])[0])
    qpos = warped(assembled(library, list(found.runs)), frames, (start[:2], first), (way[-1], last))
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
