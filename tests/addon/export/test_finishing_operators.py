"""The buttons of Clean Up and Export: what they do, what they say, what they refuse."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import bake_motion


@pytest.fixture
def walked(addon, context, body, motion):
    bake_motion(context, body, motion, "Walk", start_frame=11)
    context.view_layer.objects.active = body
    return body


OPERATORS = (
    "export_takes",
    "clean_bake",
    "clean_to_nla",
    "clean_reduce",
    "clean_loop",
    "clean_mirror",
    "clean_move",
)


def test_exporting_writes_the_file_and_says_how_well_it_reads_back(walked, context, tmp_path):
    settings = context.scene.motivo_export
    settings.engine, settings.folder, settings.root = "unity", str(tmp_path), "bone"
    settings.template, settings.frame_rate = "{character} {take} {fps}", "60"
    assert bpy.ops.motivo.export_takes() == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == ["Motivo Body Walk 60.fbx"]
    assert "179 frames at 60 fps" in settings.report and "largest error 0.0" in settings.report


def test_a_mesh_is_as_good_as_its_armature(walked, context, tmp_path):
    context.view_layer.objects.active = walked.children[0]
    context.scene.motivo_export.folder = str(tmp_path)
    assert bpy.ops.motivo.export_takes() == {"FINISHED"}


def test_a_folder_that_is_missing_is_told(walked, context, tmp_path):
    settings = context.scene.motivo_export
    settings.folder = str(tmp_path / "missing")
    with pytest.raises(RuntimeError, match="There is no folder"):
        bpy.ops.motivo.export_takes()
    assert settings.report.startswith("Not exported: There is no folder")


@pytest.mark.parametrize("name", OPERATORS)
def test_nothing_can_be_pressed_without_an_action(addon, context, name):
    operator = getattr(bpy.ops.motivo, name)
    assert not operator.poll()
    bpy.ops.motivo.add_body()
    assert not operator.poll()


@pytest.mark.parametrize(
    ("name", "action", "frames"),
    [
        ("clean_bake", "Walk baked", (11, 100)),
        ("clean_mirror", "Walk mirrored", (11, 100)),
        ("clean_loop", "Walk loop", (11, 100)),
        ("clean_reduce", "Walk", (11, 100)),
    ],
)
@pytest.mark.parametrize("mode", ["OBJECT", "POSE"])
def test_cleaning_makes_an_action_and_keeps_the_other(walked, context, name, action, frames, mode):
    context.scene.motivo_cleanup.find_seam = False
    bpy.ops.object.mode_set(mode=mode)
    assert getattr(bpy.ops.motivo, name)() == {"FINISHED"}
    assert curves.active_action(walked).name == action
    assert curves.keyed_range(walked) == frames
    assert "Walk" in bpy.data.actions and context.mode == mode


def test_the_mirror_image_keys_the_side_that_was_not_keyed(addon, context, body):
    for frame, angle in ((1, 0.0), (20, 1.0)):
        shoulder = body.pose.bones["left_shoulder"]
        shoulder.rotation_quaternion = (np.cos(angle / 2), np.sin(angle / 2), 0, 0)
        shoulder.keyframe_insert("rotation_quaternion", frame=frame)
    context.scene.frame_set(20)
    before = body.pose.bones["left_wrist"].head.copy()
    context.view_layer.objects.active = body
    assert bpy.ops.motivo.clean_mirror() == {"FINISHED"}
    context.scene.frame_set(20)
    after = tuple(body.pose.bones["right_wrist"].head)
    assert after == pytest.approx((-before.x, before.y, before.z), abs=0.02)
    assert tuple(body.pose.bones["left_wrist"].head) != pytest.approx(tuple(before), abs=0.1)


def test_a_sought_seam_makes_the_loop_shorter(walked, context):
    assert bpy.ops.motivo.clean_loop() == {"FINISHED"}
    first, last = curves.keyed_range(walked)
    assert first == 11 and last < 100


def test_moving_is_in_time_alone_or_in_place_too(walked, context, joints_in_world):
    settings = context.scene.motivo_cleanup
    before = joints_in_world(context, walked, 11)
    settings.frames = 5
    assert bpy.ops.motivo.clean_move() == {"FINISHED"}
    assert curves.active_action(walked).name == "Walk"
    assert curves.keyed_range(walked) == (16, 105)
    settings.frames, settings.shift = 0, (0, 0, 2)
    assert bpy.ops.motivo.clean_move() == {"FINISHED"}
    assert curves.active_action(walked).name == "Walk moved"
    after = joints_in_world(context, walked, 16)
    assert after == pytest.approx(before + (0, 0, 2), abs=1e-4)


def test_the_action_goes_to_the_nla(walked):
    assert bpy.ops.motivo.clean_to_nla() == {"FINISHED"}
    assert [track.name for track in walked.animation_data.nla_tracks] == ["Walk"]
    assert not bpy.ops.motivo.clean_reduce.poll()
