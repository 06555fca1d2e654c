"""A baked Action moves the body exactly as the motion says, and nothing else changes."""

import json

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import (
    bake_motion,
    contacts_of,
    overriding_constraints,
    take_of,
)
from motivo_source.motivo_addon.rig.body.armature import add_body
from motivo_source.runtime.errors import UserError


@pytest.mark.parametrize(("fps", "base"), [(30, 1.0), (24, 1.0), (60, 1.0), (30, 1.001)])
def test_joints_are_where_the_motion_has_them_at_any_frame_rate(
    context, body, motion, joints_in_world, fps, base
):
    context.scene.render.fps, context.scene.render.fps_base = fps, base
    bake_motion(context, body, motion, "Walk", start_frame=10)
    expected = motion.positions()
    for index in (0, 1, 37, 60, 89):
        frame = 10 + index / 30 * fps / base
        np.testing.assert_allclose(
            joints_in_world(context, body, frame), expected[index], atol=1e-5
        )


def test_the_take_moves_with_the_object(context, body, motion, joints_in_world):
    placed = Matrix.Translation((3, -2, 1)) @ Matrix.Rotation(0.7, 4, "Z") @ Matrix.Scale(1.5, 4)
    body.matrix_world = placed
    bake_motion(context, body, motion, "Walk")
    expected = [placed @ bpy_vector for bpy_vector in map(_vector, motion.positions()[30])]
    np.testing.assert_allclose(joints_in_world(context, body, 31), expected, atol=1e-5)


def test_applying_the_objects_transform_first_changes_nothing(
    context, body, motion, joints_in_world
):
    body.rotation_euler.z, body.scale = 1.2, (2.0, 2.0, 2.0)
    bpy.ops.object.transform_apply(location=False, rotation=True, scale=True)
    bake_motion(context, body, motion, "Walk")
    np.testing.assert_allclose(
        joints_in_world(context, body, 31), 2.0 * motion.positions()[30], atol=1e-5
    )


def test_between_keys_no_joint_leaves_its_way(context, body, motion, joints_in_world):
    """A quaternion that flipped its sign would throw the body about between two frames."""
    bake_motion(context, body, motion, "Walk")
    positions = motion.positions()
    for index in range(0, 89, 4):
        middle = joints_in_world(context, body, 1.5 + index)
        expected = (positions[index] + positions[index + 1]) / 2
        assert np.abs(middle - expected).max() < 0.01


def test_bones_that_use_euler_angles_or_axis_and_angle_keep_them(
    context, body, motion, joints_in_world
):
    body.pose.bones["pelvis"].rotation_mode = "XYZ"
    body.pose.bones["left_elbow"].rotation_mode = "ZYX"
    body.pose.bones["head"].rotation_mode = "AXIS_ANGLE"
    action = bake_motion(context, body, motion, "Walk")
    for index in (0, 45, 89):
        np.testing.assert_allclose(
            joints_in_world(context, body, 1 + index), motion.positions()[index], atol=1e-5
        )
    turns = [c for c in curves.curves_of(action, body) if c.data_path.endswith("rotation_euler")]
    assert len(turns) == 6
    for curve in turns:
        assert np.abs(np.diff(curves.read_keys(curve)[:, 1])).max() < np.pi


def test_the_source_action_stays_as_it_was_and_in_the_file(context, body, motion):
    body.pose.bones["head"].rotation_quaternion = (0.9, 0.1, 0, 0)
    body.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=5)
    source = curves.active_action(body)
    before = [curves.read_keys(curve).tolist() for curve in curves.curves_of(source, body)]
    baked = bake_motion(context, body, motion, "Walk")
    assert curves.active_action(body) == baked != source
    after = [curves.read_keys(curve).tolist() for curve in curves.curves_of(source)]
    assert after == before
    assert source.use_fake_user and baked.use_fake_user


def test_the_action_is_named_after_the_prompt_and_tells_how_to_make_it_again(context, body, motion):
    action = bake_motion(context, body, motion, "Walk in a circle", start_frame=5)
    assert action.name == "Walk in a circle"
    assert tuple(action.frame_range) == pytest.approx((5.0, 94.0))
    take = take_of(action)
    assert take["metadata"] == motion.metadata
    assert (take["fps"], take["start_frame"], take["step"]) == (30.0, 5.0, 1.0)
    np.testing.assert_array_equal(contacts_of(action), motion.contacts)


def test_numbers_of_numpy_in_the_metadata_are_kept_as_plain_ones(context, body, motion):
    motion.metadata.update(seed=np.int64(7), score=np.float32(0.5), weights=np.arange(3))
    action = bake_motion(context, body, motion, "Walk")
    kept = take_of(action)["metadata"]
    assert (kept["seed"], kept["score"], kept["weights"]) == (7, 0.5, [0, 1, 2])
    assert json.dumps(kept)


def test_takes_survive_saving_and_loading(context, body, motion, joints_in_world, tmp_path):
    bake_motion(context, body, motion, "First")
    bake_motion(context, body, motion, "Second")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "takes.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "takes.blend"))
    assert {action.name for action in bpy.data.actions} == {"First", "Second"}
    np.testing.assert_array_equal(contacts_of(bpy.data.actions["First"]), motion.contacts)
    again = bpy.data.objects["Motivo Body"]
    curves.assign(again, bpy.data.actions["First"])
    np.testing.assert_allclose(
        joints_in_world(bpy.context, again, 41), motion.positions()[40], atol=1e-5
    )


def test_two_bodies_play_takes_of_their_own(context, motion, joints_in_world):
    first, second = add_body(context), add_body(context)
    bake_motion(context, first, motion, "First")
    bake_motion(context, second, motion.cut(20, 60), "Second")
    np.testing.assert_allclose(
        joints_in_world(context, first, 11), motion.positions()[10], atol=1e-5
    )
    np.testing.assert_allclose(
        joints_in_world(context, second, 11), motion.positions()[30], atol=1e-5
    )


def test_what_the_take_does_not_key_does_not_bend_it(context, body, motion, joints_in_world):
    body.pose.bones["left_knee"].scale = (1, 2, 1)
    body.pose.bones["left_hip"].location = (0.1, 0, 0)
    bake_motion(context, body, motion, "Walk")
    np.testing.assert_allclose(
        joints_in_world(context, body, 31), motion.positions()[30], atol=1e-5
    )


def test_constraints_that_would_bend_the_take_are_named(context, body):
    constraint = body.pose.bones["left_ankle"].constraints.new("IK")
    assert overriding_constraints(body) == [f"left_ankle: {constraint.name}"]
    constraint.mute = True
    assert overriding_constraints(body) == []


def test_a_body_deleted_meanwhile_is_told_and_leaves_no_action_behind(context, body, motion):
    bpy.data.objects.remove(body)
    with pytest.raises(UserError, match="no longer in the scene"):
        bake_motion(context, body, motion, "Walk")
    assert not bpy.data.actions


def _vector(point):
    from mathutils import Vector

    return Vector(point)
