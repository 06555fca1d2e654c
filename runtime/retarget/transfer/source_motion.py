"""The motion to be put on, as joints and turns in the world, with what it touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...body import BODY_NAMES, SMPL_NAMES
from ...body.kinematics import forward_kinematics
from ...body.rest_pose import REST_TURN
from ...body.support_points import ENDS, support_points
from ...motion import Motion


@dataclass(frozen=True)
class SourceMotion:
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
    def of(cls, motion: Motion) -> SourceMotion:
        """A motion in its own space; contacts it lacks are read from its shapes over the floor."""
        from ...motion.contacts import reference_contacts

        motion = motion.of_scale(1.0)  # what follows knows the reference body's lengths
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


def body_clearance(source: SourceMotion) -> np.ndarray:
    """(T,) metres from the floor to the lowest point of the body, the ends of limbs left out."""
    table = support_points()
    others = ~np.isin(table.body, [BODY_NAMES.index(name) for name in ENDS])
    return _heights(source)[:, others].min(axis=1)


def body_lowest(source: SourceMotion) -> np.ndarray:
    """(T,) metres from the floor to the lowest point of the whole body."""
    return _heights(source).min(axis=1)


def hand_heights(source: SourceMotion, side: str) -> np.ndarray:
    """(T,) metres from the floor to the lowest point of a hand of the body."""
    mine = [BODY_NAMES.index(f"{side[0].upper()}_{part}") for part in ("Wrist", "Hand")]
    return _heights(source)[:, np.isin(support_points().body, mine)].min(axis=1)


def _heights(source: SourceMotion) -> np.ndarray:
    return support_points().heights(source.positions, source.deltas @ REST_TURN)
