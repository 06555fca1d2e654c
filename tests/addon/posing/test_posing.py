"""Posing by handles: what is dragged goes there, what is pinned stays, and it can be done by a body."""

import bpy
import numpy as np
import pytest
from mathutils import Vector


@pytest.fixture
def actor(addon):
    """A body that stands with its arms down."""
    import importlib

    bpy.ops.motivo.add_body()
    body = bpy.context.object
    channels = importlib.import_module(f"{addon.__name__}.rig.channels")
    poses = importlib.import_module(f"{addon.__name__.rsplit('.', 1)[0]}.runtime.motion.poses")
    channels.write_pose(body, poses.pose("stand"))
    bpy.context.view_layer.update()
    return body


def place(body, bone: str) -> np.ndarray:
    bpy.context.view_layer.update()
    return np.array(body.matrix_world @ body.pose.bones[bone].head)


def test_a_pose_read_is_the_pose_written(context, body):
    from motivo_source.motivo_addon.rig.channels import current_pose, write_pose
    from motivo_source.runtime.body.kinematics import forward_kinematics
    from motivo_source.runtime.motion.poses import pose

    body.pose.bones["left_elbow"].rotation_mode = "XYZ"
    body.pose.bones["right_knee"].rotation_mode = "AXIS_ANGLE"
    qpos = pose("step")
    qpos[:2] = 0.3, -0.2
    write_pose(body, qpos)
    again = current_pose(body)
    np.testing.assert_allclose(
        forward_kinematics(again[None])[0], forward_kinematics(qpos[None])[0], atol=1e-5
    )


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_a_dragged_hand_goes_there_and_pinned_feet_stay(actor, scale):
    actor.scale = (scale,) * 3
    actor.location = (1, 2, 0)
    feet = [place(actor, f"{side}_ankle") for side in ("left", "right")]
    hand = place(actor, "left_hand")
    offset = np.array((0.1, -0.45, 0.5)) * scale
    assert bpy.ops.motivo.drag_handle(handle="left_hand", offset=offset) == {"FINISHED"}
    np.testing.assert_allclose(place(actor, "left_hand"), hand + offset, atol=0.01 * scale)
    for side, before in zip(("left", "right"), feet, strict=True):
        np.testing.assert_allclose(place(actor, f"{side}_ankle"), before, atol=0.005 * scale)


def test_hips_go_down_and_the_knees_bend(actor):
    feet = [place(actor, f"{side}_ankle") for side in ("left", "right")]
    hips = place(actor, "pelvis")
    bpy.ops.motivo.drag_handle(handle="hips", offset=(0, 0, -0.35))
    np.testing.assert_allclose(place(actor, "pelvis"), hips + (0, 0, -0.35), atol=0.01)
    for side, before in zip(("left", "right"), feet, strict=True):
        np.testing.assert_allclose(place(actor, f"{side}_ankle"), before, atol=0.006)
    assert place(actor, "left_knee")[1] < -0.2  # forwards, which is -Y


def test_what_is_out_of_reach_stays_within_what_joints_can_do(actor):
    from motivo_source.motivo_addon.rig.channels import current_pose
    from motivo_source.runtime.posing.limits import beyond_reach

    bpy.ops.motivo.drag_handle(handle="right_hand", offset=(1.5, 1.5, 1.0))
    assert beyond_reach(current_pose(actor)[None]) == [[]]


@pytest.mark.parametrize("balance", [True, False])
def test_with_balance_the_weight_stays_over_the_feet(actor, balance):
    from motivo_source.motivo_addon.rig.channels import current_pose
    from motivo_source.runtime.posing.balance import out_of_support

    actor.motivo_posing.balance = balance
    bpy.ops.motivo.drag_handle(handle="left_hand", offset=(0.1, -0.9, 0.3))
    assert (out_of_support(current_pose(actor)[None])[0] < 0) == balance


def test_the_face_turns_to_what_it_looks_at(actor):
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = (2.0, -2.0, 1.2)
    actor.motivo_posing.target = target
    bpy.context.view_layer.update()
    assert bpy.ops.motivo.look_at() == {"FINISHED"}
    bpy.context.view_layer.update()
    head = actor.pose.bones["head"]
    front = head.matrix.to_3x3().col[2].normalized()
    wanted = (Vector(target.location) - head.matrix @ Vector((0, 0.1, 0.08))).normalized()
    assert np.degrees(front.angle(wanted)) < 6


def test_mirrored_twice_is_the_pose_itself(actor):
    bpy.ops.motivo.drag_handle(handle="left_hand", offset=(0.2, -0.3, 0.6))
    bones = ("left_hand", "right_hand", "left_ankle", "pelvis", "head")
    before = {bone: place(actor, bone) for bone in bones}
    bpy.ops.motivo.mirror_pose()
    np.testing.assert_allclose(
        place(actor, "right_hand"), before["left_hand"] * (-1, 1, 1), atol=0.02
    )
    bpy.ops.motivo.mirror_pose()
    for bone in bones:
        np.testing.assert_allclose(place(actor, bone), before[bone], atol=1e-4)


def test_auto_keying_keys_what_moved(actor, addon):
    import importlib

    curves = importlib.import_module(f"{addon.__name__}.rig.curves")
    bpy.context.scene.tool_settings.use_keyframe_insert_auto = True
    bpy.ops.motivo.drag_handle(handle="left_hand", offset=(0.0, -0.3, 0.4))
    bpy.context.scene.tool_settings.use_keyframe_insert_auto = False
    keyed = {curve.data_path for curve in curves.curves_that_move(actor)}
    assert 'pose.bones["left_shoulder"].rotation_quaternion' in keyed
    bpy.context.scene.frame_set(20)
    bpy.ops.motivo.key_pose()
    assert len(curves.curves_that_move(actor)) == 24 * 4 + 3
    assert curves.keyed_frames(actor)[-1] == 20
