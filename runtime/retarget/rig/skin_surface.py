"""The outside of a character as points that follow its bones: how high it is over the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...skeletons.skeleton import Skeleton, SkeletonPose

_DIRECTIONS = 100
"""Ways in which the outermost points of a bone are looked for: on a thigh they miss a millimetre."""

_SHARED = 0.2
"""Weight of its second bone from which on a point stands for those between the two."""


@dataclass(frozen=True)
class Surface:
    """Points, each carried by some bones."""

    bones: np.ndarray
    """(n, K) indices into the skeleton, the strongest first."""
    weights: np.ndarray
    """(n, K), their sum is 1; 0 where fewer bones carry it."""
    offsets: np.ndarray
    """(n, K, 3) metres: where the point is at rest in the axes of each bone, from its head."""
    radius: np.ndarray
    """(n,) metres: the ball around the point; 0 on a skin."""

    @classmethod
    def of(
        cls, rest: Skeleton, places: np.ndarray, bones: np.ndarray, weights: np.ndarray
    ) -> Surface:
        """From points (n, 3) of the world at rest, with (n, K) bones and weights."""
        away = places[:, None] - rest.heads[bones]
        offsets = np.einsum("nkij,nki->nkj", rest.axes[bones], away)
        return cls(bones, weights, offsets, np.zeros(len(places)))

    @property
    def owner(self) -> np.ndarray:
        """(n,) the bone that carries each point more than any other."""
        return self.bones[:, 0]

    def part(self, chosen: np.ndarray) -> Surface:
        """Only some of the points, by index or mask."""
        return Surface(
            self.bones[chosen], self.weights[chosen], self.offsets[chosen], self.radius[chosen]
        )

    def with_points(self, bone: int, offsets: np.ndarray, radius: np.ndarray) -> Surface:
        """Also points (m, 3) in the axes of one bone."""
        count, width = len(offsets), self.bones.shape[1]
        weights = np.zeros((count, width))
        weights[:, 0] = 1.0
        return Surface(
            np.concatenate([self.bones, np.full((count, width), bone)]),
            np.concatenate([self.weights, weights]),
            np.concatenate([self.offsets, np.repeat(offsets[:, None], width, axis=1)]),
            np.concatenate([self.radius, radius]),
        )

    def heights(self, pose: SkeletonPose) -> np.ndarray:
        """(T, n) metres over the floor at z = 0, as linear blend skinning has it."""
        result = np.tile(-self.radius, (len(pose.positions), 1))
        for bone in np.unique(self.bones):
            points, slots = np.nonzero((self.bones == bone) & (self.weights > 0))
            along = pose.rotations[:, bone, 2] @ self.offsets[points, slots].T
            along += pose.positions[:, bone, 2, None]
            result[:, points] += self.weights[points, slots] * along
        return result

    def outline(self) -> Surface:
        """The outermost points of each bone: no other point gets lower than they do by much."""
        if not len(self.owner):
            return self
        directions = _sphere(_DIRECTIONS)
        kept: set[int] = set()
        # Points between two bones move as neither does.
        shared = self.weights[:, 1:2].sum(axis=1) > _SHARED
        second = np.where(shared, self.bones[:, min(1, self.bones.shape[1] - 1)], -1)
        for bones in np.unique(np.stack([self.owner, second]), axis=1).T:
            mine = np.flatnonzero((self.owner == bones[0]) & (second == bones[1]))
            kept.update(mine[(self.offsets[mine, 0] @ directions.T).argmax(axis=0)].tolist())
        return self.part(np.array(sorted(kept), dtype=int))

    def clouds(self, rest: Skeleton) -> dict[str, np.ndarray]:
        """Bone -> (n, 3) metres in the world at rest: the points it carries more than any other."""
        return {
            rest.names[bone]: rest.heads[bone]
            + self.offsets[self.owner == bone, 0] @ rest.axes[bone].T
            for bone in np.unique(self.owner)
        }


def _sphere(count: int) -> np.ndarray:
    """(count, 3) directions spread evenly, along a golden spiral."""
    number = np.arange(count) + 0.5
    height = 1.0 - 2.0 * number / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * number
    flat = np.sqrt(1.0 - height**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)
