"""A whole performance on a whole character, as arrays: what every bone does in the world."""

from __future__ import annotations

import numpy as np

from ..progress import Steps
from ..skeletons.segment_frames import body_anatomy, hips_middle
from ..skeletons.skeleton import pose_rig
from .contacts.foot_targets import hold_contacts
from .rig.character import Character
from .rig.skin_surface import Surface
from .settings import Stage
from .transfer.orientations import add_twists, transfer_turns
from .transfer.source_motion import Performance

Performed = tuple[dict[int, np.ndarray], dict[int, np.ndarray]]
"""World axes (T, 3, 3) and places (T, 3) by bone, as ``pose_rig`` takes them."""


def perform_steps(
    source: Performance,
    character: Character,
    lock_feet: bool = True,
    skin: Surface | None = None,
) -> Steps[Performed]:
    """Turns and places for ``pose_rig``: the performance at the character's size over the floor at z = 0, from the same origin.

    Proportions stay the character's: bones are turned, and the hips are placed
    so that the middle between the hip joints is where the source has it, scaled
    by the length of the legs, higher or lower by what the ankles are.
    """
    body, own = body_anatomy(), character.anatomy
    scale = own.leg / body.leg
    turns = transfer_turns(source, character)
    hips = character.bones["hips"]
    middle = (source.joint("left_hip") + source.joint("right_hip")) / 2 * scale
    middle[:, 2] += own.ankle - scale * body.ankle
    # Where the hip joints come to lie with the hips at the origin, whatever carries them.
    placed = {hips: np.zeros_like(middle)}
    pose = pose_rig(character.rest, turns, placed)
    legs = [pose.positions[:, character.bones[f"{side}_thigh"]] for side in ("left", "right")]
    placed[hips] = middle - (legs[0] + legs[1]) / 2
    if lock_feet:
        yield from hold_contacts(source, character, scale, skin, turns, placed)
    add_twists(character, turns)
    return turns, placed


def stage_of_character(character: Character) -> Stage:
    """The floor under the character at rest, its front where it looks."""
    own, body = character.anatomy, body_anatomy()
    turn = own.upright @ body.upright.T
    feet = hips_middle(own.points)
    origin = feet - own.up * (feet @ own.up - own.floor)
    return Stage(turn, origin)
