"""From the panel's prompts to a baked Action, with the real worker; and all that can go wrong."""

import os
import signal
import sys
import time

import bpy
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def session(addon):
    return addon.client.session()


def scene_state() -> dict[str, object]:
    """All that must stay as it is until Bake."""
    scene = bpy.context.scene
    return {
        "objects": sorted(thing.name for thing in bpy.data.objects),
        "actions": sorted((action.name, action.users) for action in bpy.data.actions),
        "scenes": len(bpy.data.scenes),
        "frame": scene.frame_current,
        "active": bpy.context.object and bpy.context.object.name,
        "selected": sorted(thing.name for thing in bpy.context.selected_objects),
        "playing": [
            thing.animation_data.action.name
            for thing in bpy.data.objects
            if thing.animation_data and thing.animation_data.action
        ],
    }


def refused() -> str:
    """What Generate says instead of generating; the scene must stay as it is."""
    before = scene_state()
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.motivo.generate()
    assert scene_state() == before
    return str(caught.value)


def begin(addon, body) -> None:
    """Starts generating and returns while the worker is at it."""
    timeline = addon.timeline.build_timeline(bpy.context, body).to_dict()
    settings = {**body.motivo.generation.values(), "takes": 64}
    addon.client.session().generate(body, timeline, settings, "Test", 1)


def pump_until(session, happened) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "What was waited for did not happen."
        session.pump()
        time.sleep(0.01)


def test_generate_changes_nothing_and_bake_makes_a_new_action(actor, session):
    keyed = actor.animation_data.action
    before = scene_state()
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert scene_state() == before
    takes = session.takes[actor.session_uid]
    assert takes.motion["qpos"].shape == (20, 76)

    assert bpy.ops.motivo.bake() == {"FINISHED"}
    baked = actor.animation_data.action
    assert baked != keyed
    assert baked.name == "Keyframes"
    assert keyed.name in bpy.data.actions
    assert tuple(baked.frame_range) == (1.0, 20.0)


@pytest.mark.parametrize("muted", [False, True])
def test_bake_tells_which_constraints_bend_the_take(actor, capfd, muted):
    constraint = actor.pose.bones["left_ankle"].constraints.new("LIMIT_ROTATION")
    constraint.mute = muted
    bpy.ops.motivo.generate()
    assert bpy.ops.motivo.bake() == {"FINISHED"}
    told = f"mute them to see it as it is: left_ankle: {constraint.name}"
    assert (told in capfd.readouterr().out) != muted


def test_the_performance_follows_the_keys(actor):
    bpy.ops.motivo.generate()
    bpy.ops.motivo.bake()
    bpy.context.scene.frame_set(10)
    turned = actor.pose.bones["left_shoulder"].matrix_basis.to_quaternion()
    assert np.degrees(turned.rotation_difference(Quaternion((1, 0, 0), 0.6)).angle) < 10


def test_keys_that_no_body_can_reach_are_told(actor, session):
    bpy.ops.motivo.generate()
    reached = session.takes[actor.session_uid].motion["metadata"]["measures"]
    knee = actor.pose.bones["left_knee"]
    knee.rotation_quaternion = Quaternion((1, 0, 0), 1.2)  # a knee bends the other way
    knee.keyframe_insert("rotation_quaternion", frame=10)
    bpy.ops.motivo.generate()
    beyond = session.takes[actor.session_uid].motion["metadata"]["measures"]
    assert reached["keyframe_error_cm"] < 3
    assert beyond["keyframe_error_cm"] > reached["keyframe_error_cm"] + 1


def test_a_second_generation_performs_the_keys_again_not_the_bake(actor):
    keyed = actor.animation_data.action
    bpy.ops.motivo.generate()
    bpy.ops.motivo.bake()
    assert actor.motivo.prompts[0].keyframes.action == keyed
    bpy.ops.motivo.generate()
    bpy.ops.motivo.bake()
    assert {action.name for action in bpy.data.actions} >= {"Keyframes", "Keyframes.001"}
    assert actor.motivo.prompts[0].keyframes.action == keyed


def test_takes_can_be_chosen_and_discarded(actor, session):
    actor.motivo.generation.takes = 2
    bpy.ops.motivo.generate()
    bpy.ops.motivo.choose_take(index=1)
    assert session.takes[actor.session_uid].title == "Keyframes - Take 2"
    bpy.ops.motivo.discard_takes()
    assert not session.takes
    assert not bpy.ops.motivo.bake.poll()


def test_a_take_is_saved_and_performed_from_its_file(actor, session, tmp_path):
    bpy.ops.motivo.generate()
    path = tmp_path / "take.npz"
    bpy.ops.motivo.save_take(filepath=str(path))
    bpy.ops.motivo.prompt_remove()
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    assert bpy.ops.motivo.choose_motion_file(filepath=str(path)) == {"FINISHED"}
    prompt = actor.motivo.prompts[0]
    assert (prompt.name, prompt.end - prompt.start) == ("take", 19)
    assert bpy.ops.motivo.generate() == {"FINISHED"}


def test_measures_are_told_in_words(actor, session, addon):
    bpy.ops.motivo.generate()
    readings = addon.shelf.figures.readings(session.takes[actor.session_uid].motion)
    told = {reading.figure.key: reading for reading in readings}
    assert told["joint_error_world_cm"].text.endswith(" cm")
    assert told["joint_error_world_cm"].grade == "good"
    assert told["assistance_share"].text.endswith("% of weight")


def test_the_ghost_stands_where_the_body_does(actor, session, joints_in_world):
    """Its lines end in the joints of the baked armature."""
    bpy.ops.motivo.generate()
    ghost = session.takes[actor.session_uid].ghost
    assert ghost.shape == (20, 46, 3)
    bpy.ops.motivo.bake()
    joints = joints_in_world(bpy.context, actor, 10)
    np.testing.assert_allclose(ghost[9, 1::2], joints[1:], atol=1e-3)


