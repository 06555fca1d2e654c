"""A forearm that ends in the bones of a palm, without a hand between."""

import numpy as np
import pytest
from people import ROLES, person

from runtime.motion import Motion
from runtime.progress import to_the_end
from runtime.retarget.limb_geometry import limb_warnings, worst_limb_off, worst_shoulder_off
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig.character import Character
from runtime.retarget.transfer.source_motion import SourceMotion
from runtime.skeletons.bone_map import RigMap, RigRow
from runtime.skeletons.skeleton import pose_skeleton


def test_the_arm_points_to_where_the_palms_begin():
    whole = person()
    rows = tuple(RigRow(r, j, "name") for r, j in ROLES.items() if not r.endswith("_hand"))
    without = Character.of(whole.rest, RigMap("Test", 1.0, rows), origin=np.zeros(3))
    for side in ("left", "right"):
        for part in ("upper_arm", "forearm"):
            role = f"{side}_{part}"
            np.testing.assert_allclose(
                without.segments.frames[role], whole.segments.frames[role], atol=1e-9
            )


def arms_taken_for(shift: dict[str, str]) -> Character:
    """The body, its arms mapped as ``shift`` says: role without side -> joint without side."""
    whole = person()
    roles = {role: joint for role, joint in ROLES.items() if not role.endswith(tuple(shift))}
    for side in ("left", "right"):
        roles |= {f"{side}_{role}": f"{side}_{joint}" for role, joint in shift.items() if joint}
    rows = tuple(RigRow(role, joint, "name") for role, joint in roles.items())
    return Character.of(whole.rest, RigMap("Test", 1.0, rows), origin=np.zeros(3))


@pytest.fixture(scope="module")
def standing():
    from runtime.motion.poses import pose

    return SourceMotion.of(Motion(30.0, np.repeat(pose("stand")[None], 12, axis=0)))


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        ({}, ""),
        ({"hand": ""}, ""),
        (
            {"clavicle": "", "upper_arm": "collar", "forearm": "shoulder", "hand": "elbow"},
            "a shoulder turns",
        ),
        (
            {"clavicle": "shoulder", "upper_arm": "elbow", "forearm": "wrist", "hand": "hand"},
            "a limb points",
        ),
    ],
    ids=["right", "no hand", "a bone too high", "a bone too low"],
)
def test_arms_mapped_wrongly_are_told_by_lengths_and_places_alone(standing, shift, told):
    character = arms_taken_for(shift)
    rotations, positions = to_the_end(transfer_steps(standing, character))
    pose = pose_skeleton(character.rest, rotations, positions)
    warnings = limb_warnings(
        worst_limb_off(standing, character, pose), worst_shoulder_off(standing, character, pose)
    )
    assert [warning for warning in warnings if told and told in warning] or (
        not told and not warnings
    )
