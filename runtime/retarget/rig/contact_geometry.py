"""Where body and character touch the floor: how thick they are."""

from __future__ import annotations

import numpy as np

from ...body import BODY_NAMES, SMPL_NAMES
from ...body.rest_pose import REST_TURN
from ...body.support_points import ENDS, support_points
from ...skeletons.human_bones import ROLE_TO_SMPL, SIDES
from ...skeletons.segment_frames import body_segments
from .character import Character
from .skin_surface import Surface

_ENOUGH = 20
"""Points that tell the shape of a bone."""


def contact_geometry(character: Character, skin: Surface | None) -> Surface:
    """The character's own skin where it has one, else the body's shapes at its size, and soles."""
    rest = character.rest
    if skin is None:
        empty = np.zeros((0, 1))
        skin = Surface.of(rest, np.zeros((0, 3)), empty.astype(int), empty)
    skin = skin_of_person(character, skin)
    outside = skin.outline()
    known = {bone for bone in np.unique(skin.owner) if (skin.owner == bone).sum() >= _ENOUGH}
    table = support_points()
    body, own = body_segments(), character.segments
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


def skin_of_person(character: Character, skin: Surface) -> Surface:
    """The skin that goes where the person goes: what a root or a bone beside it carries stays behind."""
    parts = {*character.bones.values(), *character.spine, *character.neck}
    goes = {bone for part in parts for bone in character.rest.descendants(part)}
    return skin.part(np.isin(skin.owner, sorted(goes)))


def _counterparts(character: Character) -> list[tuple[str, int, str]]:
    """SMPL joint, bone, frame; of the spine the bones nearest to SMPL's three."""
    found = [
        (joint, character.bones[role], role)
        for role, joint in ROLE_TO_SMPL.items()
        if role in character.bones and role in character.segments.frames
    ]
    count = len(character.spine)
    for number in range(1, 4 if count else 1):
        bone = character.spine[max(0, round(number * count / 3) - 1)]
        found.append((f"spine{number}", bone, "spine"))
    return found
