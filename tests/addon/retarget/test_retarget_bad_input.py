"""What keeps a character from performing is said in a sentence, and the scene stays as it was."""

import bpy
import pytest
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.rig import curves
from motivo_source.runtime.errors import UserError
from motivo_source.runtime.retarget.settings import RetargetSettings
from motivo_source.runtime.skeletons.bone_map import RigMap
from performances import walk
from rigs import NAMINGS, Shape, build_rig


@pytest.fixture
def rig(context):
    return build_rig(context, NAMINGS["Mixamo"], Shape(arms_down=30))


def scene_state() -> dict[str, object]:
    return {
        "objects": sorted(thing.name for thing in bpy.data.objects),
        "actions": sorted((action.name, action.users) for action in bpy.data.actions),
        "scenes": len(bpy.data.scenes),
        "frame": bpy.context.scene.frame_current,
        "mode": bpy.context.mode,
        "poses": [
            [
                tuple(value for row in bone.matrix_basis for value in row)
                for bone in thing.pose.bones
            ]
            for thing in bpy.data.objects
            if thing.pose
        ],
        "muted": [
            constraint.mute
            for thing in bpy.data.objects
            if thing.pose
            for bone in thing.pose.bones
            for constraint in bone.constraints
        ],
    }


def refused(context, body, rig, rig_map=None, **settings) -> str:
    """The sentence with which it is refused."""
    rig_map = rig_map or detect_rig(rig)
    before = scene_state()
    with pytest.raises(UserError) as caught:
        retarget(context, body, walk(2), rig, rig_map, RetargetSettings(**settings))
    assert scene_state() == before
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    return text


def test_no_legs(context, body, rig):
    rig_map = detect_rig(rig)
    for side in ("left", "right"):
        for part in ("thigh", "shin", "foot", "toe"):
            rig_map = rig_map.with_bone(f"{side}_{part}", "")
    text = refused(context, body, rig, rig_map)
    assert "left thigh" in text and "right foot" in text


def test_a_bone_with_two_parts(context, body, rig):
    rig_map = detect_rig(rig).with_bone("head", "mixamorig:Neck")
    assert "chosen twice" in refused(context, body, rig, rig_map)


def test_a_map_of_another_rig(context, body, rig):
    other = detect_rig(build_rig(context, NAMINGS["Unreal 4"]))
    assert "another rig" in refused(context, body, rig, other)


def test_the_body_itself(context, body):
    assert "choose another character" in refused(context, body, body)


@pytest.mark.parametrize("scale", [(-1, 1, 1), (-1, -1, -1), (1, 1, 0)])
def test_mirrored_and_flattened_scale(context, body, rig, scale):
    rig_map = detect_rig(rig)
    rig.scale = scale
    context.view_layer.update()
    assert "apply the scale" in refused(context, body, rig, rig_map)


def test_uneven_scale(context, body, rig):
    rig.scale = (1, 1, 1.2)
    context.view_layer.update()
    assert "differently along its axes" in refused(context, body, rig)


def test_locked_bones_are_named(context, body, rig):
    rig.pose.bones["mixamorig:LeftLeg"].lock_rotation[1] = True
    assert "'mixamorig:LeftLeg'" in refused(context, body, rig)
    rig.pose.bones["mixamorig:LeftLeg"].lock_rotation[1] = False
    rig.pose.bones["mixamorig:Hips"].lock_location[0] = True
    assert "'mixamorig:Hips'" in refused(context, body, rig)


def test_constraints_are_named_and_muted_if_asked(context, body, rig):
    constraint = rig.pose.bones["mixamorig:LeftFoot"].constraints.new("IK")
    constraint.name = "Foot IK"
    text = refused(context, body, rig)
    assert "Foot IK on mixamorig:LeftFoot" in text and "mute" in text.lower()
    settings = RetargetSettings(mute_constraints=True)
    retarget(context, body, walk(2), rig, detect_rig(rig), settings)
    assert constraint.mute


def test_drivers_are_named(context, body, rig):
    rig.pose.bones["mixamorig:Head"].driver_add("rotation_quaternion", 0)
    assert "'mixamorig:Head'" in refused(context, body, rig)


