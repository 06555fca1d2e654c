"""A first pose straight from directions: every limb turned until it points like the source's.

Closed form and frame by frame. What the directions leave open, the twist of a
limb, follows from the plane in which its middle joint bends. The angles are
then put into the joint limits, and the least-squares fit takes over from there.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from ...body.figures import JOINT_RANGES, OFFSETS
from .least_squares.linkage import BodyPoses, cross
from .source import Source, body_index

_STRAIGHT = 0.15
"""Sine of a bend from which on the plane of the bend decides the twist."""


def first_pose(source: Source) -> BodyPoses:
    """The pose (T frames) whose limbs point like the source's, within the joint limits."""
    root, turn = pelvis_frame(source)
    frames = source.frames
    angles = np.tile(relaxed_angles(), (frames, 1))
    chest = _chest_frame(source, turn)
    bend = Rotation.from_matrix(np.swapaxes(turn, 1, 2) @ chest).as_rotvec() / 3
    for joint in ("spine1", "spine2", "spine3"):
        _set_angles(angles, joint, Rotation.from_rotvec(bend).as_matrix())
    for side in ("left", "right"):
        # The knee bends about x; elbows about y, with opposite signs left and right.
        _set_limb(
            angles, source, turn, [f"{side}_{part}" for part in ("hip", "knee", "ankle")], 0, 1
        )
        sign = -1 if side == "left" else 1
        arm = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist")]
        _set_limb(angles, source, chest, arm, 1, sign)
    return BodyPoses(root, turn, np.clip(angles, JOINT_RANGES[:, 0], JOINT_RANGES[:, 1]))


def pelvis_frame(source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Root position (T, 3) and rotation (T, 3, 3) from the hips and the trunk."""
    hips, top = source.hips(), source.top()
    lateral = source.positions["left_hip"] - source.positions["right_hip"]
    up = np.array([0.0, 0.0, 1.0]) if top is None else top - hips
    turn = _frame(lateral, up)
    middle = OFFSETS[[body_index("left_hip"), body_index("right_hip")]].mean(axis=0)
    return hips - turn @ middle, turn


def relaxed_angles() -> np.ndarray:
    """(69,): standing with the arms hanging, where limbs stay that the source does not have."""
    angles = np.zeros(69)
    angles[_columns("left_shoulder")[2]] = -1.2
    angles[_columns("right_shoulder")[2]] = 1.2
    return angles


def _chest_frame(source: Source, turn: np.ndarray) -> np.ndarray:
    """(T, 3, 3): the chest from the line of the shoulders; the pelvis where there is none."""
    top = source.top()
    if top is None or not {"left_shoulder", "right_shoulder"} <= set(source.positions):
        return turn
    lateral = source.positions["left_shoulder"] - source.positions["right_shoulder"]
    return _frame(lateral, top - source.hips())


def _frame(lateral: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(T, 3, 3): x to the left, y up the trunk, z forward; the lateral line is kept."""
    left = unit(lateral)
    forward = unit(np.cross(left, up))
    return np.stack([left, cross(forward, left), forward], axis=-1)


def _set_limb(
    angles: np.ndarray,
    source: Source,
    above: np.ndarray,
    joints: list[str],
    hinge: int,
    sign: int,
) -> None:
    """Angles of an upper and a lower limb hanging on frames ``above`` (T, 3, 3)."""
    upper, middle, lower = joints
    if not {upper, middle, lower} <= set(source.positions):
        return
    inverse = np.swapaxes(above, 1, 2)
    first = unit(source.positions[middle] - source.positions[upper])
    second = unit(source.positions[lower] - source.positions[middle])
    first, second = ((inverse @ d[..., None])[..., 0] for d in (first, second))
    own_first = unit(OFFSETS[body_index(middle)])
    own_second = unit(OFFSETS[body_index(lower)])
    # The axis of the bend, or where the limb is nearly straight, the axis as
    # it lies after the shortest turn from the rest pose.
    axis = np.eye(3)[hinge]
    shortest = _shortest_turn(own_first, first)
    usual = shortest @ axis
    bend_axis = sign * cross(first, second) + _STRAIGHT * usual
    bend_axis = unit(bend_axis - first * (bend_axis * first).sum(axis=-1, keepdims=True))
    across = unit(axis - own_first * (own_first @ axis))
    own = np.stack([own_first, across, np.cross(own_first, across)], axis=-1)
    turned = np.stack([first, bend_axis, cross(first, bend_axis)], axis=-1) @ own.T
    _set_angles(angles, upper, turned)
    bend = np.arccos(np.clip((first * second).sum(axis=-1), -1, 1))
    resting = np.arccos(np.clip(own_first @ own_second, -1, 1))
    angles[:, _columns(middle)[hinge]] = sign * np.maximum(bend - resting, 0)


def _shortest_turn(start: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(3,) onto (T, 3), unit vectors: rotations (T, 3, 3) about the normal of both."""
    normal = np.cross(start, ends)
    sine = np.linalg.norm(normal, axis=-1, keepdims=True)
    angle = np.arctan2(sine, (ends @ start)[:, None])
    return Rotation.from_rotvec(normal / np.maximum(sine, 1e-9) * angle).as_matrix()


def _set_angles(angles: np.ndarray, joint: str, local: np.ndarray) -> None:
    """The hinge angles for local rotations (T, 3, 3): of the two ways the one within the limits."""
    columns = _columns(joint)
    one = Rotation.from_matrix(local).as_euler("XYZ")
    other = np.stack([one[:, 0] + np.pi, np.pi - one[:, 1], one[:, 2] + np.pi], axis=1)
    ways = np.stack([one, other])
    low, high = JOINT_RANGES[columns].T
    middle = (low + high) / 2
    ways -= 2 * np.pi * np.round((ways - middle) / (2 * np.pi))
    outside = (np.maximum(low - ways, 0) + np.maximum(ways - high, 0)).sum(axis=-1)
    best = outside.argmin(axis=0)
    angles[:, columns] = ways[best, np.arange(len(local))]


def _columns(joint: str) -> np.ndarray:
    """The three columns of a joint among the 69 hinges."""
    first = 3 * (body_index(joint) - 1)
    return np.arange(first, first + 3)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1 over the last axis; zeros stay zeros."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
