"""A character's bones are recognised: by the names of common tools, else by the skeleton's shape."""

import bpy
import extras
import numpy as np
import pytest
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.runtime.errors import UserError
from motivo_source.runtime.skeletons.bone_map import RigMap
from rigs import NAMINGS, SIDED, Shape, bone_of, build_rig

KNOWN = [name for name in NAMINGS if name != "Unknown names"]


def expected(naming) -> dict[str, str]:
    roles = {role: bone_of(naming, role) for role in ("hips", "head")}
    for side in ("left", "right"):
        for part in SIDED:
            bone = bone_of(naming, f"{side}_{part}")
            if bone:
                roles[f"{side}_{part}"] = bone
    return roles


def swapped(roles: dict[str, str]) -> dict[str, str]:
    other = {"left": "right", "right": "left"}
    return {
        f"{other[side]}_{part}" if (side := role.partition("_")[0]) in other else role: bone
        for role, bone in roles.items()
        for part in [role.partition("_")[2]]
    }


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("arms_down", [0.0, 45.0])
def test_the_bones_of_a_known_tool_are_found_by_name(context, name, arms_down):
    naming = NAMINGS[name]
    found = detect_rig(build_rig(context, naming, Shape(arms_down=arms_down)))
    assert found.convention == name
    assert {role: found.bones.get(role) for role in expected(naming)} == expected(naming)
    assert found.chain("spine") == naming.spine
    assert found.chain("neck") == naming.neck
    assert found.bones.get("root", "") == naming.root
    assert found.missing == ()
    assert found.confidence >= 0.85 and "sure" in found.in_words()


@pytest.mark.parametrize(
    "added", ["{}_{:03d}", "{}.001", "Character1_{}", "{}_jnt", "rig_{}_{:02d}", "{}_{:02d}_jnt"]
)
@pytest.mark.parametrize("name", ["Mixamo", "Unreal 4", "VRM (VRoid)", "3ds Max Biped"])
def test_what_tools_add_to_every_name_is_read_over(context, name, added):
    naming = NAMINGS[name]
    rig = build_rig(context, naming, Shape(arms_down=45, roll=3))
    renamed = {}
    for number, bone in enumerate(list(rig.data.bones)):
        before = bone.name
        bone.name = added.format(before, number)
        renamed[before] = bone.name
    found = detect_rig(rig)
    wanted = {role: renamed[bone] for role, bone in expected(naming).items()}
    assert {role: found.bones.get(role) for role in wanted} == wanted
    assert found.convention == name and found.confidence >= 0.85


@pytest.mark.parametrize("name", ["Unreal 4", "Unreal 5", "Character Creator"])
def test_twist_bones_are_found_in_order_along_their_limb(context, name):
    naming = NAMINGS[name]
    found = detect_rig(build_rig(context, naming))
    for part, twists in naming.twists.items():
        for side, word in zip(("left", "right"), naming.sides, strict=True):
            names = tuple(twist.format(s=word) for twist in twists)
            assert found.chain(f"{side}_{part}_twist") == names


def test_ends_of_twist_bones_are_none(context):
    naming = NAMINGS["Unreal 4"]
    rig = build_rig(context, naming)
    extras.add(rig, naming, extras.ends)
    assert any(bone.name.startswith("lowerarm_twist_01_l_end") for bone in rig.data.bones)
    assert detect_rig(rig).chain("left_forearm_twist") == ("lowerarm_twist_01_l",)


def test_ik_bones_are_no_part_of_the_person(context):
    found = detect_rig(build_rig(context, NAMINGS["Unreal 4"]))
    assert not any(bone.startswith("ik_") for bone in found.bones.values())


@pytest.mark.parametrize(
    "shape",
    [
        Shape(),
        Shape(arms_down=45, facing=130),
        Shape(arms_down=60, legs_apart=12, facing=-90, roll=3, unit=0.01),
        Shape(arms_down=30, facing=180, roll=1, unit=100, place=(5, 5, 0)),
    ],
)
def test_names_that_say_nothing_leave_the_shape_of_the_skeleton(context, shape):
    naming = NAMINGS["Unknown names"]
    found = detect_rig(build_rig(context, naming, shape))
    assert found.convention == "Unknown names"
    assert {role: found.bones.get(role) for role in expected(naming)} == expected(naming)
    assert found.chain("spine") == naming.spine and found.chain("neck") == naming.neck
    assert 0.4 < found.confidence < 0.85
    assert all(row.origin == "structure" for row in found.rows)


