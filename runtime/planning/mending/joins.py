"""Joins of prompts that stand: where one motion passes into another, a foot stays on the floor.

Eased poses carry both feet at once, so that the body would hover for a moment. In such
frames the foot that is lower is brought to the floor and held in place, as people step
from one stance into another; what neither leg reaches, the whole body comes down by.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from ...body.figures import BODY_NAMES, GRAVITY
from ...body.kinematics import forward_kinematics
from ...body.support_points import support_points
from ...body.weight import centre_of_mass
from ...motion.joining import JOIN
from ...motion.motion import CONTROL_FPS
from ...prompts.timeline import Prompt
from .grounding import intervals
from .legs import place_foot
from .settings import MENDING, JoinSettings


def join_spans(
    prompts: Sequence[Prompt], frames: int, settings: JoinSettings = MENDING.joins
) -> list[tuple[int, int]]:
    """(first, stop) frames in which one prompt passes into the next."""
    spans = []
    for before, after in itertools.pairwise(prompts):
        first = min(before.end, after.start) - settings.before_frames
        stop = max(before.end, after.start) + 2 * JOIN
        spans.append((max(first, 0), min(stop, frames)))
    return spans


def carried_by_nothing(
    qpos: np.ndarray, first: int, stop: int, settings: JoinSettings = MENDING.joins
) -> list[tuple[int, int]]:
    """(first, stop) frames between two of (T, 76) in which nothing touches the floor, though the
    body does not fall: steps played faster than they were done are lifted so that they do not skate."""
    part = qpos[first:stop]
    _, lowest = _heights(part)
    rise = np.zeros(len(part))
    rise[1:-1] = np.diff(centre_of_mass(part)[:, 2], n=2) * CONTROL_FPS**2
    return [
        (first + start, first + end)
        for start, end in intervals(lowest > settings.on_floor_m).tolist()
        if end - start >= settings.hover_frames
        and lowest[start:end].max() < settings.hover_m
        and rise[start:end].mean() > -settings.flying_share * GRAVITY
    ]


def touching(
    qpos: np.ndarray, spans: Sequence[tuple[int, int]], settings: JoinSettings = MENDING.joins
) -> np.ndarray:
    """(T, 76) -> (T, 76) in which nothing hovers within the ``spans``, leaps excepted."""
    result = qpos.copy()
    for first, stop in spans:
        part = slice(
            max(first - settings.leave_frames, 0), min(stop + settings.leave_frames, len(qpos))
        )
        if stop - first > 2:
            result[part] = _touching(result[part], settings)
    return result


def _touching(qpos: np.ndarray, settings: JoinSettings) -> np.ndarray:
    soles, lowest = _heights(qpos)
    if max(lowest[0], lowest[-1]) > settings.leap_m:
        return qpos
    hovering = lowest > settings.on_floor_m
    if not hovering.any():
        return qpos
    result = qpos.copy()
    lower = soles.argmin(axis=1)
    upright = qpos[:, 2] > settings.upright_m
    for index, side in enumerate("LR"):
        held = hovering & upright & (lower == index)
        if not held.any():
            continue
        positions, rotations = forward_kinematics(result)
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        move = _move(positions[:, ankle], soles[:, index], held, hovering, settings)
        target = positions[:, ankle] + move
        result = place_foot(result, side, target, rotations[:, ankle], settings=settings.legs)
    _, lowest = _heights(result)
    left = np.where(hovering, lowest, 0.0)
    fall = gaussian_filter1d(minimum_filter1d(-left, 3), 1.5, mode="nearest")
    result[:, 2] += np.maximum(fall, -np.maximum(lowest, 0.0))
    return result


def _anchor(place: np.ndarray, hovering: np.ndarray, start: int, stop: int) -> np.ndarray:
    """(2,): where a foot that carries from ``start`` to ``stop`` stands meanwhile.

    Who stood before stays, who stands afterwards is there already; else it is the middle.
    """
    began = start == 0 or not hovering[start - 1]
    ends = stop == len(hovering) or not hovering[stop]
    if began != ends:
        return np.asarray(place[0] if began else place[-1])
    return np.asarray(place.mean(axis=0))


def _move(
    place: np.ndarray,
    sole: np.ndarray,
    held: np.ndarray,
    hovering: np.ndarray,
    settings: JoinSettings,
) -> np.ndarray:
    """(T, 3) metres by which an ankle at ``place`` (T, 3) is moved to stand while it is ``held``."""
    move = np.zeros_like(place)
    down = gaussian_filter1d(
        minimum_filter1d(np.where(held, -sole, 0.0), settings.leave_frames), 1.0, mode="nearest"
    )
    # Never deeper than the floor, in frames around those that are held either.
    move[:, 2] = np.maximum(down, -np.maximum(sole, 0.0))
    frames = np.arange(len(place))
    for start, stop in intervals(held):
        off = _anchor(place[start:stop, :2], hovering, start, stop) - place[start:stop, :2]
        length = np.linalg.norm(off, axis=1, keepdims=True)
        off *= np.minimum(1.0, settings.held_m / np.maximum(length, 1e-9))
        away = np.maximum(np.maximum(start - frames, frames - (stop - 1)), 0)
        share = np.clip(1.0 - away / settings.leave_frames, 0.0, 1.0)[:, None]
        near = np.clip(frames, start, stop - 1) - start
        move[:, :2] += share**2 * (3 - 2 * share) * off[near]
    return move


def _heights(qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest point of each foot (T, 2) and of the whole body (T,), metres over the floor."""
    table = support_points()
    positions, rotations = forward_kinematics(qpos)
    world = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    heights = world[..., 2] - table.radius
    feet = [
        np.isin(table.body, [BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe")])
        for side in "LR"
    ]
    return np.stack([heights[:, foot].min(axis=1) for foot in feet], axis=1), heights.min(axis=1)
