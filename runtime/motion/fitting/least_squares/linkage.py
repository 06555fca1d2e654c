"""The body as a linkage of many frames at once: where it is and how each degree of freedom moves it.

75 degrees of freedom per frame: root translation (3, world), root rotation (3,
about the world axes) and the 69 hinges.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ....body.figures import OFFSETS, PARENTS
from ....body.kinematics import continuous_quaternions, to_rotation, to_wxyz

DOFS = 75


def _ancestry() -> np.ndarray:
    """(24, 72) bool: does the rotation of a degree of freedom move a body?"""
    moved = np.zeros((24, 72), dtype=bool)
    moved[:, :3] = True
    for body in range(1, 24):
        ancestor = body
        while ancestor > 0:
            moved[body, 3 * ancestor : 3 * ancestor + 3] = True
            ancestor = PARENTS[ancestor]
    return moved


MOVED_BY = _ancestry()


@dataclass(frozen=True)
class BodyPoses:
    """T frames of the body."""

    root: np.ndarray
    """(T, 3) metres."""
    turn: np.ndarray
    """(T, 3, 3): rotation of the root."""
    angles: np.ndarray
    """(T, 69) radians."""

    def __len__(self) -> int:
        return len(self.root)

    def moved(self, step: np.ndarray) -> "BodyPoses":
        """After a step (T, 75) of the degrees of freedom."""
        turned = Rotation.from_rotvec(step[:, 3:6]).as_matrix() @ self.turn
        return BodyPoses(self.root + step[:, :3], turned, self.angles + step[:, 6:])

    def qpos(self) -> np.ndarray:
        """(T, 76)."""
        wxyz = continuous_quaternions(to_wxyz(Rotation.from_matrix(self.turn)))
        return np.hstack([self.root, wxyz, self.angles])

    @classmethod
    def from_qpos(cls, qpos: np.ndarray) -> "BodyPoses":
        return cls(qpos[:, :3].copy(), to_rotation(qpos[:, 3:7]).as_matrix(), qpos[:, 7:].copy())


@dataclass(frozen=True)
class Linkage:
    """Positions, rotations and hinge axes of a pose, all in the world."""

    positions: np.ndarray
    """(T, 24, 3) metres."""
    rotations: np.ndarray
    """(T, 24, 3, 3)."""
    axes: np.ndarray
    """(T, 72, 3): axis of every rotation, the root's three first."""
    moments: np.ndarray
    """(T, 72, 3): axis x origin, so that a point p moves by axis x p - moment."""

    @classmethod
    def of(cls, pose: BodyPoses) -> "Linkage":
        frames = len(pose)
        angles = pose.angles.reshape(frames, 23, 3)
        cos, sin = np.cos(angles), np.sin(angles)
        cx, cy, cz = np.moveaxis(cos, -1, 0)
        sx, sy, sz = np.moveaxis(sin, -1, 0)
        local = np.empty((frames, 23, 3, 3))
        local[..., 0, 0], local[..., 0, 1], local[..., 0, 2] = cy * cz, -cy * sz, sy
        local[..., 1, 0] = cx * sz + cz * sx * sy
        local[..., 1, 1] = cx * cz - sx * sy * sz
        local[..., 1, 2] = -cy * sx
        local[..., 2, 0] = sx * sz - cx * cz * sy
        local[..., 2, 1] = cz * sx + cx * sy * sz
        local[..., 2, 2] = cx * cy
        positions = np.empty((frames, 24, 3))
        rotations = np.empty((frames, 24, 3, 3))
        axes = np.empty((frames, 72, 3))
        positions[:, 0], rotations[:, 0] = pose.root, pose.turn
        axes[:, :3] = np.eye(3)
        for body in range(1, 24):
            above = rotations[:, PARENTS[body]]
            positions[:, body] = positions[:, PARENTS[body]] + above @ OFFSETS[body]
            rotations[:, body] = above @ local[:, body - 1]
            hinge = 3 * body
            axes[:, hinge] = above[:, :, 0]
            # The second axis after the first turn, the third after both.
            axes[:, hinge + 1] = (
                above[:, :, 1] * cos[:, body - 1, 0, None]
                + above[:, :, 2] * sin[:, body - 1, 0, None]
            )
            axes[:, hinge + 2] = rotations[:, body, :, 2]
        origins = positions[:, np.repeat(np.arange(24), 3)]
        return cls(positions, rotations, axes, cross(axes, origins))

    def points(self, bodies: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Points (P,) of bodies at offsets (P, 3) in their frames -> (T, P, 3)."""
        return self.positions[:, bodies] + self.vectors(bodies, offsets)

    def vectors(self, bodies: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Directions (P, 3) in the frames of bodies (P,) -> (T, P, 3) in the world."""
        return np.einsum("tpij,pj->tpi", self.rotations[:, bodies], directions)

    def point_jacobian(self, points: np.ndarray, bodies: np.ndarray) -> np.ndarray:
        """d points / d degrees of freedom: (T, P, 3) on bodies (P,) -> (T, P, 3, 75)."""
        result = np.zeros((*points.shape, DOFS))
        result[..., np.arange(3), np.arange(3)] = 1.0
        self._turns(points, bodies, result[..., 3:])
        result[..., 3:] -= np.swapaxes(self.moments, 1, 2)[:, None] * MOVED_BY[bodies][:, None]
        return result

    def vector_jacobian(self, vectors: np.ndarray, bodies: np.ndarray) -> np.ndarray:
        """d vectors / d degrees of freedom: (T, P, 3) on bodies (P,) -> (T, P, 3, 75)."""
        result = np.zeros((*vectors.shape, DOFS))
        self._turns(vectors, bodies, result[..., 3:])
        return result

    def height_jacobian(self, points: np.ndarray, bodies: np.ndarray) -> np.ndarray:
        """The z row of ``point_jacobian`` alone: (T, P, 75). ``bodies`` as (P,)."""
        result = np.zeros((*points.shape[:2], DOFS))
        result[..., 2] = 1.0
        a, m = self.axes, self.moments
        turns = a[:, None, :, 0] * points[..., 1, None] - a[:, None, :, 1] * points[..., 0, None]
        result[..., 3:] = (turns - m[:, None, :, 2]) * MOVED_BY[bodies]
        return result

    def _turns(self, arms: np.ndarray, bodies: np.ndarray, out: np.ndarray) -> None:
        """Writes axis x arm for every axis that moves the body: (T, P, 3, 72)."""
        moved = MOVED_BY[bodies]
        ax, ay, az = (self.axes[:, None, :, axis] * moved for axis in range(3))
        x, y, z = (arms[..., axis, None] for axis in range(3))
        out[:, :, 0] = ay * z - az * y
        out[:, :, 1] = az * x - ax * z
        out[:, :, 2] = ax * y - ay * x


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a x b over the last axis; NumPy's own is several times slower."""
    return np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        axis=-1,
    )
