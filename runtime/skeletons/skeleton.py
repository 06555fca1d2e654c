"""A character's bones as plain arrays, and where they are when they are turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Skeleton:
    """A rig at rest, in the world: metres, z up; parents come before their children."""

    names: tuple[str, ...]
    parents: np.ndarray
    """(J,) index of each bone's parent, -1 for none."""
    heads: np.ndarray
    """(J, 3)"""
    tails: np.ndarray
    """(J, 3)"""
    axes: np.ndarray
    """(J, 3, 3): columns are the bones' own axes, of length 1."""

    def index(self, name: str) -> int:
        return self.names.index(name)

    def ancestors(self, bone: int) -> list[int]:
        """The bone itself first, then its parents up to the root."""
        chain = []
        while bone >= 0:
            chain.append(bone)
            bone = int(self.parents[bone])
        return chain

    def children(self, bone: int) -> list[int]:
        return np.flatnonzero(self.parents == bone).tolist()

    def descendants(self, bone: int) -> set[int]:
        """The bone and all below it."""
        found = {bone}
        for index in range(bone + 1, len(self.names)):
            if int(self.parents[index]) in found:
                found.add(index)
        return found

    def common_ancestor(self, first: int, second: int) -> int | None:
        above = set(self.ancestors(first))
        return next((bone for bone in self.ancestors(second) if bone in above), None)


@dataclass
class SkeletonPose:
    """A performance of the rig in the world."""

    positions: np.ndarray
    """(T, J, 3) metres: the heads."""
    rotations: np.ndarray
    """(T, J, 3, 3): the bones' own axes."""


def pose_skeleton(
    rest: Skeleton,
    rotations: dict[int, np.ndarray],
    positions: dict[int, np.ndarray],
    base: np.ndarray | None = None,
    base_position: np.ndarray | None = None,
) -> SkeletonPose:
    """Puts every bone where its parents carry it.

    Args:
        rotations: world axes (T, 3, 3) of the bones that are turned; the others are
            rigid with their parents.
        positions: world heads (T, 3) of the bones that are moved.
        base: (T, 3, 3) how the object is turned against rest, if it is.
        base_position: (T, 3) where the rest pose's world origin goes then.
    """
    frames = len(next(iter(rotations.values())))
    count = len(rest.names)
    heads = np.empty((frames, count, 3))
    axes = np.empty((frames, count, 3, 3))
    for bone in range(count):
        parent = int(rest.parents[bone])
        if parent < 0:
            heads[:, bone] = rest.heads[bone]
            if base is not None and base_position is not None:
                heads[:, bone] = base @ rest.heads[bone] + base_position
            carried = rest.axes[bone] if base is None else base @ rest.axes[bone]
            axes[:, bone] = carried
        else:
            # Offsets and rotations against the parent as they are at rest.
            offset = rest.axes[parent].T @ (rest.heads[bone] - rest.heads[parent])
            heads[:, bone] = heads[:, parent] + axes[:, parent] @ offset
            axes[:, bone] = axes[:, parent] @ (rest.axes[parent].T @ rest.axes[bone])
        if bone in rotations:
            axes[:, bone] = rotations[bone]
        if bone in positions:
            heads[:, bone] = positions[bone]
    return SkeletonPose(heads, axes)
