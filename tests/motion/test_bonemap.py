"""Joints are recognised whatever a program calls them."""

import pytest

from runtime.errors import UserError
from runtime.skeletons.names import bone_names, fold_name, map_bones, require_legs


@pytest.mark.parametrize(
    ("name", "side", "stem"),
    [
        ("mixamorig:LeftUpLeg", "left", "upleg"),
        ("mixamorig5_LeftArm", "left", "arm"),
        ("Bip01 L Thigh", "left", "thigh"),
        ("ValveBiped.Bip01_R_Calf", "right", "calf"),
        ("thigh_l", "left", "thigh"),
        ("upperarm.R", "right", "upperarm"),
        ("lThigh", "left", "thigh"),
        ("J_Bip_C_Hips", "", "hips"),
        ("CC_Base_L_Thigh", "left", "thigh"),
        ("DEF-shin.L", "left", "shin"),
        ("spine_01", "", "spine01"),
        ("hip", "", "hip"),
    ],
)
def test_spelling_does_not_matter(name, side, stem):
    assert fold_name(name) == (side, stem)


@pytest.mark.parametrize("table", bone_names()["skeletons"], ids=lambda table: table["name"])
def test_every_skeleton_on_record_is_recognised_as_itself(table):
    names = ["Reference", *table["joints"].values(), "SomethingElse"]
    bones = map_bones(names)
    assert bones.joints == table["joints"]
    assert bones.has_legs


def test_mixamo_is_recognised_with_and_without_its_prefix():
    table = next(t for t in bone_names()["skeletons"] if t["name"] == "Mixamo")
    plain = list(table["joints"].values())
    assert map_bones(plain).skeleton == "Mixamo"
    prefixed = map_bones([f"mixamorig:{name}" for name in plain])
    assert prefixed.skeleton == "Mixamo"
    assert prefixed.joints["left_knee"] == "mixamorig:LeftLeg"


def test_an_unknown_skeleton_is_read_word_by_word():
    names = ["root", "hips", "spine", "chest", "head"]
    parents = [-1, 0, 1, 2, 3]
    for side in "lr":
        limbs = ["upperleg", "lowerleg", "foot", "toes", "upperarm", "lowerarm", "wrist", "hand"]
        first = len(names)
        names += [f"{limb}.{side}" for limb in limbs]
        parents += [1, first, first + 1, first + 2, 3, first + 4, first + 5, first + 6]
    bones = map_bones(names, parents)
    assert bones.joints["pelvis"] == "hips"
    assert bones.joints["left_hip"] == "upperleg.l"
    assert bones.joints["right_ankle"] == "foot.r"
    assert bones.joints["left_foot"] == "toes.l"
    assert bones.joints["right_shoulder"] == "upperarm.r"
    assert (bones.joints["spine1"], bones.joints["spine3"]) == ("spine", "chest")
    assert "left_collar" in bones.missing


def test_shoulder_is_the_upper_arm_only_where_nothing_else_is():
    with_arm = ["LeftShoulder", "LeftArm", "LeftForeArm"]
    assert map_bones(with_arm).joints["left_shoulder"] == "LeftArm"
    assert map_bones(with_arm).joints["left_collar"] == "LeftShoulder"
    assert map_bones(["l_shoulder", "l_elbow"]).joints["left_shoulder"] == "l_shoulder"


def test_a_skeleton_without_legs_is_refused_with_what_is_missing():
    with pytest.raises(UserError, match=r"'lamp' has no legs .*left_hip.*right_ankle"):
        require_legs(map_bones(["base", "arm", "bulb"]), "lamp")


def test_legs_that_are_no_chain_are_not_legs():
    names = ["hips", "LeftUpLeg", "LeftLeg", "LeftFoot"]
    assert "left_knee" in map_bones(names, [-1, 0, 1, 2]).joints
    assert "left_knee" not in map_bones(names, [-1, 0, 0, 0]).joints
