"""Inverse kinematics of the legs, for all frames of a motion at once."""

import numpy as np
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES, JOINT_RANGES, OFFSETS
from ...body.kinematics import to_rotation
from .settings import LEGS, LegSettings

NEARLY_STRAIGHT = 0.999
"""Of a leg's length: what feet out of reach are brought to."""


def place_foot(
    qpos: np.ndarray,
    side: str,
    position: np.ndarray,
    rotation: np.ndarray,
    point: np.ndarray | None = None,
    settings: LegSettings = LEGS,
) -> np.ndarray:
    """Turns hip, knee and ankle of one leg so that its foot is where it is wanted.

    qpos (T, 76), ``side`` "L" or "R", ankle position (T, 3) metres and rotation
    (T, 3, 3) in the world -> qpos (T, 76) with that leg's nine hinges changed,
    inside their ranges. Out of reach, the leg comes as near as it can.
    ``point`` (3,) metres, in the frame of the ankle: what the position is of, if
    not of the ankle.
    Damped least squares (Nakamura and Hanafusa 1986).
    """
    bodies = [BODY_NAMES.index(f"{side}_{name}") for name in ("Hip", "Knee", "Ankle")]
    first = 7 + 3 * (bodies[0] - 1)
    hinges = slice(first, first + 9)
    angles, missed = _solved(qpos, hinges, bodies, position, rotation, point, settings)
    again = np.flatnonzero(missed > settings.missed_m)
    if len(again):
        bent = _bent(qpos[again], first, bodies, position[again], rotation[again], point)
        others, left = _solved(
            bent, hinges, bodies, position[again], rotation[again], point, settings
        )
        better = left < missed[again] - settings.missed_m
        angles[again[better]] = others[better]
    result = qpos.copy()
    result[:, hinges] = angles
    return result


def _solved(
    qpos: np.ndarray,
    hinges: slice,
    bodies: list[int],
    position: np.ndarray,
    rotation: np.ndarray,
    point: np.ndarray | None,
    settings: LegSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Angles (T, 9) of a leg, and (T,) metres by which its foot is still off ``position``."""
    low, high = JOINT_RANGES[hinges.start - 7 : hinges.stop - 7].T
    angles = qpos[:, hinges].copy()
    root = to_rotation(qpos[:, 3:7]).as_matrix()
    asked, position = position, _within_reach(qpos, root, bodies, position, rotation, point)
    best, least = angles, np.full(len(qpos), np.inf)
    for number in range(settings.iterations + 1):
        place, turned, anchors, axes = _leg(qpos[:, :3], root, angles, bodies)
        if point is not None:
            place = place + turned @ point
        jacobian = np.empty((len(qpos), 6, 9))
        jacobian[:, :3] = np.cross(axes, place[:, None] - anchors).transpose(0, 2, 1)
        jacobian[:, 3:] = settings.turn_lever_m * axes.transpose(0, 2, 1)
        missing = Rotation.from_matrix(rotation @ turned.transpose(0, 2, 1)).as_rotvec()
        error = np.concatenate([position - place, settings.turn_lever_m * missing], axis=1)
        # Near a straight knee a step may lead away.
        left = np.linalg.norm(error, axis=1)
        best = np.where((left < least)[:, None], angles, best)
        least = np.minimum(left, least)
        if number == settings.iterations:
            break
        scaled = jacobian * np.array(settings.mobility)
        square = scaled @ jacobian.transpose(0, 2, 1) + settings.damping_m**2 * np.eye(6)
        step = scaled.transpose(0, 2, 1) @ np.linalg.solve(square, error[..., None])
        angles = np.clip(angles + step[..., 0], low, high)
    place, turned, _, _ = _leg(qpos[:, :3], root, best, bodies)
    if point is not None:
        place = place + turned @ point
    return best, np.linalg.norm(asked - place, axis=1)


def _bent(
    qpos: np.ndarray,
    first: int,
    bodies: list[int],
    position: np.ndarray,
    rotation: np.ndarray,
    point: np.ndarray | None,
) -> np.ndarray:
    """(T, 76) with the knee of a leg, whose hinges begin at ``first``, bent as its foot's distance
    from the hip asks for, and hip and ankle by half of that the other way."""
    root = to_rotation(qpos[:, 3:7]).as_matrix()
    thigh, shin = (float(np.linalg.norm(OFFSETS[body])) for body in bodies[1:])
    ankle = position - (0.0 if point is None else rotation @ point)
    away = np.linalg.norm(ankle - qpos[:, :3] - root @ OFFSETS[bodies[0]], axis=1)
    # Law of cosines.
    straight = np.clip((away**2 - thigh**2 - shin**2) / (2 * thigh * shin), -1, 1)
    result = qpos.copy()
    bend = np.arccos(straight) - qpos[:, first + 3]
    result[:, first + 3] += bend
    result[:, [first, first + 6]] -= bend[:, None] / 2
    low, high = JOINT_RANGES[first - 7 : first + 2].T
    result[:, first : first + 9] = np.clip(result[:, first : first + 9], low, high)
    return result


def _within_reach(
    qpos: np.ndarray,
    root: np.ndarray,
    bodies: list[int],
    position: np.ndarray,
    rotation: np.ndarray,
    point: np.ndarray | None,
) -> np.ndarray:
    """(T, 3) metres: the nearest to ``position`` that a straight leg comes to, its foot as turned.

    Steps towards what no leg reaches grow until hip and knee are at their limits, the foot
    farther off than it was.
    """
    hip = qpos[:, :3] + root @ OFFSETS[bodies[0]]
    most = NEARLY_STRAIGHT * sum(float(np.linalg.norm(OFFSETS[body])) for body in bodies[1:])
    lever = 0.0 if point is None else rotation @ point
    way = position - lever - hip
    length = np.linalg.norm(way, axis=1, keepdims=True)
    return np.asarray(hip + way * np.minimum(1.0, most / np.maximum(length, 1e-6)) + lever)


def _leg(
    pelvis: np.ndarray, root: np.ndarray, angles: np.ndarray, bodies: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ankle (T, 3), its rotation (T, 3, 3), anchors and axes (T, 9, 3) of the nine hinges."""
    frames = len(angles)
    anchors, axes = np.empty((frames, 9, 3)), np.empty((frames, 9, 3))
    position, rotation = pelvis, root
    for index, body in enumerate(bodies):
        position = position + rotation @ OFFSETS[body]
        for axis, name in enumerate("xyz"):
            hinge = 3 * index + axis
            anchors[:, hinge], axes[:, hinge] = position, rotation[:, :, axis]
            rotation = rotation @ Rotation.from_euler(name, angles[:, [hinge]]).as_matrix()
    return position, rotation, anchors, axes
