"""Feet, toes and hands that touch the floor stand still there, and nothing sinks into it.

The simulator says what touches and when. Where the character's proportions
differ from the body's, limbs that point the same way end elsewhere; here the
hips and the goals of the limbs are moved by smooth corrections until what
touches stands still on the floor, and the limbs reach for the goals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .character import Character
from .hands import hold_hand
from .limbs import bend_limb
from .performer import Performance
from .pitch import pitched
from .roles import SIDES
from .rotations import shortest_turn
from .skeleton import Pose, pose_rig
from .smoothing import AVOID, FIRM, Stillness, Wish, correction, runs
from .support import Bulk, body_clearance
from .touch import FootRest, Touch, soles_on_floor

_EASE = 0.17
"""Seconds over which a correction comes and goes."""
_PIVOT = np.radians(12.0)
"""A standing foot that turns more than this in the source is turning on purpose."""
_FOLLOW = 30.0
"""Weight with which the hips follow standing feet."""
_UP = np.array([0.0, 0.0, 1.0])
_TOUCHING = 0.03
"""Metres over the floor, at the body's size, below which trunk and limbs lie on it."""


@dataclass
class _Foot:
    """One foot over the clip, in the world, flat where it stands."""

    rest: FootRest
    ankle: np.ndarray
    """(T, 3) where the directions of the leg put it."""
    turn: np.ndarray
    """(T, 3, 3) of the foot's bone."""
    toe_turn: np.ndarray | None
    touch: Touch
    """Heel and ball; heights at the character's size."""

    @property
    def stands(self) -> np.ndarray:
        return self.touch.down["heel"] | self.touch.down["ball"]


@dataclass(frozen=True)
class _Planted:
    """A foot that stands still where it touches."""

    shift: np.ndarray
    """(T, 3) metres by which the ankle has to move for it."""
    turn: np.ndarray
    toe_turn: np.ndarray | None


def hold_contacts(
    source: Performance,
    character: Character,
    scale: float,
    bulk: Bulk,
    skin: Mapping[str, np.ndarray],
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
) -> None:
    """Corrects ``turns`` and the place of the hips in place; both as ``pose_rig`` takes them."""
    ease = max(2.0, _EASE * source.fps)
    hips = character.bones["hips"]
    pose = pose_rig(character.rest, turns, placed)
    feet = {side: _read_foot(source, character, scale, side, pose, turns, ease) for side in SIDES}
    planted = {side: _plant(foot, ease) for side, foot in feet.items()}
    over = body_clearance(source.positions, source.deltas)
    shift = _hips_correction(over, character, scale, bulk, pose, feet, planted, ease)
    # Again from where the hips now are: a leg in the air goes along with them.
    placed[hips] = placed[hips] + shift
    pose = pose_rig(character.rest, turns, placed)
    for foot in feet.values():
        foot.ankle = foot.ankle + shift
    planted = {side: _plant(foot, ease) for side, foot in feet.items()}
    sink = _too_far(character, pose, feet, planted, over < _TOUCHING, ease)
    placed[hips] = placed[hips] - sink[:, None] * _UP
    pose = pose_rig(character.rest, turns, placed)
    for side, foot in feet.items():
        goal = foot.ankle + planted[side].shift
        bend_limb(character, pose, turns, (f"{side}_thigh", f"{side}_shin", f"{side}_foot"), goal)
        turns[character.bones[f"{side}_foot"]] = planted[side].turn
        toe_turn = planted[side].toe_turn
        if toe_turn is not None:
            turns[character.bones[f"{side}_toe"]] = toe_turn
    for side in SIDES:
        hold_hand(source, character, scale, side, skin, turns, placed, ease)


