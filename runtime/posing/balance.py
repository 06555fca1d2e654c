"""Whether the body's weight is over what it stands on."""

from dataclasses import dataclass

import numpy as np

from ..body.figures import GRAVITY
from ..body.kinematics import forward_kinematics
from ..body.weight import centre_of_mass, weight
from ..motion.contacts import support_points
from ..motion.fitting.least_squares.terms import Evaluated

_BODIES = np.arange(24)


def out_of_support(
    qpos: np.ndarray, near: float = 0.03, centres: np.ndarray | None = None
) -> np.ndarray:
    """(T, 76) -> (T,) metres: how far the centre of mass lies beside what touches the floor.

    Negative inside: minus the distance to the nearest edge of the support. Points
    of the body lower than ``near`` carry. Infinite where nothing does. ``centres`` (T, 2) are
    looked at instead, where they are given.
    """
    from scipy.spatial import ConvexHull, QhullError

    table = support_points()
    positions, rotations = forward_kinematics(qpos)
    heights = table.heights(positions, rotations)
    points = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    centres = centre_of_mass(qpos)[:, :2] if centres is None else centres
    result = np.full(len(qpos), np.inf)
    for frame, centre in enumerate(centres):
        carrying = points[frame, heights[frame] < near, :2]
        if len(carrying) < 3:
            if len(carrying):
                result[frame] = np.linalg.norm(carrying - centre, axis=1).min()
            continue
        try:
            edges = ConvexHull(carrying).equations
        except QhullError:  # all on one line
            result[frame] = np.linalg.norm(carrying - centre, axis=1).min()
            continue
        result[frame] = (edges[:, :2] @ centre + edges[:, 2]).max()
    return result


def zero_moment_points(qpos: np.ndarray, fps: float, smooth: float = 2.0) -> np.ndarray:
    """(T, 76) -> (T, 2) metres: where the floor would have to push, all of it in one point, for a
    body that moves so (Vukobratovic 1972; its limbs' spin is left out). ``smooth`` frames."""
    from scipy.ndimage import gaussian_filter1d

    centre = gaussian_filter1d(centre_of_mass(qpos), smooth, axis=0, mode="nearest")
    push = np.gradient(np.gradient(centre, axis=0), axis=0) * fps**2
    # Who falls freely is not pushed at all.
    up = np.maximum(GRAVITY + push[:, 2:], 0.3 * GRAVITY)
    return np.asarray(centre[:, :2] - centre[:, 2:] * push[:, :2] / up)


@dataclass(frozen=True)
class CentreOfMass:
    """A term of the solver (``motion.fitting.least_squares.terms``): the centre of mass over a point of the floor."""

    targets: np.ndarray
    """(T, 2) metres."""
    weight: float
    """1/m."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        share = weight().mass / weight().mass.sum()
        points = at.linkage.points(_BODIES, weight().centre)
        jacobian = at.linkage.point_jacobian(points, _BODIES)[:, :, :2]
        residual = np.einsum("b,tbi->ti", share, points[..., :2]) - self.targets
        return residual * self.weight, np.einsum("b,tbid->tid", share, jacobian) * self.weight

    def part(self, frames: np.ndarray) -> "CentreOfMass":
        return CentreOfMass(self.targets[frames], self.weight)
