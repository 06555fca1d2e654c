"""A forearm that ends in the bones of a palm, without a hand between."""

import numpy as np
import pytest

from runtime.motion import Motion
from runtime.progress import to_the_end
from runtime.retarget.limb_geometry import limb_warnings, worst_limb_off, worst_shoulder_off
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig import character as character_of
from runtime.retarget.rig.character import Character
from runtime.retarget.rig.stretched_body import ROLES
from runtime.retarget.rig.stretched_body import stretched_body as person
from runtime.retarget.transfer.source_motion import SourceMotion
from runtime.skeletons import detection, shape_matching
from runtime.skeletons.bone_map import RigMap, RigRow
from runtime.skeletons.detection import recognise
from runtime.skeletons.skeleton import Skeleton, pose_skeleton


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


NAMES = {
    "thigh": "UpperLeg",
    "shin": "LowerLeg",
    "foot": "Foot",
    "toe": "Toes",
    "clavicle": "Shoulder",
    "upper_arm": "UpperArm",
    "forearm": "LowerArm",
}
"""Names of a maker whose forearms end in palms."""


def with_palms(fingers: int) -> Skeleton:
    """The body whose forearms carry so many palm bones, each with a finger, and no hand."""
    rest = person().rest
    named = {joint: role for role, joint in ROLES.items()}
    names, parents, heads, tails, number = [], [], [], [], {}
    for bone, name in enumerate(rest.names):
        role = named.get(name, name)
        side, _, part = role.partition("_")
        if part in ("hand", "hand_end") or name.endswith(("_wrist", "_hand")):
            continue
        number[bone] = len(names)
        names.append(f"{NAMES[part]}.{side[0].upper()}" if part in NAMES else role.title())
        parents.append(number.get(int(rest.parents[bone]), -1))
        heads.append(rest.heads[bone])
        tails.append(rest.tails[bone])
    for side in ("left", "right"):
        elbow, wrist = (rest.index(f"{side}_{joint}") for joint in ("elbow", "wrist"))
        along = rest.heads[wrist] - rest.heads[elbow]
        for finger in range(fingers):
            across = np.array([0.0, 0.02 * (finger - (fingers - 1) / 2), 0.0])
            for part, begins in (("Palm", 0.95), ("Middle", 1.3)):
                own = part == "Palm"
                names.append(f"{part}{finger + 1}.{side[0].upper()}")
                parents.append(number[elbow] if own else len(names) - 2)
                heads.append(rest.heads[elbow] + begins * along + across)
                tails.append(rest.heads[elbow] + (begins + 0.35) * along + across)
    axes = np.tile(np.eye(3), (len(names), 1, 1))
    return Skeleton(tuple(names), np.array(parents), np.array(heads), np.array(tails), axes)


def told_of(rest: Skeleton, standing: SourceMotion) -> str:
    found = recognise(rest)
    character = Character.of(rest, found, origin=np.zeros(3))
    rotations, positions = to_the_end(transfer_steps(standing, character))
    pose = pose_skeleton(rest, rotations, positions)
    return "; ".join(
        limb_warnings(
            worst_limb_off(standing, character, pose), worst_shoulder_off(standing, character, pose)
        )
    )


@pytest.mark.parametrize("fingers", [3, 4, 5])
def test_palms_are_told_with_every_mend_taken_out(fingers, standing, monkeypatch):
    """Palms and no hand. (Of two the first passes for a hand, and arms are right.)"""
    rest = with_palms(fingers)
    assert told_of(rest, standing) == ""
    monkeypatch.setattr(character_of, "_wrists_by_palms", lambda rest, bones: {})
    monkeypatch.setattr(detection, "_lacks_only_the_hand", lambda limb, named, whole: False)
    monkeypatch.setattr(shape_matching, "_PALMS", 1e9)
    assert "degrees" in told_of(rest, standing)


def test_an_arm_that_ends_in_its_forearm_is_no_disagreement(standing):
    """Nothing tells where such a forearm ends; a tail lies where an importer left it."""
    assert told_of(with_palms(0), standing) == ""
