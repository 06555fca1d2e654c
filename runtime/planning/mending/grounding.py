"""Puts a reference onto the ground: weight on its feet, feet that stay where they stand.

Fitted, keyed and blended motions hover and sink by centimetres, and their feet
slide. A body with weight would be thrown by the one and tripped by the other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_opening, gaussian_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...body.support_points import support_points
from ...motion.motion import CONTROL_FPS
from ...progress import Progress, silent
from .legs import place_foot
from .settings import MENDING, GroundingSettings

BLOCK = 256
"""Frames worked on between two chances to cancel."""
_TRUNK = [BODY_NAMES.index(name) for name in ("Pelvis", "Torso", "Spine", "Chest")]
_TRUNK_POINTS = np.flatnonzero(np.isin(support_points().body, _TRUNK))


@dataclass(frozen=True)
class _Points:
    """Points of the body's shapes that can touch the floor."""

    world: np.ndarray  # (T, K, 3), z is that of the lowest point of the ball around it
    velocity: np.ndarray  # (T, K, 3) m/s
    slow: np.ndarray  # (T, K) bool
    body: np.ndarray  # (K,)
    carried: np.ndarray  # (T, 3) metres by which a ride has brought the body here


def on_the_ground(
    qpos: np.ndarray,
    progress: Progress = silent,
    settings: GroundingSettings = MENDING.grounding,
) -> np.ndarray:
    """(T, 76) -> (T, 76): what is meant to stand on the floor stands on it, without sliding.

    First the whole body is raised or lowered, evenly, to where its slow lowest
    points are on the floor; then the legs bring each foot to the floor while it
    stands, hold it in place, and carry it clear of the floor while it moves.
    """
    result = qpos.copy()
    points = _points(qpos, settings)
    progress(0.0)
    result[:, 2] += _shift(points, settings)
    points = _points(result, settings)
    progress(0.0)
    positions, rotations = forward_kinematics(result)
    planted = {side: _planted(points, side, settings) for side in ("L", "R")}
    glides = _glides(points, planted, settings)
    for side in ("L", "R"):
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        progress(0.5 * (side == "R"))
        move = _foot_offset(points, side, planted[side], glides[side], settings)
        target = positions[:, ankle] + move
        for start in range(0, len(qpos), BLOCK):
            progress(0.5 * ((side == "R") + start / len(qpos)))
            block = slice(start, start + BLOCK)
            result[block] = place_foot(
                result[block],
                side,
                target[block],
                rotations[block, ankle],
                settings=settings.legs,
            )
    # Whatever else is below the floor (a knee, a hand, a toe out of reach) lifts all,
    # unless the body lies there: then the hand gives way, not the body.
    progress(1.0)
    points = _points(result, settings)
    lying = _lying(points, settings)
    lowest = points.world[..., 2].min(axis=1)
    lowest += lying * (np.minimum(points.world[:, _TRUNK_POINTS, 2].min(axis=1), 0) - lowest)
    sunk = np.maximum(-lowest, 0)
    if sunk.max() > settings.sunk_m:
        result[:, 2] += gaussian_filter1d(sunk, 2.0, mode="nearest")
    return result


def _points(qpos: np.ndarray, settings: GroundingSettings) -> _Points:
    table = support_points()
    positions, rotations = forward_kinematics(qpos)
    world = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    velocity = np.zeros_like(world)
    if len(qpos) > 1:
        velocity[:-1] = np.diff(world, axis=0) * CONTROL_FPS
        velocity[-1] = velocity[-2]
    ride = _ride(velocity, positions[:, 0], world[..., 2] - table.radius, settings)
    velocity -= ride[:, None]
    # What jerks to and fro on the spot stands there all the same.
    steady = uniform_filter1d(velocity, settings.stay_frames, axis=0, mode="nearest")
    speed = np.linalg.norm(np.stack([velocity, steady]), axis=-1).min(axis=0)
    world[..., 2] -= table.radius
    carried = (np.cumsum(ride, axis=0) - ride) / CONTROL_FPS
    return _Points(world, velocity, speed < settings.contact.slow_m_s, table.body, carried)


