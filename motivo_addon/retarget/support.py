"""Where body and character touch the floor: how thick they are."""

from __future__ import annotations

import numpy as np

from ...runtime.body import BODY_NAMES, SMPL_NAMES
from ...runtime.motion.contacts import support_points
from ..rig.rest import REST_TURN
from .character import Character
from .performer import Performance, body_anatomy
from .roles import ROLE_TO_SMPL, SIDES
from .surface import Surface

ENDS = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe", "L_Hand", "R_Hand", "L_Wrist", "R_Wrist")
"""Bodies at the ends of limbs, which touch the floor in ways of their own."""
_ENOUGH = 20
"""Points that tell the shape of a bone."""


def outside_of(character: Character, skin: Surface | None) -> Surface:
    """The character's own skin where it has one, else the body's shapes at its size, and soles."""
    rest = character.rest
    if skin is None:
        empty = np.zeros((0, 1))
        skin = Surface.of(rest, np.zeros((0, 3)), empty.astype(int), empty)
    skin = of_person(character, skin)
    outside = skin.outline()
    known = {bone for bone in np.unique(skin.owner) if (skin.owner == bone).sum() >= _ENOUGH}
    table = support_points()
    body, own = body_anatomy(), character.anatomy
    scale = own.leg / body.leg
    for joint, bone, frame in _counterparts(character):
        number = SMPL_NAMES.index(joint)
        if bone in known or BODY_NAMES[number] in ENDS:
            continue
        chosen = table.body == number
        # From the simulated body's axes over the world at rest into the bone's.
        turn = rest.axes[bone].T @ own.frames[frame] @ body.frames[frame].T @ REST_TURN
        points = scale * table.offset[chosen] @ turn.T
        outside = outside.with_points(bone, points, scale * table.radius[chosen])
    for side in SIDES:
        bone, sole = character.bones[f"{side}_foot"], character.soles[side]
        if bone not in known:
            points = np.stack([sole.heel, sole.ball]) - rest.heads[bone]
            outside = outside.with_points(bone, points @ rest.axes[bone], np.zeros(2))
    return outside


def of_person(character: Character, skin: Surface) -> Surface:
    """The skin that goes where the person goes: what a root or a bone beside it carries stays behind."""
    parts = {*character.bones.values(), *character.spine, *character.neck}
    goes = {bone for part in parts for bone in character.rest.descendants(part)}
    return skin.part(np.isin(skin.owner, sorted(goes)))


def body_clearance(source: Performance) -> np.ndarray:
    """(T,) metres from the floor to the lowest point of the body, the ends of limbs left out."""
    table = support_points()
    others = ~np.isin(table.body, [BODY_NAMES.index(name) for name in ENDS])
    return _heights(source)[:, others].min(axis=1)


def body_lowest(source: Performance) -> np.ndarray:
    """(T,) metres from the floor to the lowest point of the whole body."""
    return _heights(source).min(axis=1)


def hand_heights(source: Performance, side: str) -> np.ndarray:
    """(T,) metres from the floor to the lowest point of a hand of the body."""
    mine = [BODY_NAMES.index(f"{side[0].upper()}_{part}") for part in ("Wrist", "Hand")]
    return _heights(source)[:, np.isin(support_points().body, mine)].min(axis=1)


def _heights(source: Performance) -> np.ndarray:
    return support_points().heights(source.positions, source.deltas @ REST_TURN)


def _counterparts(character: Character) -> list[tuple[str, int, str]]:
    """SMPL joint, bone, frame; of the spine the bones nearest to SMPL's three."""
    found = [
        (joint, character.bones[role], role)
        for role, joint in ROLE_TO_SMPL.items()
        if role in character.bones and role in character.anatomy.frames
    ]
    count = len(character.spine)
    for number in range(1, 4 if count else 1):
        bone = character.spine[max(0, round(number * count / 3) - 1)]
        found.append((f"spine{number}", bone, "spine"))
    return found
