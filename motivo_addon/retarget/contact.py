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
from .rotations import shortest_turn
from .skeleton import Pose, pose_rig
from .smoothing import FIRM, Stillness, Wish, correction, runs
from .support import Bulk, body_clearance

_EASE = 0.17
"""Seconds over which a correction comes and goes."""
_PIVOT = np.radians(12.0)
"""A standing foot that turns more than this in the source is turning on purpose."""
_UP = np.array([0.0, 0.0, 1.0])
_TOUCHING = 0.03
"""Metres over the floor, at the body's size, below which trunk and limbs lie on it."""


@dataclass
class _Foot:
    """One foot over the clip, in the world."""

    side: str
    ankle: np.ndarray
    turn: np.ndarray
    """(T, 3, 3) of the foot's bone, corrected."""
    toe_turn: np.ndarray | None
    heel_down: np.ndarray
    toe_down: np.ndarray
    offsets: dict[str, np.ndarray]
    """Heel and ball in the foot's axes, from the ankle."""
    tip: np.ndarray
    """(T, 3): the tip of the toes from the ankle."""

    def point(self, name: str) -> np.ndarray:
        """(T, 3): heel or ball, uncorrected."""
        return self.ankle + self.turn @ self.offsets[name]


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
    feet = {}
    pose = pose_rig(character.rest, turns, placed)
    for side in SIDES:
        feet[side] = _read_foot(source, character, side, pose, turns, ease)
    goals = {side: _foot_correction(foot, ease) for side, foot in feet.items()}
    hips = _hips_correction(source, scale, bulk, pose, feet, goals, ease)
    hips[:, 2] -= _too_far(character, pose, feet, goals, hips, ease)
    bone = character.bones["hips"]
    placed[bone] = placed[bone] + hips
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
    side: str,
    pose: Pose,
    turns: Mapping[int, np.ndarray],
    ease: float,
) -> _Foot:
    prefix = side[0].upper()
    heel_down = source.contacts[:, CONTACT_BODIES.index(f"{prefix}_Ankle")]
    toe_down = source.contacts[:, CONTACT_BODIES.index(f"{prefix}_Toe")]
    bone = character.bones[f"{side}_foot"]
    rest, sole = character.rest, character.soles[side]
    turn = _flattened(
        rest.axes[bone], character.anatomy.up, turns[bone], heel_down & toe_down, ease
    )
    offsets = {
        name: rest.axes[bone].T @ (point - rest.heads[bone])
        for name, point in (("heel", sole.heel), ("ball", sole.ball))
    }
    toe = character.bones.get(f"{side}_toe")
    toe_turn = None
    if toe is None:
        tip = turn @ (rest.axes[bone].T @ (sole.tip - rest.heads[bone]))
    else:
        toe_turn = _flattened(rest.axes[toe], character.anatomy.up, turns[toe], toe_down, ease)
        joint = turn @ (rest.axes[bone].T @ (rest.heads[toe] - rest.heads[bone]))
        tip = joint + toe_turn @ (rest.axes[toe].T @ (sole.tip - rest.heads[toe]))
    return _Foot(side, pose.positions[:, bone], turn, toe_turn, heel_down, toe_down, offsets, tip)


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
    for name, down in (("heel", foot.heel_down), ("ball", foot.toe_down)):
        track = foot.point(name)
        steps = FIRM * (down[1:] & down[:-1])
        still.append(Stillness(track[:, :2], steps))
        wishes.append(Wish(-track[:, 2:], FIRM * down))
    flat = correction(frames, 2, still=still, ease=ease)
    lift = correction(frames, 1, wishes=wishes, ease=ease)
    # What swings low must not go into the floor either; a few rounds find all such frames.
    points = np.stack([foot.point("heel"), foot.point("ball"), foot.ankle + foot.tip])[..., 2]
    # At the tip the skin of a bent toe is thin, and the bone's end is a guess.
    free = ~(foot.heel_down | foot.toe_down)
    for _ in range(4):
        deep = (-(points + lift[:, 0])).max(axis=0)
        deep = np.where(free, deep, 0.0)
        if deep.max() < 1e-3:
            break
        sunk = deep > 0
        wishes.append(Wish(lift + np.maximum(deep, 0)[:, None], 0.05 * FIRM * sunk))
        lift = correction(frames, 1, wishes=wishes, ease=ease)
    return np.concatenate([flat, lift], axis=1)


def _hips_correction(
    source: Performance,
    scale: float,
    bulk: Bulk,
    pose: Pose,
    feet: Mapping[str, _Foot],
    goals: Mapping[str, np.ndarray],
    ease: float,
) -> np.ndarray:
    """(T, 3): what standing feet have in common, and what keeps the trunk on the floor."""
    wishes, upward = [], []
    for side, foot in feet.items():
        weight = 30.0 * (foot.heel_down | foot.toe_down)
        wishes.append(Wish(goals[side][:, :2], weight))
        upward.append(Wish(goals[side][:, 2:], weight))
    asked = body_clearance(source.positions, source.deltas)
    now = bulk.clearance(pose)
    lies = asked < _TOUCHING
    upward.append(Wish((scale * np.maximum(asked, 0.0) - now)[:, None], 300.0 * lies))
    sideways = correction(source.frames, 2, wishes, ease=1.5 * ease)
    return np.concatenate([sideways, correction(source.frames, 1, upward, ease=1.5 * ease)], axis=1)


def _too_far(
    character: Character,
    pose: Pose,
    feet: Mapping[str, _Foot],
    goals: Mapping[str, np.ndarray],
    hips: np.ndarray,
    ease: float,
) -> np.ndarray:
    """(T,) metres by which the hips must sink for standing feet to be within reach."""
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    rest, bones = character.rest, character.bones
    sink = np.zeros(len(hips))
    for side, foot in feet.items():
        thigh, shin, end = (bones[f"{side}_{part}"] for part in ("thigh", "shin", "foot"))
        length = np.linalg.norm(rest.heads[shin] - rest.heads[thigh])
        length += np.linalg.norm(rest.heads[end] - rest.heads[shin])
        joint = pose.positions[:, thigh] + hips
        way = foot.ankle + goals[side] - joint
        now = np.linalg.norm(pose.positions[:, end] - pose.positions[:, thigh], axis=1)
        limit = np.maximum(0.9995 * length, now)
        flat = np.minimum(np.linalg.norm(way[:, :2], axis=1), 0.999 * limit)
        allowed = np.sqrt(limit**2 - flat**2)
        down = foot.heel_down | foot.toe_down
        sink = np.maximum(sink, np.where(down, np.maximum(-way[:, 2] - allowed, 0.0), 0.0))
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
    down = source.contacts[:, CONTACT_BODIES.index(f"{side[0].upper()}_Hand")]
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
