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

from ...runtime.motion.motion import CONTACT_BODIES
from .character import Character
from .limbs import reach
from .performer import Performance
from .roles import SIDES
from .rotations import about_axis, shortest_turn, unit
from .skeleton import Pose, pose_rig
from .smoothing import FIRM, Stillness, Wish, correction, runs
from .support import Bulk, body_clearance
from .touch import soles_on_floor, steady

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
    """One foot over the clip, in the world."""

    ankle: np.ndarray
    """(T, 3) where the directions of the leg put it."""
    turn: np.ndarray
    """(T, 3, 3) of the foot's bone, corrected."""
    toe_turn: np.ndarray | None
    arms: dict[str, np.ndarray]
    """(T, 3): from the ankle to the heel, to the ball and to the tip of the toes."""
    down: dict[str, np.ndarray]
    """(T,) bool: whether heel and ball are on the floor."""
    height: dict[str, np.ndarray]
    """(T,) metres at which heel and ball are then."""

    @property
    def stands(self) -> np.ndarray:
        return self.down["heel"] | self.down["ball"]


def hold_contacts(
    source: Performance,
    character: Character,
    scale: float,
    bulk: Bulk,
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
) -> None:
    """Corrects ``turns`` and the place of the hips in place; both as ``pose_rig`` takes them."""
    ease = max(2.0, _EASE * source.fps)
    hips = character.bones["hips"]
    pose = pose_rig(character.rest, turns, placed)
    feet = {side: _read_foot(source, character, scale, side, pose, turns, ease) for side in SIDES}
    goals = {side: _foot_correction(foot, ease) for side, foot in feet.items()}
    shift = _hips_correction(source, character, scale, bulk, pose, feet, goals, ease)
    # Again from where the hips now are: a leg in the air goes along with them.
    placed[hips] = placed[hips] + shift
    pose = pose_rig(character.rest, turns, placed)
    for foot in feet.values():
        foot.ankle = foot.ankle + shift
    goals = {side: _foot_correction(foot, ease) for side, foot in feet.items()}
    sink = _too_far(character, pose, feet, goals, ease)
    placed[hips] = placed[hips] - sink[:, None] * _UP
    pose = pose_rig(character.rest, turns, placed)
    for side, foot in feet.items():
        goal = foot.ankle + goals[side]
        _bend(character, pose, turns, (f"{side}_thigh", f"{side}_shin", f"{side}_foot"), goal)
        turns[character.bones[f"{side}_foot"]] = foot.turn
        if foot.toe_turn is not None:
            turns[character.bones[f"{side}_toe"]] = foot.toe_turn
    for side in SIDES:
        _hold_hand(source, character, scale, side, turns, placed, ease)


def _read_foot(
    source: Performance,
    character: Character,
    scale: float,
    side: str,
    pose: Pose,
    turns: Mapping[int, np.ndarray],
    ease: float,
) -> _Foot:
    touch = soles_on_floor(source, side)
    bone = character.bones[f"{side}_foot"]
    rest, sole, up = character.rest, character.soles[side], character.anatomy.up
    flat = touch.down["heel"] & touch.down["ball"]
    turn = _flattened(rest.axes[bone], up, turns[bone], flat, ease)
    height = {name: scale * np.maximum(track, 0.0) for name, track in touch.height.items()}
    ankle = pose.positions[:, bone]
    ball = rest.axes[bone].T @ (sole.ball - rest.heads[bone])
    rolling = touch.down["ball"] & ~touch.down["heel"]
    turn = _pitched(turn, ball, height["ball"] - ankle[:, 2], rolling, ease)
    arms = {
        name: turn @ (rest.axes[bone].T @ (point - rest.heads[bone]))
        for name, point in (("heel", sole.heel), ("ball", sole.ball), ("tip", sole.tip))
    }
    toe, toe_turn = character.bones.get(f"{side}_toe"), None
    if toe is not None:
        toe_turn = _flattened(rest.axes[toe], up, turns[toe], touch.down["ball"], ease)
        joint = turn @ (rest.axes[bone].T @ (rest.heads[toe] - rest.heads[bone]))
        arms["tip"] = joint + toe_turn @ (rest.axes[toe].T @ (sole.tip - rest.heads[toe]))
    return _Foot(ankle, turn, toe_turn, arms, touch.down, height)


