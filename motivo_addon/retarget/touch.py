"""Which part of the body's feet touches the floor, and how high it is then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...runtime.motion.motion import CONTACT_BODIES
from ...runtime.motion.stance import sole
from ..rig.rest import REST_TURN
from .character import Character
from .performer import Performance

_LEVEL = 0.015
"""Metres by which heel and ball may differ in height while both are on the floor."""
_SHORT = 3
"""Frames under which a contact, or a gap in one, is a stumble of the simulation."""


@dataclass(frozen=True)
class FootRest:
    """A character's foot at rest, in its own axes: (3,) metres from the ankle."""

    heel: np.ndarray
    ball: np.ndarray
    toe: np.ndarray
    """The joint of the toe; the ball where there is none."""
    tip: np.ndarray
    """From the toe's joint in the toe's axes; where there is none, as the others."""

    @classmethod
    def of(cls, character: Character, side: str) -> FootRest:
        rest, sole = character.rest, character.soles[side]
        bone, toe = character.bones[f"{side}_foot"], character.bones.get(f"{side}_toe")

        def within(owner: int, point: np.ndarray) -> np.ndarray:
            return rest.axes[owner].T @ (point - rest.heads[owner])

        return cls(
            heel=within(bone, sole.heel),
            ball=within(bone, sole.ball),
            toe=within(bone, sole.ball if toe is None else rest.heads[toe]),
            tip=within(bone if toe is None else toe, sole.tip),
        )


@dataclass(frozen=True)
class Touch:
    """Heel and ball of one foot."""

    down: dict[str, np.ndarray]
    """(T,) bool"""
    height: dict[str, np.ndarray]
    """(T,) metres over the floor, at the body's size"""


def soles_on_floor(source: Performance, side: str) -> Touch:
    """From the contacts of ankle and toe, which say that the foot touches but not with what."""
    prefix = side[0].upper()
    flags = source.contacts[
        :, [CONTACT_BODIES.index(f"{prefix}_Ankle"), CONTACT_BODIES.index(f"{prefix}_Toe")]
    ]
    stands = steady(flags.any(axis=1))
    own = sole(side)
    turn = source.delta(f"{side}_ankle")
    height = {
        name: (source.joint(f"{side}_ankle") + turn @ (REST_TURN @ offset))[:, 2]
        for name, offset in (("heel", own.heel), ("ball", own.ball))
    }
    lowest = np.minimum(height["heel"], height["ball"])
    down = {name: steady(stands & (track - lowest < _LEVEL)) for name, track in height.items()}
    return Touch(down, height)


def steady(flags: np.ndarray) -> np.ndarray:
    """(T,) bool without contacts and gaps of less than three frames, the clip's ends excepted."""
    flags = flags.copy()
    for value in (False, True):
        edges = np.flatnonzero(np.diff(np.r_[not value, flags, not value].astype(int)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            if stop - start < _SHORT and start > 0 and stop < len(flags):
                flags[start:stop] = not value
    return flags
