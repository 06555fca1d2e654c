"""Joints are recognised whatever a program calls them."""

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.skeletons.name_matching import read_names
from runtime.skeletons.names import bone_names, fold_name
from runtime.skeletons.source_bones import ARMS, LEGS, recognise_source, require_legs


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
        ("lhip", "left", "hip"),
        ("RIGHTUPLEG", "right", "upleg"),
        ("mKneeLeft", "left", "knee"),
        ("m_avg_L_Hip", "left", "hip"),
        ("lowerback", "", "lowerback"),
        ("root", "", "root"),
    ],
)
def test_spelling_does_not_matter(name, side, stem):
    assert fold_name(name) == (side, stem)


def read(names, parents=None):
    return read_names(names, [-1] * len(names) if parents is None else parents)


def source(names, parents):
    return recognise_source(names, parents, [np.zeros((len(names), 3))])


@pytest.mark.parametrize("table", bone_names()["skeletons"], ids=lambda table: table["name"])
def test_every_skeleton_on_record_is_recognised_as_itself(table):
    named = read(["Reference", *table["joints"].values(), "SomethingElse"])
    assert named.convention == table["name"] and named.joints == table["joints"]


def test_mixamo_is_recognised_with_and_without_its_prefix():
    table = next(t for t in bone_names()["skeletons"] if t["name"] == "Mixamo")
    plain = list(table["joints"].values())
    assert read(plain).convention == "Mixamo"
    prefixed = read([f"mixamorig:{name}" for name in plain])
    assert prefixed.convention == "Mixamo"
    assert prefixed.joints["left_knee"] == "mixamorig:LeftLeg"


def test_an_unknown_skeleton_is_read_word_by_word():
    names = ["root", "hips", "spine", "chest", "head"]
    parents = [-1, 0, 1, 2, 3]
    for side in "lr":
        limbs = ["upperleg", "lowerleg", "foot", "toes", "upperarm", "lowerarm", "wrist", "hand"]
        first = len(names)
        names += [f"{limb}.{side}" for limb in limbs]
        parents += [1, first, first + 1, first + 2, 3, first + 4, first + 5, first + 6]
    bones = source(names, parents)
    assert bones.joints["pelvis"] == "hips"
    assert bones.joints["left_hip"] == "upperleg.l"
    assert bones.joints["right_ankle"] == "foot.r"
    assert bones.joints["left_foot"] == "toes.l"
    assert bones.joints["right_shoulder"] == "upperarm.r"
    assert (bones.joints["spine1"], bones.joints["spine3"]) == ("spine", "chest")
    assert "left_collar" in bones.missing and bones.has_legs


def test_a_skeleton_without_legs_is_refused_with_what_is_missing():
    with pytest.raises(UserError, match=r"'lamp' has no legs .*left_hip.*right_ankle"):
        require_legs(source(["base", "arm", "bulb"], [-1, 0, 1]), "lamp")


def test_arms_that_the_rest_pose_folds_away_are_read_from_the_motion():
    """Names say nothing; at rest both arms lie in the chest, as in files that rest with zeros."""
    from walkers import walk

    from runtime.motion.formats.clip import clip_from_bvh

    clip = clip_from_bvh(walk(), "walk")
    names = [f"n{number}" for number in range(len(clip.names))]
    at = {name: number for number, name in enumerate(clip.names)}
    folded = clip.rest_positions.copy()
    for side in ("Left", "Right"):
        for part in ("Shoulder", "Arm", "ForeArm", "Hand"):
            folded[at[f"{side}{part}"]] = folded[at["Spine2"]]
    assert "left_elbow" not in recognise_source(names, clip.parents, [folded]).joints
    found = recognise_source(names, clip.parents, [folded, *clip.positions[::30]])
    assert found.joints["left_elbow"] == names[at["LeftForeArm"]]
    assert found.joints["right_shoulder"] == names[at["RightArm"]]
    assert found.has_legs and found.has_arms


def anonymous(heads, clip):
    """What shape alone says of poses, as the walker's own names."""
    called = [f"n{number}" for number in range(len(clip.names))]
    found = recognise_source(called, clip.parents, heads).joints
    return {joint: clip.names[called.index(bone)] for joint, bone in found.items()}


@pytest.fixture(scope="module")
def walker():
    from walkers import walk

    from runtime.motion.formats.clip import clip_from_bvh

    return clip_from_bvh(walk(), "walk")


def test_who_rests_folded_is_read_from_the_motion(walker):
    """ACCAD's people rest bent double, LAFAN1's as a line: there a leg looks like an arm."""
    legs = [any(part in name for part in ("Leg", "Foot", "Toe", "Hips")) for name in walker.names]
    hips = walker.rest_positions[walker.names.index("Hips")]
    x, _, z = (walker.rest_positions - hips).T
    hanging = hips + np.stack([0.1 * x, np.zeros_like(x), -z - np.abs(x)], axis=1)
    rest = np.where(np.array(legs)[:, None], walker.rest_positions, hanging)
    found = anonymous([rest, *walker.positions[::8]], walker)
    for joint in (*LEGS, *ARMS, "left_wrist", "right_wrist", "head"):
        assert found[joint] == walker.bones.joints[joint], joint


def test_left_and_right_go_by_the_hips_where_one_foot_stands_before_the_other(walker):
    pose = walker.positions[0].copy()
    forward = np.array([0.0, -1.0, 0.0])
    for number, name in enumerate(walker.names):
        if name.startswith(("LeftFoot", "LeftToe")):
            pose[number] += 0.5 * forward
        elif name.startswith(("RightFoot", "RightToe")):
            pose[number] -= 0.5 * forward
    found = anonymous([pose], walker)
    assert found["left_hip"] == "LeftUpLeg" and found["left_elbow"] == "LeftForeArm"