def _read_foot(
    source: Performance,
    character: Character,
    scale: float,
    side: str,
    pose: Pose,
    turns: Mapping[int, np.ndarray],
    ease: float,
) -> _Foot:
    touch = soles_on_floor(source, side).scaled(scale)
    axes, up = character.rest.axes, character.anatomy.up
    bone, toe = character.bones[f"{side}_foot"], character.bones.get(f"{side}_toe")
    flat = touch.down["heel"] & touch.down["ball"]
    turn = _flattened(axes[bone], up, turns[bone], flat, ease)
    toe_turn = None
    if toe is not None:
        toe_turn = _flattened(axes[toe], up, turns[toe], touch.down["ball"], ease)
    rest = FootRest.of(character, side)
    return _Foot(rest, pose.positions[:, bone], turn, toe_turn, touch)


def _plant(foot: _Foot, ease: float) -> _Planted:
    """Puts the foot down: first in height, then rolling over the ball, then still on its place."""
    frames, rest = len(foot.ankle), foot.rest
    down, height = foot.touch.down, foot.touch.height
    flat, rolling = down["heel"] & down["ball"], down["ball"] & ~down["heel"]
    on_floor = np.where(flat, np.minimum(height["heel"], height["ball"]), height["ball"])
    level = foot.ankle[:, 2] + (foot.turn @ rest.ball)[:, 2]
    wishes = [Wish((on_floor - level)[:, None], FIRM * flat)]
    lift = correction(frames, 1, wishes, ease=ease)
    floor = np.where(rolling, on_floor, 0.0) - foot.ankle[:, 2] - lift[:, 0]
    turn = pitched(foot.turn, rest.ball, rest.aside, floor, rolling, down["heel"], ease)
    arms = {"heel": turn @ rest.heel, "ball": turn @ rest.ball}
    toe_turn = foot.toe_turn
    if toe_turn is None:
        arms["tip"] = turn @ rest.tip
    else:
        joint = turn @ rest.toe
        floor = -(foot.ankle + joint)[:, 2] - lift[:, 0]
        never = np.zeros(frames, dtype=bool)
        toe_turn = pitched(toe_turn, rest.tip, rest.toe_aside, floor, never, down["ball"], ease)
        arms["tip"] = joint + toe_turn @ rest.tip
    still = []
    for name, on in down.items():
        track = (foot.ankle + arms[name])[:, :2] - foot.touch.drift[name]
        still.append(Stillness(track, FIRM * (on[1:] & on[:-1])))
    # A heel that strikes before the ball comes down may hover for that moment: the leg is
    # straight then, and to reach lower the knee would snap.
    level = foot.ankle[:, 2] + arms["ball"][:, 2]
    wishes = [Wish((on_floor - level)[:, None], FIRM * down["ball"])]
    lowest = np.min([(foot.ankle + arm)[:, 2] for arm in arms.values()], axis=0)
    for _ in range(4):
        lift = correction(frames, 1, wishes, ease=ease)
        # What swings low must not go into the floor; a few rounds find all such frames.
        deep = np.where(down["ball"], 0.0, -(lowest + lift[:, 0]))
        if deep.max() < 1e-3:
            break
        wishes.append(Wish(lift + np.maximum(deep, 0.0)[:, None], 10.0 * AVOID * (deep > 0)))
    shift = np.concatenate([correction(frames, 2, still=still, ease=ease), lift], axis=1)
    return _Planted(shift, turn, toe_turn)


def _flattened(
    rest: np.ndarray, up: np.ndarray, turn: np.ndarray, flat: np.ndarray, ease: float
) -> np.ndarray:
    """(T, 3, 3) with the sole flat where it should be and, unless it pivots, not turning there."""
    from scipy.spatial.transform import Rotation

    if not flat.any():
        return turn
    sole = turn @ (rest.T @ up)
    level = shortest_turn(sole, _UP) @ turn
    asked = level.copy()
    for run in runs(flat):
        middle = Rotation.from_matrix(level[run]).mean()
        away = (Rotation.from_matrix(level[run]) * middle.inv()).magnitude().max()
        if away < _PIVOT:
            asked[run] = middle.as_matrix()
    offset = Rotation.from_matrix(asked @ np.swapaxes(turn, 1, 2)).as_rotvec()
    # Only a tilt that is a resting foot's: a heel on the floor with the leg in the air is none.
    sensible = flat & (np.linalg.norm(offset, axis=1) < np.radians(40.0))
    smooth = correction(len(turn), 3, [Wish(offset, FIRM * sensible)], ease=ease)
    return Rotation.from_rotvec(smooth).as_matrix() @ turn


