"""Whose names they are does not matter: of motion files and of characters alike."""

import numpy as np
import pytest
from namings import NAMINGS
from walkers import turned, walk

from runtime.motion.formats.bvh import Bvh, BvhJoint
from runtime.motion.formats.clip import clip_from_bvh
from runtime.skeletons.detection import recognise
from runtime.skeletons.source_bones import skeleton_of, smpl_joints


def named(naming: dict[str, str], bvh: Bvh) -> Bvh:
    joints = tuple(BvhJoint(naming[j.name], j.parent, j.offset, j.channels) for j in bvh.joints)
    return Bvh(joints, bvh.frame_time, bvh.values)


@pytest.mark.parametrize("name", NAMINGS)
def test_every_joint_is_found_under_any_name(name):
    usual = clip_from_bvh(walk(), "walk").bones.joints
    clip = clip_from_bvh(named(NAMINGS[name], walk()), "walk")
    expected = {joint: NAMINGS[name][bone] for joint, bone in usual.items()}
    found = clip.bones.joints
    assert {joint: found.get(joint) for joint in expected} == expected


@pytest.mark.parametrize("name", NAMINGS)
def test_a_character_with_these_names_is_read_alike(name):
    """One recogniser: what is found in a motion file is found in a rig at rest, bone for bone."""
    clip = clip_from_bvh(named(NAMINGS[name], walk()), "walk")
    rest = skeleton_of(clip.names, clip.parents, clip.rest_positions)
    found = smpl_joints(recognise(rest))
    for joint, bone in clip.bones.joints.items():
        assert found.get(joint) == bone or joint.startswith("spine"), joint


@pytest.mark.parametrize("name", ["numbers alone", "French", "German"])
def test_without_names_sides_are_found_however_the_world_is_turned(name):
    from scipy.spatial.transform import Rotation

    usual = clip_from_bvh(walk(), "walk").bones.joints
    for heading in (90, 180, 250):
        bvh = turned(walk(), Rotation.from_euler("y", heading, degrees=True))
        found = clip_from_bvh(named(NAMINGS[name], bvh), "walk").bones.joints
        for joint in ("left_hip", "right_ankle", "left_wrist"):
            assert found[joint] == NAMINGS[name][usual[joint]]


def test_a_name_says_more_than_the_shape_where_limbs_are_crossed():
    """Arms crossed in every frame: the sides are still those of the names."""
    bvh = walk()
    values = bvh.values.copy()
    clip = clip_from_bvh(Bvh(bvh.joints, bvh.frame_time, np.array(values)), "walk")
    mirrored = {
        name: name.replace("Left", "L#").replace("Right", "Left").replace("L#", "Right")
        for name in clip.names
    }
    swapped = clip_from_bvh(named(mirrored, bvh), "walk")
    assert swapped.bones.joints["left_hip"] == "LeftUpLeg"
