"""The motion to be put on, as joints and turns in the world, with what it touches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...runtime.body import SMPL_NAMES
from ...runtime.body.kinematics import forward_kinematics
from ...runtime.motion import Motion
from ..rig.rest import REST_TURN, rest_pose
from .anatomy import Anatomy, examine
from .roles import ROLE_TO_SMPL, SIDES


@dataclass(frozen=True)
class Performance:
    """The body's motion in the world."""

    fps: float
    positions: np.ndarray
    """(T, 24, 3) metres in the body's own size, z up, over the floor at z = 0."""
    deltas: np.ndarray
    """(T, 24, 3, 3): how each body is turned against the T-pose."""
    contacts: np.ndarray
    """(T, 6) bool in the order of ``CONTACT_BODIES``."""

    @property
    def frames(self) -> int:
        return len(self.positions)

    @classmethod
    def of(cls, motion: Motion) -> Performance:
        """A motion in its own space; contacts it lacks are read from its shapes over the floor."""
        from ...runtime.motion.contacts import reference_contacts

        positions, rotations = forward_kinematics(motion.qpos)
        contacts = motion.contacts
        if contacts is None:
            contacts = reference_contacts(motion)
        return cls(motion.fps, positions, rotations @ REST_TURN.T, contacts)

    def joint(self, name: str) -> np.ndarray:
        """(T, 3) metres: an SMPL joint."""
        return self.positions[:, SMPL_NAMES.index(name)]

    def delta(self, name: str) -> np.ndarray:
        """(T, 3, 3): the turn of an SMPL joint's body against rest."""
        return self.deltas[:, SMPL_NAMES.index(name)]


@lru_cache(maxsize=1)
def body_anatomy() -> Anatomy:
    """The body in its T-pose, as any character is examined."""
    rest = rest_pose()
    at = {name: rest.heads[number] for number, name in enumerate(SMPL_NAMES)}
    points = {role: at[joint] for role, joint in ROLE_TO_SMPL.items()}
    points["neck_1"] = at["neck"]
    for side in SIDES:
        points[f"{side}_hand_end"] = at[f"{side}_hand"]
    return examine(points, np.array([0.0, 0.0, 1.0]), dict.fromkeys(SIDES, 0.0))
