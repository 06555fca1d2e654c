"""Puts a reference onto the ground: weight on its feet, feet that stay where they stand.

Fitted, keyed and blended motions hover and sink by centimetres, and their feet
slide. A body with weight would be thrown by the one and tripped by the other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_opening, gaussian_filter1d, uniform_filter1d

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..motion.contacts import support_points
from .legs import place_foot

FPS = 30.0
SLOW = 0.4
"""m/s: a point slower than this may be standing on something."""
NEAR = 0.035
"""Metres over the floor: up to here a slow point is taken to stand on it."""
HOVERING = 0.25
"""Metres: so is the lowest slow point up to here, if it stays for ``STAY`` frames."""
STAY = 5
"""Frames in which nobody stays in the air: free fall gains 1.6 m/s."""
SMOOTH = 3.0
"""Frames: how evenly the whole body is raised or lowered."""
CLEARANCE = 0.04
"""Metres: how high a foot is carried that moves at ``FAST`` or more."""
FAST = 1.0
"""m/s"""
REACH = 0.12
"""Metres: how far a sliding foot is held back at most."""


@dataclass(frozen=True)
class _Points:
    """Points of the body's shapes that can touch the floor."""

    world: np.ndarray  # (T, K, 3), z is that of the lowest point of the ball around it
    velocity: np.ndarray  # (T, K, 3) m/s
    slow: np.ndarray  # (T, K) bool
    body: np.ndarray  # (K,)


def on_the_ground(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 76): what is meant to stand on the floor stands on it, without sliding.

    First the whole body is raised or lowered, evenly, to where its slow lowest
    points are on the floor; then the legs bring each foot to the floor while it
    stands, hold it in place, and carry it clear of the floor while it moves.
    """
    result = qpos.copy()
    result[:, 2] += _shift(_points(qpos))
    points = _points(result)
    positions, rotations = forward_kinematics(result)
    for side in ("L", "R"):
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        move = _foot_offset(points, side)
        result = place_foot(result, side, positions[:, ankle] + move, rotations[:, ankle])
    # Whatever else is below the floor (a knee, a hand, a toe out of reach) lifts all.
    sunk = np.maximum(-_points(result).world[..., 2].min(axis=1), 0)
    if sunk.max() > 0.002:
        result[:, 2] += gaussian_filter1d(sunk, 2.0, mode="nearest")
    return result


def _points(qpos: np.ndarray) -> _Points:
    table = support_points()
    positions, rotations = forward_kinematics(qpos)
    world = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    velocity = np.zeros_like(world)
    if len(qpos) > 1:
        velocity[:-1] = np.diff(world, axis=0) * FPS
        velocity[-1] = velocity[-2]
    # What jerks to and fro on the spot stands there all the same.
    steady = uniform_filter1d(velocity, STAY, axis=0, mode="nearest")
    speed = np.linalg.norm(np.stack([velocity, steady]), axis=-1).min(axis=0)
    world[..., 2] -= table.radius
    return _Points(world, velocity, speed < SLOW, table.body)


def _shift(points: _Points) -> np.ndarray:
    """(T,) metres by which the whole body is to be raised."""
    heights = np.where(points.slow, points.world[..., 2], np.inf).min(axis=1)
    standing = binary_opening(np.abs(heights) < HOVERING, np.ones(STAY, dtype=bool))
    standing |= np.abs(heights) < NEAR
    if not standing.any():
        return np.maximum(-points.world[..., 2].min(), 0) * np.ones(len(heights))
    frames = np.arange(len(heights))
    shift = np.interp(frames, frames[standing], -heights[standing])
    return gaussian_filter1d(shift, SMOOTH, mode="nearest")


def _foot_offset(points: _Points, side: str) -> np.ndarray:
    """(T, 3) metres by which a foot is to be moved."""
    foot = np.isin(points.body, [BODY_NAMES.index(f"{side}_{n}") for n in ("Ankle", "Toe")])
    world, slow, velocity = points.world[:, foot], points.slow[:, foot], points.velocity[:, foot]
    lowest = world[..., 2].min(axis=1)
    weight = np.clip((NEAR - world[..., 2]) / (NEAR - 0.01), 0, 1) * slow
    planted = weight.max(axis=1) > 0
    planted = binary_opening(binary_closing(planted, np.ones(2)), np.ones(2))
    result = np.zeros((len(lowest), 3))
    if planted.any():
        frames = np.arange(len(lowest))
        drift = _drift(weight, velocity[..., :2], planted)
        for axis in range(2):
            result[:, axis] = np.interp(frames, frames[planted], drift[planted, axis])
        result[:, 2] = np.interp(frames, frames[planted], -lowest[planted])
        result[:, :2] = gaussian_filter1d(result[:, :2], 1.0, axis=0, mode="nearest")
    pace = np.linalg.norm(velocity[..., :2].mean(axis=1), axis=-1)
    clearance = CLEARANCE * np.clip((pace - SLOW) / (FAST - SLOW), 0, 1)
    clearance = gaussian_filter1d(np.where(planted, 0, clearance), 1.0, mode="nearest")
    result[:, 2] = np.maximum(result[:, 2], clearance - lowest)
    result[:, 2] = gaussian_filter1d(result[:, 2], 0.7, mode="nearest")
    return result


def _drift(weight: np.ndarray, velocity: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """(T, 2) metres that take back how far the standing points (T, K) slide.

    Within each stance the sliding is summed up and spread around its mean, so
    that the foot stands in the middle of where it slid.
    """
    total = np.maximum(weight.sum(axis=1), 1e-9)
    slide = np.einsum("tk,tki->ti", weight, velocity) / total[:, None] / FPS
    result = np.zeros_like(slide)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], planted.astype(int), [0]])))
    for start, stop in edges.reshape(-1, 2):
        path = np.cumsum(slide[start:stop], axis=0) - slide[start:stop]
        result[start:stop] = np.clip(path.mean(axis=0) - path, -REACH, REACH)
    return result
