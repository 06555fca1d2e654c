"""What Bake does beside writing keys: the scene's range, whole frames, parts, repeating."""

import bpy
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def curves(addon):
    import importlib

    return importlib.import_module(f"{addon.__name__}.rig.curves")


def put_take(addon, body, motion) -> None:
    """A take as if it had been generated."""
    take = addon.takes.TakeSet("Take", 1, (motion.to_dict(),))
    addon.client.session().takes[body.session_uid] = take


@pytest.mark.parametrize(("choice", "end"), [("SET", 90), ("KEEP", 250), ("ASK", 250)])
def test_the_scenes_range_is_what_was_chosen(actor, addon, motion, choice, end):
    put_take(addon, actor, motion)
    scene = bpy.context.scene
    scene.frame_end = 250
    scene.motivo_bake.scene_range = choice
    bpy.ops.motivo.bake()
    assert (scene.frame_start, scene.frame_end) == (1, end)


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (25, 1.0), (30, 1.001), (60, 1.0)])
def test_keys_lie_on_whole_frames_and_the_motion_is_the_same(
    actor, addon, curves, motion, joints_in_world, fps, base
):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    put_take(addon, actor, motion)
    bpy.ops.motivo.bake()
    frames = curves.keyed_frames(actor)
    np.testing.assert_allclose(frames, np.round(frames), atol=1e-4)
    frame = 1 + round(fps / base)
    joints = joints_in_world(bpy.context, actor, frame)
    second = (frame - 1) * base / fps
    places = motion.positions()[[int(second * 30), min(int(second * 30) + 1, 89)]]
    share = second * 30 % 1
    np.testing.assert_allclose(joints, (1 - share) * places[0] + share * places[1], atol=0.01)


def test_between_frames_where_that_is_wanted(actor, addon, curves, motion):
    bpy.context.scene.render.fps = 24
    bpy.context.scene.motivo_bake.whole_frames = False
    put_take(addon, actor, motion)
    bpy.ops.motivo.bake()
    assert len(curves.keyed_frames(actor)) == 90


def test_parts_that_are_left_out_keep_their_keys(actor, addon, motion, curves):
    put_take(addon, actor, motion)
    settings = bpy.context.scene.motivo_bake
    settings.parts = settings.parts - {"LEFT_ARM", "HEAD"}
    bpy.ops.motivo.bake()
    bpy.context.scene.frame_set(10)
    bones = actor.pose.bones
    keyed = Quaternion((1, 0, 0), 0.6)
    assert bones["left_shoulder"].rotation_quaternion.rotation_difference(keyed).angle < 1e-3
    assert abs(bones["head"].rotation_quaternion.w) == pytest.approx(1.0, abs=1e-6)
    assert bones["right_shoulder"].rotation_quaternion.rotation_difference(keyed).angle > 0.1
    # The keys themselves are what they were.
    assert curves.frames_with_keys(actor.motivo.prompts[0].keyframes.action, actor).tolist() == [
        1,
        10,
        20,
    ]


def test_a_take_that_ends_as_it_began_repeats_further_on(actor, addon, motion, curves):
    qpos = np.repeat(motion.qpos[:1], 31, axis=0)
    qpos[:, 0] = np.linspace(0.0, 1.5, 31)
    qpos[:, 7:] += 0.3 * np.sin(np.linspace(0, 2 * np.pi, 31))[:, None]
    put_take(addon, actor, type(motion)(30.0, qpos))
    bpy.context.scene.motivo_bake.cyclic = True
    bpy.ops.motivo.bake()
    assert actor.animation_data.action.use_cyclic
    scene = bpy.context.scene

    def hips(frame: int):
        scene.frame_set(frame)
        bpy.context.view_layer.update()
        return np.array(actor.matrix_world @ actor.pose.bones["pelvis"].head)

    np.testing.assert_allclose(hips(46) - hips(16), (1.5, 0, 0), atol=1e-3)


def test_a_take_that_does_not_is_left_alone_and_that_is_said(actor, addon, motion, capfd):
    put_take(addon, actor, motion)
    bpy.context.scene.motivo_bake.cyclic = True
    bpy.ops.motivo.bake()
    assert not actor.animation_data.action.use_cyclic
    assert "does not end as it began" in capfd.readouterr().out


def test_a_first_motion_that_goes_on_starts_where_the_body_stands(actor, addon, motion, tmp_path):
    from motivo_source.motivo_addon.rig.channels import current_pose, write_pose
    from motivo_source.runtime.motion import save_motion
    from motivo_source.runtime.motion.poses import pose

    save_motion(motion, tmp_path / "walk.npz")
    qpos = pose("stand")
    qpos[:2] = 3.0, -2.0
    actor.animation_data_clear()
    write_pose(actor, qpos)
    prompt = actor.motivo.prompts[0]
    prompt.kind, prompt.motion_file.path = "MOTION_FILE", str(tmp_path / "walk.npz")
    prompt.start, prompt.end = 1, 30
    bpy.ops.motivo.generate()
    take = addon.client.session().takes[actor.session_uid].motion
    np.testing.assert_allclose(take["qpos"][0, :2], current_pose(actor)[:2], atol=0.15)


def test_single_bones_are_taken_from_the_performance(actor, addon, motion):
    put_take(addon, actor, motion)
    assert not bpy.ops.motivo.bake_selected_bones.poll()
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = actor
    actor.data.bones.active = actor.data.bones["right_shoulder"]
    select = actor.pose.bones["right_shoulder"]
    # From Blender 5 on the pose bone itself is selected.
    (select if hasattr(select, "select") else select.bone).select = True
    assert bpy.ops.motivo.bake_selected_bones() == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")
    settings = bpy.context.scene.motivo_bake
    assert settings.bones == {"right_shoulder"}
    assert "left_shoulder" in settings.kept_bones() and len(settings.kept_bones()) == 23
    bpy.ops.motivo.bake()
    bpy.context.scene.frame_set(10)
    bones = actor.pose.bones
    keyed = Quaternion((1, 0, 0), 0.6)
    assert bones["left_shoulder"].rotation_quaternion.rotation_difference(keyed).angle < 1e-3
    assert abs(bones["head"].rotation_quaternion.w) == pytest.approx(1.0, abs=1e-6)
    assert bones["right_shoulder"].rotation_quaternion.rotation_difference(keyed).angle > 0.1
