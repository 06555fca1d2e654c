"""How a motion is put on a character: what is asked for, and where its floor lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

RootMotion = Literal["hips", "bone", "object", "in_place"]


@dataclass(frozen=True)
class RetargetSettings:
    """How a performance is put on a character."""

    root_motion: RootMotion = "hips"
    """What carries the character over the ground: its hips, its root bone, the object as a
    whole, or nothing (it performs on the spot)."""
    place: Literal["source", "character", "world"] = "source"
    """Where it performs: where the body does, from where the character stands and faces, or the
    motion as it is in the world."""
    lock_feet: bool = True
    """Feet and hands that touch something stand still there, and nothing sinks into the floor."""
    limbs: Literal["fk", "ik"] = "fk"
    """Which controls of a control rig arms and legs follow. Where it has both, both are keyed."""
    mute_constraints: bool = False
    """Mute constraints on the bones that are keyed, instead of refusing."""


@dataclass(frozen=True)
class GroundFrame:
    """Where the floor of the performance lies in the world."""

    turn: np.ndarray
    """(3, 3)"""
    origin: np.ndarray
    """(3,) metres"""
