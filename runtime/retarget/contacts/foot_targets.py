"""Feet, toes and hands that touch the floor stand still there, and nothing sinks into it.

The simulator says what touches and when. Here feet are laid flat, rolled over
their balls and kept out of the floor by turning them alone; where they then go,
``solve_contacts`` finds together with hips and hands.
"""

from __future__ import annotations

import numpy as np

from ...numerics.rotations import rotation_between
from ...numerics.smoothing import FIRM, SoftTarget, fit_smooth_offset, runs
from ...progress import Steps
from ...skeletons.human_bones import SIDES
from ...skeletons.skeleton import SkeletonPose, pose_skeleton
from ..rig.character import Character
from ..rig.contact_geometry import contact_geometry
from ..rig.skin_surface import Surface
from ..transfer.source_motion import SourceMotion, body_clearance
from .costs import COSTS, LIMITS, ContactCosts, ResultLimits
from .direction_limits import floor_offset
from .floor_clearance import pitch_above_floor
from .foot_contact import FootRest, asked_ankle_height, detect_foot_contact
from .hand_targets import hand_target
from .solver import ContactPoint, EndEffectorTarget, TrunkContact, solve_contacts

_EASE = 0.17
"""Seconds over which a foot is laid flat or turned up."""
_PIVOT = np.radians(12.0)
"""A standing foot that turns more than this in the source is turning on purpose."""
_LOW = 0.06
"""Metres, at the body's size, up to which a swinging ball is kept as high as the source's."""
_UP = np.array([0.0, 0.0, 1.0])
_TOUCHING = 0.03
"""Metres over the floor, at the body's size, below which trunk and limbs lie on it."""


def enforce_contacts(
    source: SourceMotion,
    character: Character,
    scale: float,
    skin: Surface | None,
    rotations: dict[int, np.ndarray],
    positions: dict[int, np.ndarray],
    costs: ContactCosts = COSTS,
    limits: ResultLimits = LIMITS,
) -> Steps[None]:
    """Corrects ``rotations`` and the place of the hips in place; both as ``pose_skeleton`` takes them."""
    ease = max(2.0, _EASE * source.fps)
    outside = contact_geometry(character, skin)
    targets = [_foot_target(source, character, scale, side, rotations, ease) for side in SIDES]
    pose = pose_skeleton(character.locked_pose, rotations, positions)
    for side in SIDES:
        hand = hand_target(source, character, scale, side, outside, pose, rotations, ease)
        if hand is not None:
            targets.append(hand)
    over = body_clearance(source)
    trunk = TrunkContact(over < _TOUCHING, scale * np.maximum(over, 0.0))
    yield from solve_contacts(
        character, scale, source.fps, outside, targets, trunk, rotations, positions, costs, limits
    )
    pose = pose_skeleton(character.locked_pose, rotations, positions)
    for side, target in zip(SIDES, targets, strict=False):
        _tip_out_of_floor(character, side, target, pose, rotations, ease)
    heights = outside.heights(pose_skeleton(character.locked_pose, rotations, positions))
    lift = floor_offset(heights, scale, source.fps, limits)
    hips = character.bones["hips"]
    positions[hips] = positions[hips] + lift[:, None] * _UP


def _foot_target(
    source: SourceMotion,
    character: Character,
    scale: float,
    side: str,
    rotations: dict[int, np.ndarray],
    ease: float,
) -> EndEffectorTarget:
    """Turns a foot and its toes as they are to be, and tells where they rest."""
    touch = detect_foot_contact(source, side).scaled(scale)
    axes, up = character.rest.axes, character.segments.up
    bone, toe = character.bones[f"{side}_foot"], character.bones.get(f"{side}_toe")
    rest = FootRest.of(character, side)
    down, height = touch.down, touch.height
    flat, rolling = down["heel"] & down["ball"], down["ball"] & ~down["heel"]
    on_floor = np.where(flat, np.minimum(height["heel"], height["ball"]), height["ball"])
    ankle = asked_ankle_height(source, character, scale, side)
    turn = _flattened(axes[bone], up, rotations[bone], flat, ease)
    swings = np.minimum(height["ball"], _LOW * scale)
    floor = np.where(rolling, on_floor, swings) - ankle
    turn = pitch_above_floor(turn, rest.ball, rest.aside, floor, rolling, down["heel"], ease)
    rotations[bone] = turn
    if toe is not None:
        toe_turn = _flattened(axes[toe], up, rotations[toe], down["ball"], ease)
        floor = -ankle - (turn @ rest.toe)[:, 2]
        never = np.zeros(source.frames, dtype=bool)
        rotations[toe] = pitch_above_floor(
            toe_turn, rest.tip, rest.toe_aside, floor, never, down["ball"], ease
        )
    heights = {"heel": np.where(flat, on_floor, height["heel"]), "ball": on_floor}
    contacts = [
        ContactPoint(turn @ point, down[name], heights[name], touch.still[name], touch.drift[name])
        for name, point in (("heel", rest.heel), ("ball", rest.ball))
    ]
    roles = (f"{side}_thigh", f"{side}_shin", f"{side}_foot")
    return EndEffectorTarget(roles, tuple(contacts), ankle)


def _tip_out_of_floor(
    character: Character,
    side: str,
    target: EndEffectorTarget,
    pose: SkeletonPose,
    rotations: dict[int, np.ndarray],
    ease: float,
) -> None:
    """Turns a foot on its toes about its ankle, in place, where ``pose`` has these in the floor.

    Legs whose directions are held may leave an ankle too low. All would be lifted for it, the
    other foot off the floor with it.
    """
    heel, ball = target.contacts
    bone, toe = character.bones[f"{side}_foot"], character.bones.get(f"{side}_toe")
    rest, ankle = FootRest.of(character, side), pose.positions[:, bone, 2]
    never = np.zeros(len(ankle), dtype=bool)
    turn = pitch_above_floor(rotations[bone], rest.ball, rest.aside, -ankle, never, heel.down, ease)
    rotations[bone] = turn
    if toe is not None:
        floor = -ankle - (turn @ rest.toe)[:, 2]
        rotations[toe] = pitch_above_floor(
            rotations[toe], rest.tip, rest.toe_aside, floor, never, ball.down, ease
        )


def _flattened(
    rest: np.ndarray, up: np.ndarray, turn: np.ndarray, flat: np.ndarray, ease: float
) -> np.ndarray:
    """(T, 3, 3) with the sole flat where it should be and, unless it pivots, not turning there."""
    from scipy.spatial.transform import Rotation

    if not flat.any():
        return turn
    sole = turn @ (rest.T @ up)
    level = rotation_between(sole, _UP) @ turn
    asked = level.copy()
    for run in runs(flat):
        middle = Rotation.from_matrix(level[run]).mean()
        away = (Rotation.from_matrix(level[run]) * middle.inv()).magnitude().max()
        if away < _PIVOT:
            asked[run] = middle.as_matrix()
    offset = Rotation.from_matrix(asked @ np.swapaxes(turn, 1, 2)).as_rotvec()
    # Only a tilt that is a resting foot's: a heel on the floor with the leg in the air is none.
    sensible = flat & (np.linalg.norm(offset, axis=1) < np.radians(40.0))
    smooth = fit_smooth_offset(len(turn), 3, [SoftTarget(offset, FIRM * sensible)], ease=ease)
    return Rotation.from_rotvec(smooth).as_matrix() @ turn
