"""Feet that stand: when, where, and held there while the rest of the body is fitted."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from ...body.figures import OFFSETS
from ...body.support_points import support_points
from ...numerics.smoothing import runs
from ..contact_detection import STANCE, lasting, speeds
from .least_squares.terms import Pins
from .settings import FIT, FitSettings, StanceSettings
from .source import Source, body_index


@dataclass(frozen=True)
class BodySole:
    """Points under one foot, in the frame of the ankle."""

    side: str
    body: int
    heel: np.ndarray
    """(3,) metres."""
    ball: np.ndarray
    """(3,) metres: under the toe joint."""


def sole(side: str) -> BodySole:
    """The bottom of the ankle's box: its back edge, and the point under the toe joint."""
    body = body_index(f"{side}_ankle")
    table = support_points()
    corners = table.offset[table.body == body]
    bottom = corners[:, 1].min()
    toe = OFFSETS[body_index(f"{side}_foot")]
    heel = np.array([corners[:, 0].mean(), bottom, corners[:, 2].min()])
    return BodySole(side, body, heel, np.array([toe[0], bottom, toe[2]]))


def virtual_sole(source: Source, calibration: dict[str, np.ndarray], side: str) -> np.ndarray:
    """(T, 2, 3): heel and ball of the body's foot, put on the source's ankle."""
    ankle = f"{side}_ankle"
    turns = source.turns[ankle] @ calibration[ankle]
    points = np.stack([sole(side).heel, sole(side).ball])
    return source.positions[ankle][:, None] + np.einsum("tij,pj->tpi", turns, points)


def planted(points: np.ndarray, fps: float) -> np.ndarray:
    """(T, P, 3) points under a foot -> (T, P) bool: on the floor and at rest."""
    if len(points) < 3:
        return points[..., 2] < STANCE.near_m
    return lasting(points[..., 2], speeds(points, fps), STANCE)


def stance_pins(
    source: Source, calibration: dict[str, np.ndarray], fps: float, settings: FitSettings = FIT
) -> Pins | None:
    """Holds heels and balls of standing feet on the floor, each where it stands."""
    sides = [side for side in ("left", "right") if f"{side}_ankle" in calibration]
    if not sides:
        return None
    targets, flags, bodies, offsets = [], [], [], []
    for side in sides:
        points = virtual_sole(source, calibration, side)
        flags.append(planted(points, fps))
        targets.append(_held(points, flags[-1], fps, settings.stance))
        bodies += [sole(side).body] * 2
        offsets += [sole(side).heel, sole(side).ball]
    ramp = _ramped(np.concatenate(flags, axis=1), settings.stance.ramp_frames)
    strength = ramp * settings.weights.stance_per_m
    weights = np.repeat(strength[..., None], 3, axis=2)
    return Pins(np.array(bodies), np.array(offsets), np.concatenate(targets, axis=1), weights)


def _held(
    points: np.ndarray, flags: np.ndarray, fps: float, settings: StanceSettings
) -> np.ndarray:
    """Targets (T, P, 3): on the floor, and at rest in each run of planted frames."""
    result = points.copy()
    result[..., 2] = 0.0
    window = max(1, round(settings.smooth_s * fps))
    for column in range(points.shape[1]):
        for frames in runs(flags[:, column]):
            run = points[frames, column, :2]
            median = np.median(run, axis=0)
            drift = np.linalg.norm(run - median, axis=1).max()
            # A foot that wanders while it stands is not nailed down, only calmed.
            calm = (
                median
                if drift < settings.wanders_m
                else uniform_filter1d(run, window, axis=0, mode="nearest")
            )
            result[frames, column, :2] = calm
    return result


def _ramped(flags: np.ndarray, frames: int) -> np.ndarray:
    """(T, P) bool -> 0..1: contacts come and go over some frames, not at once."""
    if len(flags) < frames:
        return flags.astype(float)
    return np.minimum(flags, uniform_filter1d(flags.astype(float), frames, axis=0, mode="nearest"))
