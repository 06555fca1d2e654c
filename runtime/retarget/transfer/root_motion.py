"""What carries a character over the ground: its hips, a root bone, the object, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...numerics.rotations import about_axis, twist_angle
from ...skeletons.skeleton import SkeletonPose, pose_skeleton
from ..rig.character import Character

if TYPE_CHECKING:
    from ..settings import GroundFrame, RootMotion

_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class WorldMotion:
    """The performance in the world."""

    pose: SkeletonPose
    rotated: frozenset[int]
    """Bones that turn on their own."""
    moved: frozenset[int]
    """Bones that are moved on their own."""
    object_turn: np.ndarray | None = None
    """(T, 3, 3): how the whole object is turned against where it stands, if it is animated."""
    object_shift: np.ndarray | None = None
    """(T, 3): where the world's origin goes with the object then."""


def apply_root_motion(
    character: Character,
    rotations: Mapping[int, np.ndarray],
    positions: Mapping[int, np.ndarray],
    ground: GroundFrame,
    root_motion: RootMotion,
) -> WorldMotion:
    """Brings a performance over the floor at z = 0 onto the ground of the scene, carried as asked for.

    The root bone and the object follow the hips' place on the ground and their
    heading, and are as at rest where the hips are as at rest.
    """
    rotations = {bone: ground.turn @ turn for bone, turn in rotations.items()}
    positions = {bone: place @ ground.turn.T + ground.origin for bone, place in positions.items()}
    rest, hips = character.rest, character.bones["hips"]
    path = positions[hips]
    if root_motion == "in_place":
        shift = path - path[0]
        positions[hips] = path - shift * (1 - _UP)
    if root_motion in ("hips", "in_place"):
        return _posed(character, rotations, positions)
    heading = twist_angle(rotations[hips] @ rest.axes[hips].T, _UP)
    ahead = about_axis(np.broadcast_to(_UP, path.shape), heading)
    under = path.copy()
    under[:, 2] = ground.origin[2]
    own = character.segments
    under_hips = rest.heads[hips] - own.up * (rest.heads[hips] @ own.up - own.floor)
    shift = under - ahead @ under_hips
    if root_motion == "object":
        return _posed(character, rotations, positions, ahead, shift)
    root = character.root
    assert root is not None  # the checks ask for one
    rotations[root] = ahead @ rest.axes[root]
    positions[root] = ahead @ rest.heads[root] + shift
    return _posed(character, rotations, positions)


def _posed(
    character: Character,
    rotations: dict[int, np.ndarray],
    positions: dict[int, np.ndarray],
    object_turn: np.ndarray | None = None,
    object_shift: np.ndarray | None = None,
) -> WorldMotion:
    pose = pose_skeleton(character.rest, rotations, positions, object_turn, object_shift)
    return WorldMotion(pose, frozenset(rotations), frozenset(positions), object_turn, object_shift)
