"""Which part of the body's feet touches the floor, and how high it is then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...body.rest_pose import REST_TURN
from ...motion.contact_detection import ON_CHARACTER, without_short
from ...motion.fitting.stance import sole
from ...motion.motion import CONTACT_BODIES
from ...skeletons.segment_frames import body_segments
from ..rig.character import Character
from ..transfer.source_motion import SourceMotion

_LEVEL = 0.015
"""Metres by which heel and ball may differ in height while both are on the floor."""
_STANDING, _DRAGGED = 0.15, 0.3
"""Metres per second, at the body's size: up to the first what touches stands still, from the
second on it is dragged as it is in the source."""
_LEAVING = 0.06
"""Metres over the floor, at the body's size, below which what leaves it does not jump aside."""


@dataclass(frozen=True)
class FootRest:
    """A character's foot at rest, in its own axes: (3,) metres from the ankle."""

    heel: np.ndarray
    ball: np.ndarray
    toe: np.ndarray
    """The joint of the toe; the ball where there is none."""
    tip: np.ndarray
    """From the toe's joint in the toe's axes; where there is none, as the others."""
    aside: np.ndarray
    """To the person's left."""
    toe_aside: np.ndarray
    """The same in the toe's axes."""

    @classmethod
    def of(cls, character: Character, side: str) -> FootRest:
        rest, sole = character.rest, character.soles[side]
        bone, toe = character.bones[f"{side}_foot"], character.bones.get(f"{side}_toe")

        left = character.segments.frames[f"{side}_foot"][:, 0]

        def within(owner: int, point: np.ndarray) -> np.ndarray:
            return rest.axes[owner].T @ (point - rest.heads[owner])

        return cls(
            heel=within(bone, sole.heel),
            ball=within(bone, sole.ball),
            toe=within(bone, sole.ball if toe is None else rest.heads[toe]),
            tip=within(bone if toe is None else toe, sole.tip),
            aside=rest.axes[bone].T @ left,
            toe_aside=rest.axes[bone if toe is None else toe].T @ left,
        )


@dataclass(frozen=True)
class FootContact:
    """Heel and ball of one foot."""

    down: dict[str, np.ndarray]
    """(T,) bool"""
    still: dict[str, np.ndarray]
    """(T,) how much it belongs to the floor: 1 while down, less and less until it is off."""
    height: dict[str, np.ndarray]
    """(T,) metres over the floor"""
    drift: dict[str, np.ndarray]
    """(T, 2) metres: how far it has been dragged over the floor; the same while it stands."""

    def scaled(self, scale: float) -> FootContact:
        """The same at another size, never below the floor."""
        return FootContact(
            self.down,
            self.still,
            {name: scale * np.maximum(track, 0.0) for name, track in self.height.items()},
            {name: scale * track for name, track in self.drift.items()},
        )


def detect_foot_contact(source: SourceMotion, side: str) -> FootContact:
    """From the contacts of ankle and toe, which say that the foot touches but not with what."""
    prefix = side[0].upper()
    flags = source.contacts[
        :, [CONTACT_BODIES.index(f"{prefix}_Ankle"), CONTACT_BODIES.index(f"{prefix}_Toe")]
    ]
    own = sole(side)
    turn = source.delta(f"{side}_ankle")
    points = {
        name: source.joint(f"{side}_ankle") + turn @ (REST_TURN @ offset)
        for name, offset in (("heel", own.heel), ("ball", own.ball))
    }
    height = {name: track[:, 2] for name, track in points.items()}
    lowest = np.minimum(height["heel"], height["ball"])
    # The flags of a running foot come and go while it is on the floor all the time.
    stands = flags.any(axis=1) | (lowest < ON_CHARACTER.near_m)
    down, still, drift = {}, {}, {}
    for name, track in points.items():
        slow, drift[name] = sliding(track[:, :2], source.fps)
        touches = stands & slow & (height[name] - lowest < _LEVEL)
        down[name] = without_short(touches, ON_CHARACTER.shortest)
        near = np.clip(1.0 - height[name] / _LEAVING, 0.0, 1.0)
        still[name] = np.where(down[name], 1.0, slow * near)
    return FootContact(down, still, height, drift)


def sliding(track: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether a point (T, 2) rests where it touches (T,), and how it slides over the floor (T, 2).

    Slow as it is, it stands; a little faster, it is dragged on purpose; fast, it
    only brushes the floor in passing.
    """
    if len(track) < 2:
        return np.ones(len(track), dtype=bool), np.zeros_like(track)
    step = np.diff(track, axis=0)
    speed = np.linalg.norm(step, axis=1) * fps
    share = np.clip((speed - _STANDING) / (_DRAGGED - _STANDING), 0.0, 1.0)
    drift = np.concatenate([np.zeros((1, 2)), np.cumsum(share[:, None] * step, axis=0)])
    slowest = np.minimum(np.r_[speed[:1], speed], np.r_[speed, speed[-1:]])
    return slowest < ON_CHARACTER.slow_m_s, drift


def asked_ankle_height(
    source: SourceMotion, character: Character, scale: float, side: str
) -> np.ndarray:
    """(T,) metres: how high over the floor an ankle is to be, as the source's at this size."""
    over = source.joint(f"{side}_ankle")[:, 2] - body_segments().ankle
    return scale * over + character.segments.ankle_of(side)
