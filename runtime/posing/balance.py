"""Where the body's weight is, from its shapes and their densities, without MuJoCo."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..body.figures import load_figures
from ..body.kinematics import forward_kinematics
from ..motion.contacts import support_points
from ..motion.fitting.terms import Evaluated

_BODIES = np.arange(24)


@dataclass(frozen=True)
class Weight:
    """What each body weighs."""

    mass: np.ndarray
    """(24,) kg."""
    centre: np.ndarray
    """(24, 3) metres: centre of mass in the body's own frame."""


@lru_cache(maxsize=1)
def weight() -> Weight:
    """Volume times density of every shape; boxes, capsules and balls are solid and even."""
    mass, centre = np.zeros(24), np.zeros((24, 3))
    for body, figure in enumerate(load_figures()["bodies"]):
        for geom in figure["geoms"]:
            if geom.get("mass") == 0.0:
                continue  # only seen
            if geom["type"] == "box":
                volume, middle = 8.0 * np.prod(geom["size"]), np.array(geom["pos"])
            elif geom["type"] == "capsule":
                ends, radius = np.array(geom["fromto"]).reshape(2, 3), geom["size"][0]
                length, middle = np.linalg.norm(ends[1] - ends[0]), ends.mean(axis=0)
                volume = np.pi * radius**2 * (length + 4.0 / 3.0 * radius)
            else:
                volume = 4.0 / 3.0 * np.pi * geom["size"][0] ** 3
                middle = np.array(geom.get("pos", (0.0, 0.0, 0.0)))
            mass[body] += geom["density"] * volume
            centre[body] += geom["density"] * volume * middle
    centre /= mass[:, None]
    for array in (mass, centre):
        array.setflags(write=False)
    return Weight(mass, centre)


def centre_of_mass(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 3) metres."""
    positions, rotations = forward_kinematics(qpos)
    places = positions + np.einsum("tbij,bj->tbi", rotations, weight().centre)
    return weight().mass @ places / weight().mass.sum()


def out_of_support(qpos: np.ndarray, near: float = 0.03) -> np.ndarray:
    """(T, 76) -> (T,) metres: how far the centre of mass lies beside what touches the floor.

    Negative inside: minus the distance to the nearest edge of the support. Points
    of the body lower than ``near`` carry. Infinite where nothing does.
    """
    from scipy.spatial import ConvexHull, QhullError

    table = support_points()
    positions, rotations = forward_kinematics(qpos)
    heights = table.heights(positions, rotations)
    points = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    centres = centre_of_mass(qpos)[:, :2]
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


@dataclass(frozen=True)
class CentreOfMass:
    """A term of the solver (``motion.fitting.terms``): the centre of mass over a point of the floor."""

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
