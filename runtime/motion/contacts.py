"""Where a motion touches the floor, read from the body's own shapes without MuJoCo."""

from typing import Protocol

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..body.support_points import support_points
from .contact_detection import REFERENCE, ContactSettings, resting, speeds, without_short
from .motion import CONTACT_BODIES, Motion


class Surface(Protocol):
    """Ground that is not the flat floor, see ``scene.ground.Ground``."""

    def heights(self, points: np.ndarray, up: float = ...) -> np.ndarray:
        """Points (..., 3) metres -> (...) metres: how high it is below each."""


def reference_contacts(
    motion: Motion, settings: ContactSettings = REFERENCE, ground: Surface | None = None
) -> np.ndarray:
    """(T, 6) bool in the order of ``CONTACT_BODIES``: which of them rest on the floor or ``ground``.

    A body is in contact where one of its corners is both low and slow; a heel that
    rolls over its edge so keeps its contact although the ankle moves on.
    """
    points = support_points()
    chosen = [np.flatnonzero(points.body == BODY_NAMES.index(name)) for name in CONTACT_BODIES]
    used = np.concatenate(chosen)
    positions, rotations = forward_kinematics(motion.qpos)
    bodies = points.body[used]
    world = positions[:, bodies] + np.einsum(
        "tkij,kj->tki", rotations[:, bodies], points.offset[used]
    )
    height = world[..., 2] - (0.0 if ground is None else ground.heights(world))
    planted = resting(height, speeds(world, motion.fps), settings)
    ends = np.cumsum([0] + [len(part) for part in chosen])[:-1]
    touching = np.logical_or.reduceat(planted, ends, axis=1)
    return without_short(touching, settings.shortest, settings.ends)