def _pitched(
    turn: np.ndarray, ball: np.ndarray, drop: np.ndarray, rolling: np.ndarray, ease: float
) -> np.ndarray:
    """(T, 3, 3) with the ball on the floor while the heel is up, the ankle staying as high as it is.

    A foot longer or shorter than the body's would else lift the knee with it.

    Args:
        ball: (3,) from the ankle, in the foot's axes.
        drop: (T,) metres from the ankle to where the ball should be, negative.
    """
    if not rolling.any():
        return turn
    arm = turn @ ball
    aside = unit(np.cross(_UP, arm))
    level = np.linalg.norm(arm[:, :2], axis=1)
    length = np.linalg.norm(arm, axis=1)
    now = np.arctan2(arm[:, 2], level)
    asked = np.arcsin(np.clip(drop / length, -0.98, 0.98))
    # Turning about the left-hand axis by a positive angle lowers what lies ahead.
    angle = correction(len(turn), 1, [Wish((now - asked)[:, None], FIRM * rolling)], ease=ease)
    return about_axis(aside, angle[:, 0]) @ turn


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


def _foot_correction(foot: _Foot, ease: float) -> np.ndarray:
    """(T, 3): how the ankle must move so that what touches stands still on the floor."""
    frames = len(foot.ankle)
    still, wishes = [], []
    # A heel that strikes before the ball comes down may hover for that moment: the leg is
    # straight then, and to reach lower the knee would snap.
    held = foot.down["ball"]
    for name, down in foot.down.items():
        track = foot.ankle + foot.arms[name]
        still.append(Stillness(track[:, :2], FIRM * (down[1:] & down[:-1])))
        wishes.append(Wish((foot.height[name] - track[:, 2])[:, None], FIRM * (down & held)))
    flat = correction(frames, 2, still=still, ease=ease)
    lift = correction(frames, 1, wishes=wishes, ease=ease)
    # What swings low must not go into the floor either; a few rounds find all such frames.
    lowest = np.min([(foot.ankle + arm)[:, 2] for arm in foot.arms.values()], axis=0)
    for _ in range(4):
        deep = np.where(held, 0.0, -(lowest + lift[:, 0]))
        if deep.max() < 1e-3:
            break
        wishes.append(Wish(lift + np.maximum(deep, 0.0)[:, None], 0.05 * FIRM * (deep > 0)))
        lift = correction(frames, 1, wishes=wishes, ease=ease)
    return np.concatenate([flat, lift], axis=1)


def _hips_correction(
    source: Performance,
    character: Character,
    scale: float,
    bulk: Bulk,
    pose: Pose,
    feet: Mapping[str, _Foot],
    goals: Mapping[str, np.ndarray],
    ease: float,
) -> np.ndarray:
    """(T, 3): the hips go along with the standing feet, and the trunk lies on the floor.

    Sideways the mean of what the feet ask for; in height what keeps each
    standing leg as long as its directions make it, because a leg that is nearly
    straight bends a lot for very little length.
    """
    wishes = [Wish(goals[side][:, :2], _FOLLOW * foot.stands) for side, foot in feet.items()]
    sideways = correction(source.frames, 2, wishes, ease=1.5 * ease)
    upward = []
    for side, foot in feet.items():
        hip = pose.positions[:, character.bones[f"{side}_thigh"]]
        length = np.linalg.norm(foot.ankle - hip, axis=1)
        goal = foot.ankle + goals[side]
        beside = np.linalg.norm(goal[:, :2] - hip[:, :2] - sideways, axis=1)
        above = np.sign(hip[:, 2] - foot.ankle[:, 2]) * np.sqrt(
            np.maximum(length**2 - beside**2, 0.0)
        )
        # A leg that lies says nothing about the height of the hips.
        stands = foot.stands & (above > 0.5 * length)
        weight = np.where(stands, 3.0 * _FOLLOW, 0.02 * _FOLLOW)
        upward.append(Wish((goal[:, 2] + above - hip[:, 2])[:, None], weight))
    asked = body_clearance(source.positions, source.deltas)
    lies = asked < _TOUCHING
    gap = scale * np.maximum(asked, 0.0) - bulk.clearance(pose)
    upward.append(Wish(gap[:, None], 10.0 * _FOLLOW * lies))
    # What all steps ask for alike is no matter of time.
    base = _weighted_mean(upward)
    upward = [Wish(wish.value - base, wish.weight) for wish in upward]
    height = base + correction(source.frames, 1, upward, ease=ease)
    return np.concatenate([sideways, height], axis=1)


