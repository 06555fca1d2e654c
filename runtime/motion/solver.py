"""Least squares over a whole clip: Gauss-Newton with joint limits and smooth angles.

All frames are solved together. Every term looks at one frame only, so the
normal matrix has one 75 x 75 block per frame; smoothness ties each frame to the
next and makes it block tridiagonal, which one sweep forth and back solves.
Angles at a limit that are pushed against it are held (an active set).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import lapack

from ..body.figures import JOINT_RANGES
from .contacts import support_points
from .linkage import DOFS, Linkage, Pose

ORIGINS = np.arange(24)


class Evaluated:
    """A linkage with the Jacobian of its joint origins, shared by several terms."""

    def __init__(self, pose: Pose) -> None:
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
    """The lowest point of every body not below the floor at height 0."""

    weight: float
    """1/m."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        table, linkage = support_points(), at.linkage
        heights = table.heights(linkage.positions, linkage.rotations)
        lowest = np.empty(linkage.positions.shape[:2], dtype=int)
        for body, first in enumerate(table.first):
            last = table.first[body + 1] if body < 23 else len(table.body)
            lowest[:, body] = first + heights[:, first:last].argmin(axis=1)
        rows = np.arange(len(lowest))[:, None]
        depth = np.minimum(heights[rows, lowest], 0.0)
        touched = np.flatnonzero((depth < 0).any(axis=0))
        arms = np.einsum(
            "tpij,tpj->tpi", linkage.rotations[:, touched], table.offset[lowest[:, touched]]
        )
        points = linkage.positions[:, touched] + arms
        jacobian = linkage.height_jacobian(points, touched)
        active = (depth[:, touched] < 0) * self.weight
        return depth[:, touched] * self.weight, jacobian * active[..., None]

    def part(self, frames: np.ndarray) -> "AboveFloor":
        return self


@dataclass(frozen=True)
class Comfort:
    """What the terms leave open: angles near a neutral pose, and steady over time."""

    neutral: np.ndarray
    """(T, 69) or (69,) radians."""
    pull: np.ndarray
    """(69,) weight towards the neutral pose."""
    steady: np.ndarray
    """(69,) or (T - 1, 69): weight of the change from frame to frame."""

    def part(self, frames: np.ndarray) -> "Comfort":
        neutral = self.neutral if self.neutral.ndim == 1 else self.neutral[frames]
        steady = self.steady if self.steady.ndim == 1 else self.steady[frames[:-1]]
        return Comfort(neutral, self.pull, steady)


def solve(
    pose: Pose,
    terms: Sequence[Term],
    comfort: Comfort,
    iterations: int,
    tick: Callable[[float], None] = lambda share: None,
    tolerance: float = 2e-3,
) -> Pose:
    """Moves ``pose`` to a minimum of the terms within the joint limits.

    Stops after ``iterations`` or when no angle moves more than ``tolerance``
    radians. ``tick`` hears the share of iterations done.
    """
    low, high = JOINT_RANGES[:, 0], JOINT_RANGES[:, 1]
    pose = Pose(pose.root, pose.turn, np.clip(pose.angles, low, high))
    for iteration in range(iterations):
        at = Evaluated(pose)
        frames = len(pose)
        normal = np.zeros((frames, DOFS, DOFS))
        slope = np.zeros((frames, DOFS))
        for term in terms:
            residual, jacobian = term.rows(at)
            transposed = np.swapaxes(jacobian, 1, 2)
            normal += transposed @ jacobian
            slope += (transposed @ residual[..., None])[..., 0]
        slope[:, 6:] += comfort.pull * (pose.angles - comfort.neutral)
        change = comfort.steady * np.diff(pose.angles, axis=0)
        slope[:-1, 6:] -= change
        slope[1:, 6:] += change
        diagonal = normal[:, np.arange(DOFS), np.arange(DOFS)]
        diagonal += _DAMPING
        diagonal[:, 6:] += comfort.pull
        diagonal[:-1, 6:] += comfort.steady
        diagonal[1:, 6:] += comfort.steady
        normal[:, np.arange(DOFS), np.arange(DOFS)] = diagonal

        free = np.ones((frames, DOFS))
        free[:, 6:] = ~(
            ((pose.angles <= low) & (slope[:, 6:] > 0))
            | ((pose.angles >= high) & (slope[:, 6:] < 0))
        )
        coupling = np.zeros((frames - 1, DOFS))
        coupling[:, 6:] = comfort.steady
        step = -_solve_chain(normal, slope, coupling, free)
        # Far from the minimum a full step overshoots; a frame then goes part of the way.
        step *= np.minimum(1.0, _LONGEST_STEP / np.abs(step).max(axis=1, keepdims=True))
        moved = pose.moved(step)
        pose = Pose(moved.root, moved.turn, np.clip(moved.angles, low, high))
        tick((iteration + 1) / iterations)
        if np.abs(step[:, 3:]).max() < tolerance:
            break
    return pose


_DAMPING = 1e-4
_LONGEST_STEP = 0.6


def _solve_chain(
    normal: np.ndarray, slope: np.ndarray, coupling: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """Solves the block tridiagonal system: blocks (T, n, n), off-diagonal -coupling (T - 1, n).

    Held unknowns (``free`` 0) stay 0. The plain recursion for block tridiagonal
    systems, with Cholesky factors of each block.
    """
    frames, size = slope.shape
    normal = normal * free[:, :, None] * free[:, None, :]
    normal[:, np.arange(size), np.arange(size)] += 1.0 - free
    right = slope * free
    factors = np.empty_like(normal)
    links = coupling * free[:-1] * free[1:]
    for frame in range(frames):
        block = normal[frame]
        if frame:
            link = links[frame - 1]
            inverse, _ = lapack.dpotri(factors[frame - 1], lower=1)
            inverse = np.tril(inverse) + np.tril(inverse, -1).T
            block = block - link[:, None] * inverse * link
            right[frame] += link * (inverse @ right[frame - 1])
        factor, info = lapack.dpotrf(block, lower=1)
        if info:
            raise FloatingPointError("the normal matrix of the fit is not positive")
        factors[frame] = factor
    result = np.empty_like(slope)
    for frame in range(frames - 1, -1, -1):
        value = right[frame]
        if frame < frames - 1:
            value = value + links[frame] * result[frame + 1]
        result[frame], _ = lapack.dpotrs(factors[frame], value, lower=1)
    return result


def _flat(residual: np.ndarray, jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    frames = len(residual)
    return residual.reshape(frames, -1), jacobian.reshape(frames, -1, DOFS)
