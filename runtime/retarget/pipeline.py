"""A whole performance on a whole character, as arrays: what every bone does in the world."""

from __future__ import annotations

import numpy as np

from ..progress import Steps
from ..skeletons.segment_frames import body_segments, hips_middle
from ..skeletons.skeleton import pose_skeleton
from .contacts.costs import COSTS, LIMITS, ContactCosts, ResultLimits
from .contacts.foot_targets import enforce_contacts
from .rig.character import Character
from .rig.skin_surface import Surface
from .settings import GroundFrame
from .transfer.orientations import add_twists, transfer_orientations
from .transfer.source_motion import SourceMotion

PoseTrack = tuple[dict[int, np.ndarray], dict[int, np.ndarray]]
"""World axes (T, 3, 3) and places (T, 3) by bone, as ``pose_skeleton`` takes them."""


def transfer_steps(
    source: SourceMotion,
    character: Character,
    lock_feet: bool = True,
    skin: Surface | None = None,
    costs: ContactCosts = COSTS,
    limits: ResultLimits = LIMITS,
) -> Steps[PoseTrack]:
    """Turns and places for ``pose_skeleton``: the performance at the character's size over the floor at z = 0, from the same origin.

    Proportions stay the character's: bones are turned, and the hips are placed
    so that the middle between the hip joints is where the source has it, scaled
    by the length of the legs, higher or lower by what the ankles are.
    """
    body, own = body_segments(), character.segments
    scale = own.leg / body.leg
    rotations = transfer_orientations(source, character)
    hips = character.bones["hips"]
    middle = (source.joint("left_hip") + source.joint("right_hip")) / 2 * scale
    middle[:, 2] += own.ankle - scale * body.ankle
    # Where the hip joints come to lie with the hips at the origin, whatever carries them.
    positions = {hips: np.zeros_like(middle)}
    pose = pose_skeleton(character.rest, rotations, positions)
    legs = [pose.positions[:, character.bones[f"{side}_thigh"]] for side in ("left", "right")]
    positions[hips] = middle - (legs[0] + legs[1]) / 2
    if lock_feet:
        yield from enforce_contacts(
            source, character, scale, skin, rotations, positions, costs, limits
        )
    add_twists(character, rotations)
    return rotations, positions


def ground_of_character(character: Character) -> GroundFrame:
    """The floor under the character at rest, its front where it looks."""
    own, body = character.segments, body_segments()
    turn = own.upright @ body.upright.T
    feet = hips_middle(own.points)
    origin = feet - own.up * (feet @ own.up - own.floor)
    return GroundFrame(turn, origin)