def _weighted_mean(wishes: list[Wish]) -> float:
    total = sum(float(wish.weight.sum()) for wish in wishes)
    asked = sum(float(wish.weight @ wish.value[:, 0]) for wish in wishes)
    return asked / total if total > 0 else 0.0


def _too_far(
    character: Character,
    pose: Pose,
    feet: Mapping[str, _Foot],
    goals: Mapping[str, np.ndarray],
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
        way = foot.ankle + goals[side] - joint
        now = np.linalg.norm(pose.positions[:, end] - pose.positions[:, thigh], axis=1)
        limit = np.maximum(0.9995 * length, now)
        flat = np.minimum(np.linalg.norm(way[:, :2], axis=1), 0.999 * limit)
        allowed = np.sqrt(limit**2 - flat**2)
        sink = np.maximum(sink, np.where(foot.stands, np.maximum(-way[:, 2] - allowed, 0.0), 0.0))
    if not sink.any():
        return sink
    wide = maximum_filter1d(sink, 2 * round(ease / 2) + 1, mode="nearest")
    return gaussian_filter1d(wide, ease / 3, mode="nearest")


def _bend(
    character: Character,
    pose: Pose,
    turns: dict[int, np.ndarray],
    roles: tuple[str, str, str],
    goal: np.ndarray,
) -> None:
    """Turns an upper and a lower bone until the end of the limb is at the goal (T, 3)."""
    upper, lower, end = (character.bones[role] for role in roles)
    frame = character.anatomy.frames[roles[0]]
    # About the person's left-right axis knees bend; elbows about the vertical of a T-pose.
    axis = frame[:, 0] if roles[0].endswith("thigh") else frame[:, 2]
    sign = 1.0 if roles[0] in ("left_thigh", "right_thigh", "right_upper_arm") else -1.0
    hinge = sign * (turns[upper] @ (character.rest.axes[upper].T @ axis))
    first, second = reach(
        pose.positions[:, upper], pose.positions[:, lower], pose.positions[:, end], goal, hinge
    )
    turns[upper] = first @ turns[upper]
    turns[lower] = second @ turns[lower]


def _hold_hand(
    source: Performance,
    character: Character,
    scale: float,
    side: str,
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
    ease: float,
) -> None:
    """A hand on the floor stays where it is, as high as the body's own."""
    down = steady(source.contacts[:, CONTACT_BODIES.index(f"{side[0].upper()}_Hand")])
    roles = (f"{side}_upper_arm", f"{side}_forearm", f"{side}_hand")
    if not down.any() or any(role not in character.bones for role in roles):
        return
    pose = pose_rig(character.rest, turns, placed)
    bone = character.bones[roles[2]]
    rest = character.rest
    end = character.anatomy.points.get(f"{side}_hand_end", rest.heads[bone])
    knuckles = pose.positions[:, bone] + turns[bone] @ (
        rest.axes[bone].T @ (end - rest.heads[bone])
    )
    joint = source.joint(
        f"{side}_hand" if f"{side}_hand_end" in character.anatomy.points else f"{side}_wrist"
    )
    steps = FIRM * (down[1:] & down[:-1])
    flat = correction(source.frames, 2, still=[Stillness(knuckles[:, :2], steps)], ease=ease)
    height = Wish((scale * joint[:, 2] - knuckles[:, 2])[:, None], FIRM * down)
    lift = correction(source.frames, 1, [height], ease=ease)
    goal = pose.positions[:, bone] + np.concatenate([flat, lift], axis=1)
    _bend(character, pose, turns, roles, goal)
