"""Where the floor of a clip is: a plane under the feet that stand.

Mocap volumes are often a degree off level, which over a few steps is many
centimetres. A plane takes that out; stairs and boxes stay what they are.
"""

from dataclasses import dataclass, replace

import numpy as np

from ...body.figures import BODY_NAMES
from ...body.support_points import lowest_points
from ...numerics.smoothing import runs
from .calibration import standing_frames
from .least_squares.linkage import BodyPoses
from .settings import FIT, FloorPlane
from .source import Source
from .stance import virtual_sole

_HANDS = [BODY_NAMES.index(f"{side}_{part}") for side in "LR" for part in ("Wrist", "Hand")]


@dataclass(frozen=True)
class Floor:
    """The plane z = height + slope . (x, y), level beyond where anybody stood."""

    height: float
    slope: tuple[float, float] = (0.0, 0.0)
    rises: tuple[float, float] = (-np.inf, np.inf)
    """Metres: slope . (x, y) at the lowest and the highest place where a foot stood."""

    def steep(self, settings: FloorPlane = FIT.floor) -> bool:
        """Whether it slopes by more than floors of recordings do anyway."""
        return bool(np.hypot(*self.slope) > 1.05 * settings.steepest)

    def notes(self, settings: FloorPlane = FIT.floor) -> list[str]:
        """A few words where a person would see what was taken out."""
        if not self.steep(settings):
            return []
        angle = np.degrees(np.arctan(np.hypot(*self.slope)))
        return [f"a slope of {angle:.0f} degrees taken out of the floor"]

    def under(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) metres -> (...): height of the floor there."""
        rise = points[..., 0] * self.slope[0] + points[..., 1] * self.slope[1]
        return self.height + np.clip(rise, *self.rises)


def find_floor(
    source: Source,
    calibration: dict[str, np.ndarray],
    pose: BodyPoses,
    fps: float,
    settings: FloorPlane = FIT.floor,
) -> Floor:
    """The floor on which the body's own feet, put on the source's ankles, stand.

    ``pose`` is some frames of the body fitted to the source, for clips in which
    nobody stands: there the floor is where the body is lowest.
    """
    floor = _level_or_plane(source, calibration, fps, (0.0, 0.0), settings)
    if floor is None:
        lowest = lowest_points(pose.qpos())
        # How hands are turned is the least certain, and they reach far.
        lowest[:, _HANDS] = np.inf
        under = np.zeros((len(lowest), 3))
        under[:, 2] = lowest.min(axis=1)
        return _lowered(Floor(float(np.median(under[:, 2]))), under, settings)
    for _ in range(settings.rounds):
        # Who goes up a slope stands higher than what counts as standing on the level.
        again = _level_or_plane(source, calibration, fps, floor.slope, settings)
        if again is None or not again.steep(settings):
            break
        grown = float(np.hypot(*again.slope) - np.hypot(*floor.slope))
        floor = again
        if grown < settings.same:
            break
    return floor


def _level_or_plane(
    source: Source,
    calibration: dict[str, np.ndarray],
    fps: float,
    slope: tuple[float, float],
    settings: FloorPlane,
) -> Floor | None:
    """Under the feet that stand on a floor of about that slope; None where nobody stands."""
    soles, places = [], []
    for side in ("left", "right"):
        if f"{side}_ankle" in calibration:
            stands = standing_frames(source, side, fps, slope)
            points = virtual_sole(source, calibration, side)
            lower = points[np.arange(len(points)), points[..., 2].argmin(axis=1)]
            soles.append(lower[stands])
            places += [np.median(lower[run, :2], axis=0) for run in runs(stands)]
    standing = np.concatenate(soles) if soles else np.empty((0, 3))
    if len(standing) < 5:
        return None
    apart = _apart(places, settings.places_m)
    if len(apart) < settings.places:
        floor = Floor(float(np.median(standing[:, 2])))
    else:
        floor = _robust_plane(standing, apart, settings)
    return _lowered(floor, standing, settings)


def _lowered(floor: Floor, standing: np.ndarray, settings: FloorPlane) -> Floor:
    """The floor under the lowest of (N, 3) points that stand, where many stand well below it."""
    over = standing[:, 2] - floor.under(standing)
    if (over < -settings.below_m).mean() < settings.below_share:
        return floor
    return replace(floor, height=floor.height + float(np.percentile(over, 2)))


def _apart(places: list[np.ndarray], distance: float) -> list[np.ndarray]:
    """Those of the places (2,) metres that are apart: two feet on the ground tell no plane."""
    found: list[np.ndarray] = []
    for place in places:
        if all(np.linalg.norm(place - other) > distance for other in found):
            found.append(place)
    return found


def over_floor(source: Source, floor: Floor) -> Source:
    """The source with its floor at height 0: a vertical shear, without any turning."""
    positions = {}
    for joint, points in source.positions.items():
        positions[joint] = points.copy()
        positions[joint][..., 2] -= floor.under(points)
    return Source(
        source.bones,
        source.scale,
        positions,
        source.turns,
        source.rest_positions,
        source.rest_turns,
    )


def _robust_plane(points: np.ndarray, places: list[np.ndarray], settings: FloorPlane) -> Floor:
    """Through most of (N, 3) points: weighted least squares that forgets far points."""
    middle = np.median(points[:, :2], axis=0)
    flat = points[:, :2] - middle
    design = np.hstack([np.ones((len(points), 1)), flat])
    ridge = np.diag([0.0, 1.0, 1.0]) * len(points) * settings.spread_m**2 * 0.1
    plane = np.array([np.median(points[:, 2]), 0.0, 0.0])
    for _ in range(20):
        weights = 1.0 / (1.0 + ((points[:, 2] - design @ plane) / settings.noise_m) ** 2)
        weighted = design * weights[:, None]
        plane = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ points[:, 2])
    flatness = float(np.median(np.abs(points[:, 2] - design @ plane)))
    plane[1:] = _limited(plane[1:], np.array(places), flatness < settings.flat_m, settings)
    height = float(plane[0] - plane[1:] @ middle)
    rises = points[:, :2] @ plane[1:]
    return Floor(
        height, (float(plane[1]), float(plane[2])), (float(rises.min()), float(rises.max()))
    )


def _limited(
    slope: np.ndarray, places: np.ndarray, is_plane: bool, settings: FloorPlane
) -> np.ndarray:
    """A slope (2,) no steeper than is believed of these places (n, 2) metres.

    Along which they are spread it is known; across, one ankle may lie higher over its sole.
    """
    little = slope * min(1.0, settings.steepest / max(float(np.hypot(*slope)), 1e-9))
    if not is_plane or len(places) < settings.known_places:
        return little
    _, spreads, axes = np.linalg.svd(places - places.mean(axis=0))
    own = axes @ slope
    known = spreads / np.sqrt(len(places)) > settings.known_m
    if (known & (np.abs(own) > settings.steepest_known)).any():
        return little
    return np.where(known, own, np.clip(own, -settings.steepest, settings.steepest)) @ axes