def _ride(
    velocity: np.ndarray, hips: np.ndarray, heights: np.ndarray, settings: GroundingSettings
) -> np.ndarray:
    """(T, 3) m/s of what carries the body over the floor: nothing but where its lowest point goes
    along with the hips for a while, fast and level. On it, too, feet stand.

    ``velocity`` (T, K, 3) m/s and ``heights`` (T, K) metres of the points, ``hips`` (T, 3) metres.
    """
    ride = np.zeros((len(hips), 3))
    if len(hips) < 2:
        return ride
    ride[:-1, :2] = np.diff(hips[:, :2], axis=0) * CONTROL_FPS
    ride[-1] = ride[-2]
    lowest = velocity[np.arange(len(heights)), heights.argmin(axis=1)]
    speed = np.linalg.norm(ride, axis=1)
    apart = np.linalg.norm(lowest[:, :2] - ride[:, :2], axis=1)
    carried = (speed > settings.ride_m_s) & (apart < settings.ride_apart * speed)
    carried &= np.abs(lowest[:, 2]) < settings.ride_climb_m_s
    return ride * binary_opening(carried, np.ones(settings.ride_frames))[:, None]


def _shift(points: _Points, settings: GroundingSettings) -> np.ndarray:
    """(T,) metres by which the whole body is to be raised."""
    heights = np.where(points.slow, points.world[..., 2], np.inf).min(axis=1)
    lying = _lying(points, settings)
    trunk = points.world[:, _TRUNK_POINTS, 2].min(axis=1)
    heights = np.where(lying > 0, (1 - lying) * np.minimum(heights, trunk) + lying * trunk, heights)
    standing = binary_opening(
        np.abs(heights) < settings.hovering_m, np.ones(settings.stay_frames, dtype=bool)
    )
    standing |= np.abs(heights) < settings.contact.near_m
    if not standing.any():
        return np.maximum(-points.world[..., 2].min(), 0) * np.ones(len(heights))
    frames = np.arange(len(heights))
    shift = np.interp(frames, frames[standing], -heights[standing])
    return gaussian_filter1d(shift, settings.smooth_frames, mode="nearest")


def _lying(points: _Points, settings: GroundingSettings) -> np.ndarray:
    """(T,) 0..1: how far the body lies on its trunk, which then decides where the floor is.

    Hands and feet of another body's motion may hang lower than a lying back; they
    would hold the weight up in the air. The first frames are left out: what is
    below the floor in the start state would be thrown out of it.
    """
    low = np.clip(
        (settings.lying_m - points.world[:, _TRUNK_POINTS, 2].min(axis=1)) / (settings.lying_m / 2),
        0,
        1,
    )
    ramp = np.clip(np.arange(len(low)) / settings.lying_after_frames, 0, 1)
    return gaussian_filter1d(low, settings.smooth_frames, mode="nearest") * ramp


def _foot(points: _Points, side: str) -> np.ndarray:
    """(K,) bool: the points of a foot."""
    return np.isin(points.body, [BODY_NAMES.index(f"{side}_{n}") for n in ("Ankle", "Toe")])


def _planted(points: _Points, side: str, settings: GroundingSettings) -> np.ndarray:
    """(T,) bool: whether a foot stands."""
    foot = _foot(points, side)
    world, velocity = points.world[:, foot], points.velocity[:, foot, :2]
    planted = _resting(points, foot, settings).max(axis=1) > 0
    planted = binary_opening(binary_closing(planted, np.ones(2)), np.ones(2))
    speed = np.linalg.norm(points.velocity[:, foot], axis=-1)
    planted |= _footfalls(world[..., 2].min(axis=1), world[..., 2], speed, settings)
    slide = _slide(points, foot, settings)
    pace = np.linalg.norm(velocity.mean(axis=1), axis=-1)
    for start, stop in intervals(planted):
        if np.ptp(np.cumsum(slide[start:stop], axis=0), axis=0).max() > settings.slide_m:
            # Too far to be held in place: a step that was keyed as a slide.
            planted[start:stop] &= pace[start:stop] < settings.creep_m_s
    return planted


def _glides(
    points: _Points, planted: dict[str, np.ndarray], settings: GroundingSettings
) -> dict[str, np.ndarray]:
    """None stands, nothing but feet is low, and nobody is in the air: the lower foot stays down.

    So it is with recordings whose feet skate. Lifted as in steps, both feet would leave the
    body hovering.
    """
    feet = {side: _foot(points, side) for side in ("L", "R")}
    height = {side: points.world[:, foot, 2].min(axis=1) for side, foot in feet.items()}
    rest = points.world[:, ~(feet["L"] | feet["R"]), 2].min(axis=1)
    carried = (np.minimum(height["L"], height["R"]) < settings.low_m) & (rest > settings.low_m)
    carried &= ~planted["L"] & ~planted["R"]
    carried = binary_opening(carried, np.ones(settings.stay_frames, dtype=bool))
    left = height["L"] <= height["R"]
    return {"L": carried & left, "R": carried & ~left}


