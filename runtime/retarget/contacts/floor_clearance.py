"""Feet, toes and hands turned up until their ends are out of the floor."""

from __future__ import annotations

import numpy as np

from ...numerics.rotations import about_axis
from ...numerics.smoothing import AVOID, FIRM, SoftTarget, fit_smooth_offset

_MOST_PITCH = np.radians(50.0)
"""By how much a foot is turned at most to keep its ball or its toes out of the floor."""
_STEEP = 0.3
"""Sine of how steeply an arm stands at which it is not turned to be exact; at twice it is."""
_SHALLOW = 0.002
"""Metres in the floor that nobody sees."""


def pitch_above_floor(
    turn: np.ndarray,
    arm: np.ndarray,
    aside: np.ndarray,
    drop: np.ndarray,
    exact: np.ndarray,
    fixed: np.ndarray,
    ease: float,
) -> np.ndarray:
    """(T, 3, 3) with the end of an arm on the floor or over it, its start staying where it is.

    Feet longer or shorter than the body's would else lift the knee with the
    heel, or drag their toes through the floor in a step.

    Args:
        arm: (3,) to the end, in the axes of the bone.
        aside: (3,) to the person's left, in the axes of the bone: what it is turned about.
        drop: (T,) metres from the start of the arm down to the floor, negative.
        exact: (T,) bool: where the end is on the floor; elsewhere it may be above.
        fixed: (T,) bool: where nothing is to be done.
    """
    start, axis = turn @ arm, turn @ aside
    # The height of the end as it turns about the axis: level + wave * cos(angle - crest).
    along = (axis * start).sum(axis=1)
    level = axis[:, 2] * along
    ahead, across = start[:, 2] - level, np.cross(axis, start)[:, 2]
    wave, crest = np.hypot(ahead, across), np.arctan2(across, ahead)
    away = np.arccos(np.clip((drop - level) / np.maximum(wave, 1e-9), -0.98, 0.98))
    angles = np.stack([crest + away, crest - away])
    angles = (angles + np.pi) % (2 * np.pi) - np.pi
    asked = _limited(np.where(np.abs(angles[0]) < np.abs(angles[1]), angles[0], angles[1]))
    # A foot on its toes gains no height by turning, and which way to turn it is a matter of luck.
    lies = np.clip(np.abs(across) / np.maximum(wave, 1e-9) / _STEEP - 1.0, 0.0, 1.0) ** 2
    angle, none = np.zeros(len(turn)), np.zeros((len(turn), 1))
    due = exact & ~fixed
    for _ in range(4):
        sunk = ~fixed & ~due & (level + wave * np.cos(angle - crest) < drop - _SHALLOW)
        if not (due.any() or sunk.any()):
            break
        due = due | sunk
        # Softly limited: a foot much longer than its leg is high would stand on its toes.
        weight = np.where(exact, FIRM * lies, AVOID) * due
        targets = [SoftTarget(asked[:, None], weight), SoftTarget(none, FIRM * fixed)]
        angle = fit_smooth_offset(len(turn), 1, targets, ease=ease)[:, 0]
        if not sunk.any():
            break
    return about_axis(axis, angle) @ turn


def _limited(angle: np.ndarray) -> np.ndarray:
    """(T,) radians: as they are up to half of ``_MOST_PITCH``, never more than all of it."""
    half = _MOST_PITCH / 2
    over = np.maximum(np.abs(angle) - half, 0.0)
    return np.sign(angle) * (np.minimum(np.abs(angle), half) + half * np.tanh(over / half))
