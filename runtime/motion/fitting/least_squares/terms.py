"""What a fit can ask of the body: sums of squares, each with its derivative.

Every term looks at one frame at a time, over all frames at once.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ....body.support_points import support_points
from .linkage import DOFS, BodyPoses, Linkage

ORIGINS = np.arange(24)


class Evaluated:
    """A linkage with the Jacobian of its joint origins, shared by several terms."""

    def __init__(self, pose: BodyPoses) -> None:
        self.linkage = Linkage.of(pose)
        self.origins = self.linkage.point_jacobian(self.linkage.positions, ORIGINS)


class Term(Protocol):
    """A sum of squares; residual and Jacobian come already weighted."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        """Residuals (T, R) and their Jacobian (T, R, 75)."""

    def part(self, frames: np.ndarray) -> "Term":
        """The same term for some of the frames."""


@dataclass(frozen=True)
class JointPositions:
    """Joint origins near targets."""

    bodies: np.ndarray
    """(P,)"""
    targets: np.ndarray
    """(T, P, 3) metres."""
    weights: np.ndarray
    """(T, P), 1/m."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        weights = self.weights[..., None]
        residual = (at.linkage.positions[:, self.bodies] - self.targets) * weights
        return _flat(residual, at.origins[:, self.bodies] * weights[..., None])

    def part(self, frames: np.ndarray) -> "JointPositions":
        return JointPositions(self.bodies, self.targets[frames], self.weights[frames])


@dataclass(frozen=True)
class Directions:
    """Differences of joint origins along target directions, whatever their length."""

    combinations: np.ndarray
    """(P, 24): each row sums to 0; the vector is this combination of the origins."""
    targets: np.ndarray
    """(T, P, 3) unit vectors."""
    weights: np.ndarray
    """(P,)"""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        frames = len(self.targets)
        vectors = self.combinations @ at.linkage.positions
        jacobian = (self.combinations @ at.origins.reshape(frames, 24, -1)).reshape(
            frames, -1, 3, DOFS
        )
        scale = self.weights[:, None] / np.linalg.norm(vectors, axis=-1, keepdims=True)
        unit = vectors * (scale / self.weights[:, None])
        along = np.einsum("tpi,tpid->tpd", unit, jacobian)
        jacobian = (jacobian - unit[..., None] * along[:, :, None]) * scale[..., None]
        return _flat((unit - self.targets) * self.weights[:, None], jacobian)

    def part(self, frames: np.ndarray) -> "Directions":
        return Directions(self.combinations, self.targets[frames], self.weights)


@dataclass(frozen=True)
class Orientations:
    """Vectors fixed to bodies along target directions."""

    bodies: np.ndarray
    """(P,)"""
    vectors: np.ndarray
    """(P, 3) unit vectors in the frames of the bodies."""
    targets: np.ndarray
    """(T, P, 3) unit vectors in the world."""
    weights: np.ndarray
    """(T, P)"""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        weights = self.weights[..., None]
        vectors = at.linkage.vectors(self.bodies, self.vectors)
        jacobian = at.linkage.vector_jacobian(vectors, self.bodies) * weights[..., None]
        return _flat((vectors - self.targets) * weights, jacobian)

    def part(self, frames: np.ndarray) -> "Orientations":
        return Orientations(self.bodies, self.vectors, self.targets[frames], self.weights[frames])


@dataclass(frozen=True)
class Pins:
    """Points of bodies held at places; a weight of 0 leaves a point free."""

    bodies: np.ndarray
    """(P,)"""
    offsets: np.ndarray
    """(P, 3) metres, in the frames of the bodies."""
    targets: np.ndarray
    """(T, P, 3) metres."""
    weights: np.ndarray
    """(T, P, 3), 1/m, per axis."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        points = at.linkage.points(self.bodies, self.offsets)
        jacobian = at.linkage.point_jacobian(points, self.bodies) * self.weights[..., None]
        return _flat((points - self.targets) * self.weights, jacobian)

    def part(self, frames: np.ndarray) -> "Pins":
        return Pins(self.bodies, self.offsets, self.targets[frames], self.weights[frames])


@dataclass(frozen=True)
class AboveFloor:
    """No point of the body's shapes below the floor at height 0."""

    weight: float
    """1/m."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        table, linkage = support_points(), at.linkage
        depth = np.minimum(table.heights(linkage.positions, linkage.rotations), 0.0)
        touched = np.flatnonzero((depth < 0).any(axis=0))
        bodies, depth = table.body[touched], depth[:, touched]
        jacobian = linkage.height_jacobian(linkage.points(bodies, table.offset[touched]), bodies)
        return depth * self.weight, jacobian * ((depth < 0) * self.weight)[..., None]

    def part(self, frames: np.ndarray) -> "AboveFloor":
        return self


def _flat(residual: np.ndarray, jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    frames = len(residual)
    return residual.reshape(frames, -1), jacobian.reshape(frames, -1, DOFS)