def _resting(points: _Points, foot: np.ndarray, settings: GroundingSettings) -> np.ndarray:
    """(T, n) 0..1: how far points of a foot are low and slow."""
    low = np.clip(
        (settings.contact.near_m - points.world[:, foot, 2]) / (settings.contact.near_m - 0.01),
        0,
        1,
    )
    return np.asarray(low * points.slow[:, foot])


def _slide(points: _Points, foot: np.ndarray, settings: GroundingSettings) -> np.ndarray:
    """(T, 2) metres a frame: how a foot moves where it rests."""
    weight = _resting(points, foot, settings)
    slide = np.einsum("tk,tki->ti", weight, points.velocity[:, foot, :2]) / CONTROL_FPS
    return np.asarray(slide / np.maximum(weight.sum(axis=1), 1e-9)[:, None])


def _foot_offset(
    points: _Points, side: str, planted: np.ndarray, glides: np.ndarray, settings: GroundingSettings
) -> np.ndarray:
    """(T, 3) metres by which a foot is to be moved."""
    foot = _foot(points, side)
    world = points.world[:, foot]
    lowest = world[..., 2].min(axis=1)
    down = planted | glides
    result = np.zeros((len(lowest), 3))
    frames = np.arange(len(lowest))
    if planted.any():
        drift = _drift(_slide(points, foot, settings), planted, settings.reach_m)
        for axis in range(2):
            result[:, axis] = np.interp(frames, frames[planted], drift[planted, axis])
        result[:, :2] = gaussian_filter1d(result[:, :2], 1.0, axis=0, mode="nearest")
    if down.any():
        result[:, 2] = np.interp(frames, frames[down], -lowest[down])
    place = world[..., :2].mean(axis=1) - points.carried[:, :2]
    clearance = _clearance(place, down, settings)
    result[:, 2] = np.maximum(result[:, 2], clearance - lowest)
    result[:, 2] = gaussian_filter1d(result[:, 2], 0.7, mode="nearest")
    return result


def _footfalls(
    lowest: np.ndarray, heights: np.ndarray, speed: np.ndarray, settings: GroundingSettings
) -> np.ndarray:
    """(T,) bool: the moments at which a running foot touches down between two flights.

    Too short and too fast for standing, but the foot comes down from well above
    the floor, ``lowest`` (T,), and its points (T, K) slow down there.
    """
    result = np.zeros(len(lowest), dtype=bool)
    slowest = np.where(heights < settings.contact.near_m, speed, np.inf).min(axis=1)
    for frame in find_peaks(
        -lowest, height=-settings.contact.near_m, prominence=settings.contact.near_m
    )[0]:
        part = slice(max(frame - 1, 0), frame + 2)
        if slowest[part].min() < settings.footfall_m_s:
            result[part] = lowest[part] < settings.contact.near_m
    return result


def _drift(slide: np.ndarray, planted: np.ndarray, reach: float) -> np.ndarray:
    """(T, 2) metres that take back how far the standing points slide, ``slide`` (T, 2) a frame.

    Within each stance the sliding is summed up and spread around its mean, so
    that the foot stands in the middle of where it slid.
    """
    result = np.zeros_like(slide)
    for start, stop in intervals(planted):
        path = np.cumsum(slide[start:stop], axis=0) - slide[start:stop]
        result[start:stop] = np.clip(path.mean(axis=0) - path, -reach, reach)
    return result


def _clearance(place: np.ndarray, planted: np.ndarray, settings: GroundingSettings) -> np.ndarray:
    """(T,) metres: how high a foot at ``place`` (T, 2) has to be carried at least, step by step."""
    result = np.zeros(len(planted))
    for start, stop in intervals(~planted):
        way = np.linalg.norm(place[min(stop, len(place) - 1)] - place[max(start - 1, 0)])
        phase = (np.arange(stop - start) + 0.5) / (stop - start)
        height = min(settings.clearance_m, settings.steepness * way)
        result[start:stop] = height * np.minimum(1, 2 * np.sin(np.pi * phase))
    return result


def intervals(flags: np.ndarray) -> np.ndarray:
    """(T,) bool -> (n, 2): start and stop of each run of true values."""
    padded = np.concatenate([[0], flags.astype(int), [0]])
    return np.flatnonzero(np.diff(padded)).reshape(-1, 2)
