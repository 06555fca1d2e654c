"""Two-bone limbs put to a goal, all frames at once."""

from __future__ import annotations

import numpy as np

from ...numerics.rotations import about_axis, rotation_between, unit
from ...skeletons.skeleton import SkeletonPose
from ..rig.character import Character

_STRETCH = 0.9995
"""Share of a limb's length up to which it straightens; beyond, the joint would snap."""


def two_bone_ik(
    start: np.ndarray,
    middle: np.ndarray,
    end: np.ndarray,
    goal: np.ndarray,
    hinge: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """World turns (T, 3, 3) of the upper and the lower bone that bring the end to the goal.

    Joints and goals are (T, 3). The plane of the bend is kept, so that a goal
    where the end already is changes nothing at all; ``hinge`` (T, 3) is the axis
    about which a straight limb bends. Goals out of reach are approached.
    """
    upper, lower = middle - start, end - middle
    first = np.linalg.norm(upper, axis=-1)
    second = np.linalg.norm(lower, axis=-1)
    now = np.linalg.norm(end - start, axis=-1)
    shortest = np.abs(first - second) + 1e-3 * (first + second)
    longest = np.maximum(now, _STRETCH * (first + second))
    wanted = np.clip(np.linalg.norm(goal - start, axis=-1), shortest, longest)
    normal = np.cross(unit(upper), unit(lower))
    # Nearly straight, the bend's own plane is noise.
    normal = unit(
        normal + 0.05 * hinge * np.clip(1 - np.linalg.norm(normal, axis=-1) / 0.1, 0, 1)[:, None]
    )
    near, far = _corner(first, now, second), _corner(first, wanted, second)
    near_end, far_end = _corner(second, now, first), _corner(second, wanted, first)
    swing = rotation_between(unit(end - start), unit(goal - start))
    return (
        swing @ about_axis(normal, near - far),
        swing @ about_axis(normal, far_end - near_end),
    )


def solve_limb_ik(
    character: Character,
    pose: SkeletonPose,
    rotations: dict[int, np.ndarray],
    roles: tuple[str, str, str],
    goal: np.ndarray,
) -> None:
    """Turns an upper and a lower bone until the end of the limb is at the goal (T, 3)."""
    upper, lower, end = (character.bones[role] for role in roles)
    frame = character.segments.frames[roles[0]]
    # About the person's left-right axis knees bend; elbows about the vertical of a T-pose.
    axis = frame[:, 0] if roles[0].endswith("thigh") else frame[:, 2]
    sign = 1.0 if roles[0] in ("left_thigh", "right_thigh", "right_upper_arm") else -1.0
    hinge = sign * (rotations[upper] @ (character.rest.axes[upper].T @ axis))
    first, second = two_bone_ik(
        pose.positions[:, upper], pose.positions[:, lower], pose.positions[:, end], goal, hinge
    )
    rotations[upper] = first @ rotations[upper]
    rotations[lower] = second @ rotations[lower]


def _corner(beside: np.ndarray, base: np.ndarray, opposite: np.ndarray) -> np.ndarray:
    """Angle between two sides of a triangle, the third being ``opposite``."""
    cosine = (beside**2 + base**2 - opposite**2) / np.maximum(2 * beside * base, 1e-12)
    return np.arccos(np.clip(cosine, -1.0, 1.0))
