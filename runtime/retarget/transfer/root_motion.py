"""What carries a character over the ground: its hips, a root bone, the object, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...numerics.rotations import about_axis, twist_angle
from ...skeletons.skeleton import Pose, pose_rig
from ..rig.character import Character

if TYPE_CHECKING:
    from ..settings import RootMotion, Stage

_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class WorldMotion:
    """The performance in the world."""

    pose: Pose
    turned: frozenset[int]
    """Bones that turn on their own."""
    placed: frozenset[int]
    """Bones that are moved on their own."""
    object_turn: np.ndarray | None = None
    """(T, 3, 3): how the whole object is turned against where it stands, if it is animated."""
    object_shift: np.ndarray | None = None
    """(T, 3): where the world's origin goes with the object then."""


def carry(
    character: Character,
    turns: Mapping[int, np.ndarray],
    placed: Mapping[int, np.ndarray],
    stage: Stage,
    root_motion: RootMotion,
) -> WorldMotion:
    """Brings a performance over the floor at z = 0 onto the stage, carried as asked for.

    The root bone and the object follow the hips' place on the ground and their
    heading, and are as at rest where the hips are as at rest.
    """
    turns = {bone: stage.turn @ turn for bone, turn in turns.items()}
    placed = {bone: place @ stage.turn.T + stage.origin for bone, place in placed.items()}
    rest, hips = character.rest, character.bones["hips"]
    path = placed[hips]
    if root_motion == "in_place":
        shift = path - path[0]
        placed[hips] = path - shift * (1 - _UP)
    if root_motion in ("hips", "in_place"):
        return _posed(character, turns, placed)
    heading = twist_angle(turns[hips] @ rest.axes[hips].T, _UP)
    ahead = about_axis(np.broadcast_to(_UP, path.shape), heading)
    ground = path.copy()
    ground[:, 2] = stage.origin[2]
    own = character.anatomy
    under_hips = rest.heads[hips] - own.up * (rest.heads[hips] @ own.up - own.floor)
    shift = ground - ahead @ under_hips
    if root_motion == "object":
        return _posed(character, turns, placed, ahead, shift)
    root = character.root
    assert root is not None  # the checks ask for one
    turns[root] = ahead @ rest.axes[root]
    placed[root] = ahead @ rest.heads[root] + shift
    return _posed(character, turns, placed)


def _posed(
    character: Character,
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
    object_turn: np.ndarray | None = None,
    object_shift: np.ndarray | None = None,
) -> WorldMotion:
    pose = pose_rig(character.rest, turns, placed, object_turn, object_shift)
    return WorldMotion(pose, frozenset(turns), frozenset(placed), object_turn, object_shift)
