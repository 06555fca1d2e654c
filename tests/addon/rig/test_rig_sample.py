"""What is keyed in Blender is what the simulation is asked for."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Quaternion, Vector
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.motivo_addon.rig.sample import sample_body, sample_skeleton
from motivo_source.runtime.body import JOINT_NAMES, SMPL_NAMES
from motivo_source.runtime.errors import UserError


@pytest.mark.parametrize(("fps", "base"), [(30, 1.0), (24, 1.0), (60, 1.0), (30, 1.001)])
def test_a_baked_motion_is_sampled_back_the_same(context, body, motion, fps, base):
    context.scene.render.fps, context.scene.render.fps_base = fps, base
    bake_motion(context, body, motion, "Walk", start_frame=4)
    again = sample_body(context, body, 4, 4 + 89 / 30 * fps / base)
    assert (again.fps, again.frames) == (30.0, 90)
    np.testing.assert_allclose(again.positions(), motion.positions(), atol=1e-5)
    turns = np.abs((again.qpos[:, 3:7] * motion.qpos[:, 3:7]).sum(axis=1))
    np.testing.assert_allclose(turns, 1.0, atol=1e-6)


def test_a_knee_keyed_by_hand_bends_the_simulated_knee(context, body):
    knee = body.pose.bones["left_knee"]
    for frame, angle in ((1, 0.0), (31, -1.0)):
        knee.rotation_quaternion = Quaternion((1, 0, 0), angle)
        knee.keyframe_insert("rotation_quaternion", frame=frame)
    motion = sample_body(context, body, 1, 31)
    hinge = JOINT_NAMES.index("L_Knee_x")
    bend = motion.qpos[:, 7 + hinge]
    assert bend[0] == pytest.approx(0.0, abs=1e-6)
    assert bend[-1] == pytest.approx(1.0, abs=0.02)
    elsewhere = np.delete(motion.qpos[:, 7:], slice(hinge, hinge + 3), axis=1)
    assert np.abs(elsewhere).max() < 1e-5
    # The person looks along -Y: a bent knee takes the foot back.
    ankle = motion.positions()[:, SMPL_NAMES.index("left_ankle")]
    assert ankle[-1, 1] - ankle[0, 1] > 0.3


def test_an_untouched_but_keyed_body_stands_in_the_rest_pose(context, body):
    body.pose.bones["pelvis"].keyframe_insert("location", frame=1)
    motion = sample_body(context, body, 1, 10)
    np.testing.assert_allclose(motion.qpos[:, 7:], 0.0, atol=2e-5)
    np.testing.assert_allclose(motion.qpos[:, 3:7], [[np.sqrt(0.5)] * 2 + [0, 0]] * 10, atol=1e-5)
    from motivo_source.runtime.body.support_points import lowest_points

    assert lowest_points(motion.qpos).min() == pytest.approx(0.0, abs=1e-5)


def test_constraints_count(context, body):
    target = bpy.data.objects.new("Target", None)
    context.scene.collection.objects.link(target)
    ankle = Vector(body.data.bones["left_ankle"].head_local)
    for frame, lift in ((1, 0.0), (31, 0.4)):
        target.location = ankle + Vector((0, 0, lift))
        target.keyframe_insert("location", frame=frame)
    reach = body.pose.bones["left_knee"].constraints.new("IK")
    reach.target, reach.chain_count = target, 2
    motion = sample_body(context, body, 1, 31)
    lifted = motion.positions()[:, SMPL_NAMES.index("left_ankle"), 2]
    assert lifted[-1] - lifted[0] == pytest.approx(0.4, abs=0.01)


def test_nla_tracks_count(context, body, motion):
    action = bake_motion(context, body, motion, "Walk")
    data = body.animation_data
    strip = data.nla_tracks.new().strips.new("Walk", 1, action)
    data.action = None
    if curves.HAS_SLOTS:
        strip.action_slot = action.slots[0]
    again = sample_body(context, body, 1, 90)
    np.testing.assert_allclose(again.positions(), motion.positions(), atol=1e-5)


def test_an_animated_object_is_part_of_the_motion(context, body, motion):
    bake_motion(context, body, motion, "Walk")
    for frame, x in ((1, 0.0), (90, 5.0)):
        body.location.x = x
        body.keyframe_insert("location", index=0, frame=frame)
    context.scene.frame_set(1)
    again = sample_body(context, body, 1, 90)
    np.testing.assert_allclose(again.positions()[0], motion.positions()[0], atol=1e-5)
    moved = again.positions()[-1] - motion.positions()[-1]
    np.testing.assert_allclose(moved, [[5.0, 0.0, 0.0]] * 24, atol=1e-4)


def test_a_scaled_object_is_sampled_in_the_bodys_own_size(context, body, motion):
    body.matrix_world = Matrix.Translation((4, 0, 0)) @ Matrix.Scale(0.01, 4)
    bake_motion(context, body, motion, "Walk")
    again = sample_body(context, body, 1, 90)
    np.testing.assert_allclose(again.positions(), motion.positions(), atol=1e-4)


def test_sampling_leaves_everything_as_it_was(context, body, motion):
    bake_motion(context, body, motion, "Walk")
    context.scene.frame_set(12)
    head = body.pose.bones["head"]
    head.rotation_quaternion = (1, 0, 0, 0)  # posed by hand, not keyed yet
    bpy.ops.object.mode_set(mode="POSE")
    sample_body(context, body, 1, 50)
    sample_skeleton(context, body, 1, 50)
    assert context.scene.frame_current == 12
    assert tuple(head.rotation_quaternion) == (1, 0, 0, 0)
    assert context.mode == "POSE" and context.object == body and body.select_get()
    assert len(bpy.data.scenes) == 1


def _stick(context, scale=1.0):
    """Another armature: two bones, one above the other, that nod."""
    data = bpy.data.armatures.new("Stick")
    stick = bpy.data.objects.new("Stick", data)
    context.scene.collection.objects.link(stick)
    context.view_layer.objects.active = stick
    bpy.ops.object.mode_set(mode="EDIT")
    for name, bottom in (("low", 0.0), ("high", 1.0)):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (0, 0, bottom), (0, 0, bottom + 1)
    data.edit_bones["high"].parent = data.edit_bones["low"]
    bpy.ops.object.mode_set(mode="OBJECT")
    stick.scale = (scale,) * 3
    return stick


def test_any_armature_is_read_joint_by_joint_in_the_world(context):
    stick = _stick(context, scale=2.0)
    stick.location = (10, 0, 0)
    low = stick.pose.bones["low"]
    for frame, angle in ((1, 0.0), (31, np.pi / 2)):
        low.rotation_quaternion = Quaternion((1, 0, 0), angle)
        low.keyframe_insert("rotation_quaternion", frame=frame)
    clip = sample_skeleton(context, stick, 1, 31)
    assert (clip.names, clip.parents, clip.fps, clip.frames) == (("low", "high"), (-1, 0), 30.0, 31)
    np.testing.assert_allclose(clip.rest_positions, [[10, 0, 0], [10, 0, 2]], atol=1e-5)
    np.testing.assert_allclose(clip.positions[0], clip.rest_positions, atol=1e-5)
    # A quarter turn about the bone's X, which at rest is the world's: up goes to -Y.
    np.testing.assert_allclose(clip.positions[-1, 1], [10, -2, 0], atol=1e-5)
    turned = Quaternion((1, 0, 0), np.pi / 2) @ Quaternion(clip.rest_rotations[1])
    assert abs(turned.dot(Quaternion(clip.rotations[-1, 1]))) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("sample", [sample_body, sample_skeleton])
def test_what_cannot_be_sampled_is_refused_in_words(context, body, motion, sample):
    with pytest.raises(UserError, match="has no keyframes"):
        sample(context, body, 1, 30)
    curves.assign(body, curves.new_action("Empty", body))
    with pytest.raises(UserError, match="has no keyframes"):
        sample(context, body, 1, 30)
    bake_motion(context, body, motion, "Walk")
    with pytest.raises(UserError, match="runs backwards, from 20 to 10"):
        sample(context, body, 20, 10)
    with pytest.raises(UserError, match="one pose only"):
        sample(context, body, 20, 20)
    body.data.pose_position = "REST"
    with pytest.raises(UserError, match="rest position"):
        sample(context, body, 1, 30)
    body.data.pose_position = "POSE"
    bpy.data.objects.remove(body)
    with pytest.raises(UserError, match="no longer in the scene"):
        sample(context, body, 1, 30)
    assert len(bpy.data.scenes) == 1


def test_a_mirrored_armature_is_refused_in_words(context, body, motion):
    bake_motion(context, body, motion, "Walk")
    body.scale.x = -1
    with pytest.raises(UserError, match="mirrored"):
        sample_skeleton(context, body, 1, 30)


def test_a_foreign_armature_is_no_body(context):
    with pytest.raises(UserError, match="not a Motivo body"):
        sample_body(context, _stick(context), 1, 30)
