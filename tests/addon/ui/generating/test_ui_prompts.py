"""The list of prompts: what the buttons do, and that the list lives with the body and the file."""

import bpy
import pytest


@pytest.fixture
def actor(addon):
    """A body added by its button."""
    bpy.ops.motivo.add_body()
    return bpy.context.object


def names(body) -> list[str]:
    return [prompt.name for prompt in body.motivo.prompts]


def test_add_body_makes_the_body_the_active_one(actor, addon):
    assert addon.bodies.is_body(actor)
    assert addon.bodies.active_body(bpy.context) == actor
    assert len(actor.data.bones) == 24


def test_the_mesh_of_a_body_stands_for_the_body(actor, addon):
    bpy.context.view_layer.objects.active = actor.children[0]
    assert addon.bodies.active_body(bpy.context) == actor


def test_a_lone_body_need_not_be_selected_but_two_must(actor, addon):
    bpy.context.view_layer.objects.active = None
    assert addon.bodies.active_body(bpy.context) == actor
    bpy.ops.motivo.add_body()
    bpy.context.view_layer.objects.active = None
    assert addon.bodies.active_body(bpy.context) is None


def test_without_a_body_there_is_nothing_to_prompt(addon):
    assert not bpy.ops.motivo.prompt_add.poll()
    assert not bpy.ops.motivo.generate.poll()
    assert not bpy.ops.motivo.export_fbx.poll()


def test_prompts_are_added_one_after_the_other_with_names_of_their_own(actor):
    bpy.context.scene.frame_start = 10
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    first, second = actor.motivo.prompts
    assert names(actor) == ["Motion File", "Motion File 2"]
    assert first.start == 10
    assert second.start == first.end + 1
    assert actor.motivo.active_prompt == 1


def test_a_keyframes_prompt_spans_the_keys(actor):
    for frame in (5, 42):
        actor.pose.bones["left_knee"].keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    prompt = actor.motivo.prompts[0]
    assert (prompt.start, prompt.end) == (5, 42)


def test_prompts_move_and_go(actor):
    for _ in range(3):
        bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    bpy.ops.motivo.prompt_move(direction="UP")
    assert names(actor) == ["Keyframes", "Keyframes 3", "Keyframes 2"]
    assert actor.motivo.active_prompt == 1
    bpy.ops.motivo.prompt_remove()
    assert names(actor) == ["Keyframes", "Keyframes 2"]
    bpy.ops.motivo.prompt_remove()
    bpy.ops.motivo.prompt_remove()
    assert names(actor) == []
    assert not bpy.ops.motivo.prompt_remove.poll()


def test_prompts_and_settings_are_saved_with_the_file(actor, tmp_path):
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    actor.motivo.prompts[0].motion_file.path = "//walk.bvh"
    actor.motivo.generation.assistance = 0.25
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    loaded = bpy.data.objects["Motivo Body"].motivo
    assert loaded.prompts[0].kind == "MOTION_FILE"
    assert loaded.prompts[0].motion_file.path == "//walk.bvh"
    assert loaded.generation.assistance == 0.25


def test_a_copied_body_has_prompts_of_its_own(actor):
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    copy = actor.copy()
    copy.motivo.prompts[0].name = "Other"
    assert names(actor) == ["Keyframes"]


def test_the_timeline_counts_control_frames_whatever_the_scenes_rate(actor, addon):
    scene = bpy.context.scene
    scene.render.fps = 24
    for frame in (25, 49):
        actor.pose.bones["left_knee"].keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    timeline = addon.timeline.build_timeline(bpy.context, actor)
    assert (timeline.prompts[0].start, timeline.prompts[0].end) == (0, 30)
    assert addon.keys.source.first_frame(actor) == 25


def test_30_fps_is_one_click(actor):
    bpy.context.scene.render.fps_base = 1.001
    bpy.ops.motivo.use_30_fps()
    assert bpy.context.scene.render.fps / bpy.context.scene.render.fps_base == 30
