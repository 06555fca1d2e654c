"""How the axes of a source's joints stand to the axes of the body: one rotation per joint.

A joint's rotation in a file says nothing until it is known which way its axes
point on the person. A rest pose that is a person standing tells it; many files
have none, and then the motion itself does.
"""

from collections.abc import Iterable

import numpy as np

from ...body.figures import OFFSETS
from ...body.kinematics import to_rotation
from ...skeletons.names import joint_axes
from ..contact_detection import CALIBRATION, resting, speeds
from .source import Source, body_index

_CONTRADICTION = np.radians(25.0)
_FLAT = (np.radians(5.0), np.radians(45.0))
"""How far the line from ankle to toes points down in a foot that is flat, on any skeleton."""


def known_axes(skeleton: str) -> dict[str, np.ndarray]:
    """The calibrations (3, 3) on record for a skeleton of ``bone_names.json``."""
    return {
        joint: to_rotation(np.array(wxyz)).as_matrix()[0]
        for joint, wxyz in joint_axes(skeleton).items()
    }


def from_poses(
    source: Source, rotations: np.ndarray, joints: Iterable[str]
) -> dict[str, np.ndarray]:
    """The mean rotation (3, 3) from the body's axes into the source's, per joint.

    ``rotations`` (T, 24, 3, 3) is the body fitted to the source's positions:
    one frame at rest, or many of a motion over which the twists that positions
    leave open average out.
    """
    result = {}
    for joint in joints:
        if joint in source.turns:
            relative = np.swapaxes(source.turns[joint], 1, 2) @ rotations[:, body_index(joint)]
            result[joint] = _mean_rotation(relative)
    return result


def standing_frames(
    source: Source, side: str, fps: float, slope: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    """(T,) bool: where a foot seems to stand: still, low over a floor of that slope, under an upright
    shin."""
    ankle = source.positions[f"{side}_ankle"]
    shin = source.positions[f"{side}_knee"] - ankle
    upright = shin[:, 2] > 0.6 * np.linalg.norm(shin, axis=1)
    if len(ankle) < 3:
        return upright
    ends = [ankle, source.positions.get(f"{side}_foot", ankle)]
    speed = np.max([speeds(end, fps) for end in ends], axis=0)
    candidates = upright & (speed < CALIBRATION.slow_m_s)
    if not candidates.any():
        return candidates
    over = ankle[:, 2] - ankle[:, :2] @ slope
    over = over - np.percentile(over[candidates], 5)
    return upright & resting(over, speed, CALIBRATION)


def level_foot(
    source: Source, side: str, standing: np.ndarray, known: np.ndarray | None = None
) -> np.ndarray | None:
    """The calibration (3, 3) of an ankle, such that the sole is level where the foot stands.

    The toes point where the source's do. Ankles of different skeletons sit at
    different heights over the sole, so the direction from ankle to toes says
    nothing about how level the foot is. ``known`` is what is known before, from
    a rest pose or from a table; it stays where the clip contradicts it, which
    is a foot that only ever stands on its toes. None when nothing tells.
    """
    ankle, toe = f"{side}_ankle", f"{side}_foot"
    if standing.sum() < 3 or toe not in source.positions or ankle not in source.turns:
        return known
    inverse = np.swapaxes(source.turns[ankle][standing], 1, 2)
    up = inverse[:, :, 2]
    # The foot is level most of the time it stands: frames far from the usual are on the toes.
    for _ in range(3):
        usual = _unit(np.median(up, axis=0))
        level = up @ usual > np.cos(np.radians(12))
        if level.sum() < 3:
            break
        usual = _unit(up[level].mean(axis=0))
    along = source.positions[toe][standing] - source.positions[ankle][standing]
    forward = _unit(np.einsum("tij,tj->ti", inverse, along).mean(axis=0))
    usual = _plausible_up(usual, forward)
    body_toe = OFFSETS[body_index(toe)]
    level_here = _frame(usual, forward) @ _frame(np.array([0.0, 1.0, 0.0]), body_toe).T
    if known is not None:
        off = np.arccos(np.clip((np.trace(known.T @ level_here) - 1) / 2, -1, 1))
        if off > _CONTRADICTION:
            return known
    return level_here


def _plausible_up(up: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """``up`` of a level foot, tilted back where the foot only ever stood on its toes."""
    down = -np.arcsin(np.clip(up @ forward, -1, 1))
    excess = down - np.clip(down, *_FLAT)
    ahead = _unit(forward - up * (forward @ up))
    return np.cos(excess) * up - np.sin(excess) * ahead


def _frame(up: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """(3, 3): columns up, forward made level to it, and their cross product."""
    ahead = _unit(forward - up * (forward @ up))
    return np.stack([up, ahead, np.cross(up, ahead)], axis=1)


def _mean_rotation(rotations: np.ndarray) -> np.ndarray:
    """(T, 3, 3) -> (3, 3): the rotation nearest to all of them."""
    left, _, right = np.linalg.svd(rotations.mean(axis=0))
    return left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
