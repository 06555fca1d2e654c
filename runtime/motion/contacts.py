"""Where a motion touches the floor, read from the body's own shapes without MuJoCo.

A box touches the ground with a corner and a capsule with the ball at one of its
ends, so a few points per body, each with a radius, say all there is to know
about heights over a flat floor.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from ..body.figures import BODY_NAMES, load_figures
from ..body.kinematics import forward_kinematics
from .motion import CONTACT_BODIES, Motion

NEAR = 0.03
"""Metres over the floor below which a point may be in contact."""
SLOW = 0.4
"""Metres per second below which a point near the floor counts as planted."""


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


def reference_contacts(motion: Motion, near: float = NEAR, slow: float = SLOW) -> np.ndarray:
    """(T, 6) bool in the order of ``CONTACT_BODIES``: which of them rest on the floor.

    A body is in contact where one of its corners is both lower than ``near``
    metres and moves slower than ``slow`` m/s; a heel that rolls over its edge
    so keeps its contact although the ankle moves on. Contacts and gaps of a
    single frame are dropped.
    """
    points = support_points()
    chosen = [np.flatnonzero(points.body == BODY_NAMES.index(name)) for name in CONTACT_BODIES]
    used = np.concatenate(chosen)
    positions, rotations = forward_kinematics(motion.qpos)
    bodies = points.body[used]
    world = positions[:, bodies] + np.einsum(
        "tkij,kj->tki", rotations[:, bodies], points.offset[used]
    )
    if motion.frames > 1:
        speed = np.linalg.norm(np.gradient(world, axis=0), axis=-1) * motion.fps
    else:
        speed = np.zeros(world.shape[:2])
    planted = (world[..., 2] < near) & (speed < slow)
    ends = np.cumsum([0] + [len(part) for part in chosen])[:-1]
    touching = np.logical_or.reduceat(planted, ends, axis=1)
    return _without_blinks(_without_blinks(touching, False), True)


def _without_blinks(flags: np.ndarray, blink: bool) -> np.ndarray:
    """Turns single frames of value ``blink`` between two others into their neighbours' value."""
    result = flags.copy()
    if len(flags) > 2:
        lone = (flags[1:-1] == blink) & (flags[:-2] != blink) & (flags[2:] != blink)
        result[1:-1][lone] = not blink
    return result
