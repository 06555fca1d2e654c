"""Feet, toes and hands that touch the floor stand still there, and nothing sinks into it.

The simulator says what touches and when. Here feet are laid flat, rolled over
their balls and kept out of the floor by turning them alone; where they then go,
``settle`` finds together with hips and hands.
"""

from __future__ import annotations

import numpy as np

from ...numerics.rotations import shortest_turn
from ...numerics.smoothing import FIRM, Wish, correction, runs
from ...progress import Steps
from ...skeletons.human_bones import SIDES
from ...skeletons.skeleton import pose_rig
from ..rig.character import Character
from ..rig.contact_geometry import outside_of
from ..rig.skin_surface import Surface
from ..transfer.source_motion import Performance, body_clearance
from .floor_clearance import pitched
from .foot_contact import FootRest, asked_ankle_height, soles_on_floor
from .hand_targets import hold_hand
from .solver import Hold, Lying, Spot, settle

_EASE = 0.17
"""Seconds over which a foot is laid flat or turned up."""
_PIVOT = np.radians(12.0)
"""A standing foot that turns more than this in the source is turning on purpose."""
_LOW = 0.06
"""Metres, at the body's size, up to which a swinging ball is kept as high as the source's."""
_UP = np.array([0.0, 0.0, 1.0])
_TOUCHING = 0.03
"""Metres over the floor, at the body's size, below which trunk and limbs lie on it."""


def hold_contacts(
    source: Performance,
    character: Character,
    scale: float,
    skin: Surface | None,
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
) -> Steps[None]:
    """Corrects ``turns`` and the place of the hips in place; both as ``pose_rig`` takes them."""
    ease = max(2.0, _EASE * source.fps)
    outside = outside_of(character, skin)
    holds = [_hold_foot(source, character, scale, side, turns, ease) for side in SIDES]
    pose = pose_rig(character.held, turns, placed)
    for side in SIDES:
        hand = hold_hand(source, character, scale, side, outside, pose, turns, ease)
        if hand is not None:
            holds.append(hand)
    over = body_clearance(source)
    lying = Lying(over < _TOUCHING, scale * np.maximum(over, 0.0))
    yield from settle(character, scale, source.fps, outside, holds, lying, turns, placed)


def _hold_foot(
    source: Performance,
    character: Character,
    scale: float,
    side: str,
    turns: dict[int, np.ndarray],
    ease: float,
) -> Hold:
    """Turns a foot and its toes as they are to be, and tells where they rest."""
    touch = soles_on_floor(source, side).scaled(scale)
    axes, up = character.rest.axes, character.anatomy.up
    bone, toe = character.bones[f"{side}_foot"], character.bones.get(f"{side}_toe")
    rest = FootRest.of(character, side)
    down, height = touch.down, touch.height
    flat, rolling = down["heel"] & down["ball"], down["ball"] & ~down["heel"]
    on_floor = np.where(flat, np.minimum(height["heel"], height["ball"]), height["ball"])
    ankle = asked_ankle_height(source, character, scale, side)
    turn = _flattened(axes[bone], up, turns[bone], flat, ease)
    swings = np.minimum(height["ball"], _LOW * scale)
    floor = np.where(rolling, on_floor, swings) - ankle
    turn = pitched(turn, rest.ball, rest.aside, floor, rolling, down["heel"], ease)
    turns[bone] = turn
    if toe is not None:
        toe_turn = _flattened(axes[toe], up, turns[toe], down["ball"], ease)
        floor = -ankle - (turn @ rest.toe)[:, 2]
        never = np.zeros(source.frames, dtype=bool)
        turns[toe] = pitched(toe_turn, rest.tip, rest.toe_aside, floor, never, down["ball"], ease)
    heights = {"heel": np.where(flat, on_floor, height["heel"]), "ball": on_floor}
    spots = [
        Spot(turn @ point, down[name], heights[name], touch.still[name], touch.drift[name])
        for name, point in (("heel", rest.heel), ("ball", rest.ball))
    ]
    roles = (f"{side}_thigh", f"{side}_shin", f"{side}_foot")
    return Hold(roles, tuple(spots), ankle)


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
