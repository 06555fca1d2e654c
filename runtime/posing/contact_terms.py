"""Terms of the solver (``motion.fitting.least_squares.terms``) of a body that touches the floor and itself."""

from dataclasses import dataclass

import numpy as np

from ..body.support_points import support_points
from ..motion.fitting.least_squares.linkage import DOFS
from ..motion.fitting.least_squares.terms import Evaluated


@dataclass(frozen=True)
class Heights:
    """Points of the body's shapes at heights."""

    points: np.ndarray
    """(P,) rows of ``support_points``."""
    levels: np.ndarray
    """(P,) metres."""
    weight: float
    """1/m."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        table, linkage = support_points(), at.linkage
        bodies = table.body[self.points]
        heights = table.heights(linkage.positions, linkage.rotations)[:, self.points]
        places = linkage.points(bodies, table.offset[self.points])
        jacobian = linkage.height_jacobian(places, bodies)
        return (heights - self.levels) * self.weight, jacobian * self.weight

    def part(self, frames: np.ndarray) -> "Heights":
        return self


@dataclass(frozen=True)
class Meeting:
    """Points of bodies at points of other bodies: a hand on the hip, wherever that goes."""

    bodies: np.ndarray
    """(P,)"""
    offsets: np.ndarray
    """(P, 3) metres, in the frames of ``bodies``."""
    others: np.ndarray
    """(P,)"""
    places: np.ndarray
    """(P, 3) metres, in the frames of ``others``."""
    weight: float
    """1/m."""

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        here = at.linkage.points(self.bodies, self.offsets)
        there = at.linkage.points(self.others, self.places)
        jacobian = at.linkage.point_jacobian(here, self.bodies)
        return _apart(
            here - there, jacobian - at.linkage.point_jacobian(there, self.others), self.weight
        )

    def part(self, frames: np.ndarray) -> "Meeting":
        return self


@dataclass(frozen=True)
class Alignment:
    """Vectors of bodies along vectors of other bodies: a palm to the chest."""

    bodies: np.ndarray
    """(P,)"""
    vectors: np.ndarray
    """(P, 3) unit vectors in the frames of ``bodies``."""
    others: np.ndarray
    """(P,)"""
    targets: np.ndarray
    """(P, 3) unit vectors in the frames of ``others``."""
    weight: float

    def rows(self, at: Evaluated) -> tuple[np.ndarray, np.ndarray]:
        here = at.linkage.vectors(self.bodies, self.vectors)
        there = at.linkage.vectors(self.others, self.targets)
        jacobian = at.linkage.vector_jacobian(here, self.bodies)
        return _apart(
            here - there, jacobian - at.linkage.vector_jacobian(there, self.others), self.weight
        )

    def part(self, frames: np.ndarray) -> "Alignment":
        return self


def _apart(
    difference: np.ndarray, jacobian: np.ndarray, weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a term: (T, P, 3) differences and (T, P, 3, dofs) how they move, each 3 P to a frame."""
    frames = len(difference)
    return difference.reshape(frames, -1) * weight, jacobian.reshape(frames, -1, DOFS) * weight
