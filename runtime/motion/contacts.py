"""Where a motion touches the floor, read from the body's own shapes without MuJoCo."""

from typing import Protocol

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..body.support_points import support_points
from .motion import CONTACT_BODIES, Motion

NEAR = 0.03
"""Metres over the floor below which a point may be in contact."""
SLOW = 0.4
"""Metres per second below which a point near the floor counts as planted."""


class Surface(Protocol):
    """Ground that is not the flat floor, see ``scene.ground.Ground``."""

    def heights(self, points: np.ndarray, up: float = ...) -> np.ndarray:
        """Points (..., 3) metres -> (...) metres: how high it is below each."""


def reference_contacts(
    motion: Motion, near: float = NEAR, slow: float = SLOW, ground: Surface | None = None
) -> np.ndarray:
    """(T, 6) bool in the order of ``CONTACT_BODIES``: which of them rest on the floor or ``ground``.

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
    height = world[..., 2] - (0.0 if ground is None else ground.heights(world))
    planted = (height < near) & (speed < slow)
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