def test_bones_renamed_out_of_the_convention_are_found_by_their_place(context):
    naming = NAMINGS["Mixamo"]
    rig = build_rig(context, naming)
    rig.data.bones["mixamorig:LeftLeg"].name = "unhelpful"
    found = detect_rig(rig)
    assert found.bones["left_shin"] == "unhelpful"
    row = next(row for row in found.rows if row.role == "left_shin")
    assert row.origin == "structure"


def test_what_the_shape_finds_beside_named_bones_is_on_their_side(context):
    """Toes that point back take left for right; names know better."""
    naming = NAMINGS["Mixamo"]
    rig = build_rig(context, naming)
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for side in naming.sides:
        toe = rig.data.edit_bones[f"mixamorig:{side}ToeBase"]
        toe.name = f"extra {naming.sides.index(side)}"
        toe.head.y, toe.tail.y = 0.2, 0.3
    bpy.ops.object.mode_set(mode="OBJECT")
    found = detect_rig(rig)
    assert found.bones["left_toe"] == "extra 0" and found.bones["right_toe"] == "extra 1"


def test_what_a_rig_lacks_is_said(context):
    rig = build_rig(context, NAMINGS["Mixamo"])
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in list(rig.data.edit_bones):
        if "UpLeg" in bone.name or "Foot" in bone.name or bone.name.endswith(("Leg", "ToeBase")):
            rig.data.edit_bones.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    found = detect_rig(rig)
    assert {"left_thigh", "right_shin", "left_foot"} <= set(found.missing)
    assert "missing" in found.in_words() and "left thigh" in found.in_words()
    assert found.confidence < 0.6


def test_a_map_is_edited_saved_and_used_for_another_rig_of_the_kind(context):
    naming = NAMINGS["Mixamo"]
    found = detect_rig(build_rig(context, naming))
    edited = found.with_bone("head", "mixamorig:Neck").with_bone("left_toe", "")
    again = RigMap.from_json(edited.to_json())
    assert again == edited
    assert "left_toe" not in again.bones
    assert next(row for row in again.rows if row.role == "head").origin == "user"
    other = build_rig(context, naming, Shape(arms_down=45))
    assert again.missing_bones(other.data.bones.keys()) == ()
    assert again.missing_bones(["mixamorig:Hips"]) != ()


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"format": "motivo rig map 1", "convention": "x", "confidence": 1}']
)
def test_a_file_that_is_no_map_is_refused_in_words(text):
    with pytest.raises(UserError, match="bone map"):
        RigMap.from_json(text)


def test_an_armature_without_bones_is_refused(context):
    rig = bpy.data.objects.new("Empty Rig", bpy.data.armatures.new("Empty Rig"))
    context.scene.collection.objects.link(rig)
    with pytest.raises(UserError, match="no bones"):
        detect_rig(rig)


def test_something_that_is_no_person_leaves_all_missing(context):
    rig = bpy.data.objects.new("Chain", bpy.data.armatures.new("Chain"))
    context.scene.collection.objects.link(rig)
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    above = None
    for number in range(12):
        bone = rig.data.edit_bones.new(f"link{number}")
        bone.head, bone.tail = (0, 0, number), (0, 0, number + 1)
        bone.parent, above = above, bone
    bpy.ops.object.mode_set(mode="OBJECT")
    found = detect_rig(rig)
    assert len(found.missing) > 10
    assert found.confidence < 0.2
    assert np.isfinite(found.confidence)


@pytest.mark.parametrize("name", NAMINGS)
def test_what_is_recognised_for_a_character_is_recognised_for_a_motion_source(context, name):
    from motivo_source.motivo_addon.characters.read_rig import read_rest
    from motivo_source.runtime.skeletons.source_bones import recognise_source

    naming = NAMINGS[name]
    rest = read_rest(build_rig(context, naming, Shape(roll=1)))
    found = recognise_source(rest.names, rest.parents.tolist(), [rest.heads])
    assert found.has_legs and {"pelvis", "head", "left_elbow", "right_wrist"} <= set(found.joints)
    assert found.joints["left_knee"] == bone_of(naming, "left_shin")