def _hips_correction(
    over: np.ndarray,
    character: Character,
    scale: float,
    bulk: Bulk,
    pose: Pose,
    feet: Mapping[str, _Foot],
    planted: Mapping[str, _Planted],
    ease: float,
) -> np.ndarray:
    """(T, 3): the hips go along with the standing feet, and the trunk lies on the floor.

    Sideways the mean of what the feet ask for; in height what keeps each
    standing leg as long as its directions make it, because a leg that is nearly
    straight bends a lot for very little length.
    """
    wishes = [
        Wish(planted[side].shift[:, :2], _FOLLOW * foot.stands) for side, foot in feet.items()
    ]
    sideways = correction(len(over), 2, wishes, ease=1.5 * ease)
    upward = []
    for side, foot in feet.items():
        hip = pose.positions[:, character.bones[f"{side}_thigh"]]
        length = np.linalg.norm(foot.ankle - hip, axis=1)
        goal = foot.ankle + planted[side].shift
        beside = np.linalg.norm(goal[:, :2] - hip[:, :2] - sideways, axis=1)
        above = np.sign(hip[:, 2] - foot.ankle[:, 2]) * np.sqrt(
            np.maximum(length**2 - beside**2, 0.0)
        )
        # A leg that lies says nothing about the height of the hips.
        stands = foot.stands & (above > 0.5 * length)
        weight = np.where(stands, 3.0 * _FOLLOW, 0.02 * _FOLLOW)
        upward.append(Wish((goal[:, 2] + above - hip[:, 2])[:, None], weight))
    gap = scale * np.maximum(over, 0.0) - bulk.clearance(pose)
    upward.append(Wish(gap[:, None], 10.0 * _FOLLOW * (over < _TOUCHING)))
    # What all steps ask for alike is no matter of time.
    base = _weighted_mean(upward)
    upward = [Wish(wish.value - base, wish.weight) for wish in upward]
    height = base + correction(len(over), 1, upward, ease=0.7 * ease)
    return np.concatenate([sideways, height], axis=1)


def _weighted_mean(wishes: list[Wish]) -> float:
    total = sum(float(wish.weight.sum()) for wish in wishes)
    asked = sum(float(wish.weight @ wish.value[:, 0]) for wish in wishes)
    return asked / total if total > 0 else 0.0


def _too_far(
    character: Character,
    pose: Pose,
    feet: Mapping[str, _Foot],
    planted: Mapping[str, _Planted],
    lies: np.ndarray,
    ease: float,
) -> np.ndarray:
    """(T,) metres by which the hips must sink for standing feet to be within reach."""
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    rest, bones = character.rest, character.bones
    sink = np.zeros(len(pose.positions))
    for side, foot in feet.items():
        thigh, shin, end = (bones[f"{side}_{part}"] for part in ("thigh", "shin", "foot"))
        length = np.linalg.norm(rest.heads[shin] - rest.heads[thigh])
        length += np.linalg.norm(rest.heads[end] - rest.heads[shin])
        joint = pose.positions[:, thigh]
        way = foot.ankle + planted[side].shift - joint
        now = np.linalg.norm(pose.positions[:, end] - pose.positions[:, thigh], axis=1)
        # Half of what is left until the knee is straight: going all the way snaps it.
        limit = now + 0.5 * np.maximum(0.9995 * length - now, 0.0)
        flat = np.minimum(np.linalg.norm(way[:, :2], axis=1), 0.999 * limit)
        allowed = np.sqrt(limit**2 - flat**2)
        upright = foot.stands & ~lies & (-way[:, 2] > 0.5 * length)
        sink = np.maximum(sink, np.where(upright, np.maximum(-way[:, 2] - allowed, 0.0), 0.0))
    if not sink.any():
        return sink
    wide = maximum_filter1d(sink, 2 * round(ease / 2) + 1, mode="nearest")
    return gaussian_filter1d(wide, ease / 3, mode="nearest")