def test_edit_mode_and_rest_position(context, body, rig):
    rig_map = detect_rig(rig)
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Edit Mode" in refused(context, body, rig, rig_map)
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.data.pose_position = "REST"
    assert "Pose Position" in refused(context, body, rig, rig_map)


def test_hips_that_cannot_move(context, body):
    rig = build_rig(context, NAMINGS["Unreal 4"])
    rig_map = detect_rig(rig)
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones["pelvis"].use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    assert "disconnect" in refused(context, body, rig, rig_map)


def test_root_motion_on_a_bone_that_is_not_there(context, body, rig):
    assert "no root bone" in refused(context, body, rig, root_motion="bone")


def test_a_body_that_plays_nothing(context, body, rig):
    before = scene_state()
    with pytest.raises(UserError, match="plays nothing"):
        retarget(context, body, None, rig, detect_rig(rig))
    assert scene_state() == before


def test_a_map_without_bones_at_all(context, body, rig):
    assert "not recognised" in refused(context, body, rig, RigMap("Unknown names", 0.0, ()))


@pytest.fixture
def library(context, tmp_path):
    """A file with one character, as a studio would link it."""
    rig = build_rig(context, NAMINGS["Mixamo"])
    rig.name = "Linked"
    collection = bpy.data.collections.new("Cast")
    context.scene.collection.children.link(collection)
    collection.objects.link(rig)
    path = str(tmp_path / "cast.blend")
    bpy.data.libraries.write(path, {collection})
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path


def test_linked_and_overridden_characters(library):
    from motivo_source.motivo_addon.rig.body.armature import add_body

    context = bpy.context
    body = add_body(context)
    with bpy.data.libraries.load(library, link=True) as (_, data):
        data.collections = ["Cast"]
    context.scene.collection.children.link(data.collections[0])
    linked = data.collections[0].objects[0]
    assert "library override" in refused(context, body, linked)
    cast = data.collections[0].override_hierarchy_create(
        context.scene, context.view_layer, do_fully_editable=True
    )
    override = cast.objects[0]
    context.view_layer.update()
    action = retarget(context, body, walk(2), override, detect_rig(override))
    assert override.animation_data.action == action
    context.scene.frame_set(20)
    assert override.pose.bones["mixamorig:LeftUpLeg"].matrix_basis.to_quaternion().angle > 0.01
    override.override_library.is_system_override = True
    assert "make it editable" in refused(context, body, override)


def test_an_action_shared_with_another_character_stays_with_it(context, body, rig):
    other = build_rig(context, NAMINGS["Mixamo"])
    for character in (rig, other):
        character.pose.bones["mixamorig:Head"].rotation_quaternion = (0.9, 0.1, 0, 0)
    rig.pose.bones["mixamorig:Head"].keyframe_insert("rotation_quaternion", frame=1)
    shared = rig.animation_data.action
    curves.assign(other, shared)
    keys = [list(curve.keyframe_points[0].co) for curve in curves.curves_of(shared, rig)]
    action = retarget(context, body, walk(2), rig, detect_rig(rig))
    assert rig.animation_data.action == action != shared
    assert other.animation_data.action == shared and shared.use_fake_user
    assert [list(c.keyframe_points[0].co) for c in curves.curves_of(shared, other)] == keys


def test_fingers_keep_the_pose_they_have(context, body, rig):
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    finger = rig.data.edit_bones.new("mixamorig:LeftHandIndex1")
    finger.parent = rig.data.edit_bones["mixamorig:LeftHand"]
    finger.head, finger.tail = finger.parent.tail, finger.parent.tail + finger.parent.vector
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.pose.bones[finger_name := "mixamorig:LeftHandIndex1"].rotation_quaternion = (0.8, 0.6, 0, 0)
    before = rig.pose.bones[finger_name].matrix_basis.copy()
    action = retarget(context, body, walk(2), rig, detect_rig(rig))
    assert rig.pose.bones[finger_name].matrix_basis == before
    assert not any(finger_name in c.data_path for c in curves.curves_of(action, rig))