def test_an_action_without_keys_is_refused(actor):
    actor.motivo.prompts[0].keyframes.action = bpy.data.actions.new("Empty")
    assert "has no keyframes" in refused()


def test_a_body_without_keys_is_refused(addon):
    bpy.ops.motivo.add_body()
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    assert not bpy.ops.motivo.generate.poll()
    assert "has no keys" in addon.timeline.missing(bpy.context.object)


@pytest.mark.parametrize(
    ("start", "end", "words"), [(20, 1, "before it starts"), (5, 5, "one frame long")]
)
def test_impossible_ranges_are_named(actor, addon, start, end, words):
    actor.motivo.prompts[0].start, actor.motivo.prompts[0].end = start, end
    assert words in addon.timeline.missing(actor)
    assert not bpy.ops.motivo.generate.poll()


def test_an_armature_without_legs_is_refused(actor):
    data = bpy.data.armatures.new("Snake")
    snake = bpy.data.objects.new("Snake", data)
    bpy.context.collection.objects.link(snake)
    bpy.context.view_layer.objects.active = snake
    bpy.ops.object.mode_set(mode="EDIT")
    for index in range(4):
        bone = data.edit_bones.new(f"segment{index}")
        bone.head, bone.tail = (0, index, 0.1), (0, index + 1, 0.1)
    bpy.ops.object.mode_set(mode="OBJECT")
    for frame in (1, 20):
        snake.pose.bones[0].keyframe_insert("rotation_quaternion", frame=frame)
    bpy.context.view_layer.objects.active = actor
    actor.motivo.prompts[0].keyframes.armature = snake
    assert "leg" in refused()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("truncated.bvh", "HIERARCHY\nROOT Hips\n{\n  OFFSET 0 0"),
        ("empty.bvh", ""),
        ("lacking.npz", None),
    ],
)
def test_a_broken_motion_file_is_refused_with_a_sentence(actor, session, tmp_path, name, text):
    path = tmp_path / name
    if text is None:
        np.savez(path, something=np.zeros(3))
    else:
        path.write_text(text)
    prompt = actor.motivo.prompts[0]
    prompt.kind = "MOTION_FILE"
    prompt.motion_file.path = str(path)
    sentence = refused()
    assert "Traceback" not in sentence and len(sentence.splitlines()) <= 2
    # The worker stays usable.
    prompt.kind = "KEYFRAMES"
    assert bpy.ops.motivo.generate() == {"FINISHED"}


def test_a_missing_motion_file_is_named(actor, tmp_path):
    prompt = actor.motivo.prompts[0]
    prompt.kind = "MOTION_FILE"
    prompt.motion_file.path = str(tmp_path / "gone.bvh")
    assert "gone.bvh" in refused()


def test_cancelling_leaves_the_worker_ready(actor, session, addon):
    begin(addon, actor)
    pump_until(session, lambda: session.job.fraction > 0.2)
    session.cancel()
    assert session.job is None and session.notice is None
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert session.takes[actor.session_uid].title == "Keyframes"


def test_deleting_the_body_ends_its_generation(actor, session, addon):
    begin(addon, actor)
    pump_until(session, lambda: session.job.fraction > 0.2)
    bpy.data.objects.remove(actor)
    session.pump()
    assert session.job is None
    assert session.notice.text.startswith("'Motivo Body' was deleted")
    assert session.worker.alive


def test_opening_a_file_ends_the_generation_and_forgets_the_takes(actor, session, addon):
    bpy.ops.motivo.generate()
    begin(addon, actor)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert session.job is None
    assert session.notice.text.startswith("Another file was opened")
    assert not session.takes
    assert session.worker.alive


def test_disabling_ends_the_worker(actor, session, addon, linked_extension):
    import addon_utils

    begin(addon, actor)
    before = scene_state()
    worker = session.worker
    addon_utils.disable(linked_extension)
    assert not worker.alive
    assert scene_state() == before


def test_a_killed_worker_is_told_and_replaced(actor, session, addon):
    begin(addon, actor)
    pump_until(session, lambda: session.job.fraction > 0.2)
    os.kill(session.worker.hello["pid"], signal.SIGKILL)
    session.wait(30)
    assert "stopped unexpectedly" in session.notice.text
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert session.notice is None


def test_a_python_that_is_not_there_is_told_and_can_be_corrected(actor, addon, tmp_path):
    addon.preferences.preferences().python_path = str(tmp_path / "no-python")
    assert "could not be started" in refused()
    addon.preferences.preferences().python_path = ""
    assert bpy.ops.motivo.generate() == {"FINISHED"}


def test_the_report_holds_what_a_maintainer_asks_for(actor, session, addon):
    bpy.ops.motivo.generate()
    notice = addon.client.Notice("It broke.", "Details")
    text = sys.modules[f"{addon.__name__}.operators.report"].report_text(notice)
    for words in ("It broke.", "Details", bpy.app.version_string, "mujoco 3.3.7", "worker.log"):
        assert words in text


def test_an_idle_worker_is_ended_after_a_while(actor, session, addon):
    bpy.ops.motivo.generate()
    addon.worker_timer.end_idle_worker(session)
    assert session.worker.alive
    session.idle_since -= 60 * addon.preferences.preferences().idle_minutes + 1
    addon.worker_timer.end_idle_worker(session)
    assert not session.worker.alive


def test_physics_never_enters_blenders_own_process(actor):
    bpy.ops.motivo.generate()
    assert "mujoco" not in sys.modules
