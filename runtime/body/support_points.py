"""The points of the body's shapes that can touch a floor, without MuJoCo.

A box touches the ground with a corner and a capsule with the ball at one of its
ends, so a few points per body, each with a radius, say all there is to know
about heights over a flat floor.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from .figures import load_figures
from .kinematics import forward_kinematics


@dataclass(frozen=True)
class SupportPoints:
    """The points of the body that can touch a flat floor."""

    body: np.ndarray
    """(K,) index of the body each point moves with, ascending."""
    offset: np.ndarray
    """(K, 3) metres, in the frame of its body."""
    radius: np.ndarray
    """(K,) metres: the ball around the point; 0 for the corner of a box."""
    first: np.ndarray
    """(24,) index of the first point of each body."""

    def heights(self, positions: np.ndarray, rotations: np.ndarray) -> np.ndarray:
        """Bodies (T, 24, 3), (T, 24, 3, 3) -> (T, K) metres: height of each point's ball."""
        turned = np.einsum("tki,ki->tk", rotations[:, self.body, 2], self.offset)
        return positions[:, self.body, 2] + turned - self.radius


@lru_cache(maxsize=1)
def support_points() -> SupportPoints:
    """The colliding shapes of the humanoid: 8 corners of each box, 2 ends of each capsule."""
    body: list[int] = []
    offset: list[np.ndarray] = []
    radius: list[float] = []
    first: list[int] = []
    for index, figure in enumerate(load_figures()["bodies"]):
        first.append(len(body))
        for geom in figure["geoms"]:
            if not geom.get("collides", True):
                continue
            if geom["type"] == "box":
                signs = np.array(list(product((-1.0, 1.0), repeat=3)))
                points, size = np.array(geom["pos"]) + signs * geom["size"], 0.0
            elif geom["type"] == "capsule":
                points, size = np.array(geom["fromto"]).reshape(2, 3), geom["size"][0]
            else:
                raise ValueError(f"no support points are known for a {geom['type']}")
            body += [index] * len(points)
            offset += list(points)
            radius += [size] * len(points)
    table = SupportPoints(np.array(body), np.array(offset), np.array(radius), np.array(first))
    for array in (table.body, table.offset, table.radius, table.first):
        array.setflags(write=False)
    return table


def lowest_points(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 24) metres: height of the lowest point of each body's shapes."""
    points = support_points()
    heights = points.heights(*forward_kinematics(qpos))
    return np.minimum.reduceat(heights, points.first, axis=1)


ENDS = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe", "L_Hand", "R_Hand", "L_Wrist", "R_Wrist")
"""Bodies at the ends of limbs, which touch the floor in ways of their own."""
