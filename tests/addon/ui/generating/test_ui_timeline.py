"""Prompts switched off, coloured, kept as presets; behaviours found by other words for them."""

import importlib

import bpy
import pytest


@pytest.fixture
def actor(addon):
    bpy.ops.motivo.add_body()
    return bpy.context.object


def test_what_is_switched_off_is_not_performed(addon, actor):
    timelines = importlib.import_module(f"{addon.__name__}.timeline")
    for _ in range(2):
        bpy.ops.motivo.prompt_add(kind="POSE")
    first, second = actor.motivo.prompts
    first.enabled = False
    assert len(timelines.build_timeline(bpy.context, actor).prompts) == 1
    assert timelines.first_frame(actor) == second.start
    second.enabled = False
    assert "switch one on" in timelines.missing(actor)


def test_a_strip_has_its_own_colour_or_that_of_its_kind(addon, actor):
    drawing = importlib.import_module(f"{addon.__name__}.strips.drawing")
    bpy.ops.motivo.prompt_add(kind="POSE")
    prompt = actor.motivo.prompts[0]
    kind = addon.prompts.kind_of(prompt)
    assert tuple(prompt.colour) == pytest.approx(kind.colour), "the panel shows what is drawn"
    assert drawing.colour_of(prompt) == pytest.approx(kind.colour)
    assert len({kind.colour for kind in addon.prompts.KINDS}) == len(addon.prompts.KINDS)
    prompt.colour = 0.0, 0.0, 0.0
    assert drawing.colour_of(prompt) == kind.colour
    prompt.colour = 1.0, 0.5, 0.0
    assert drawing.colour_of(prompt) == (1.0, 0.5, 0.0)


def test_speed_loop_and_mirror_reach_the_timeline(addon, actor, tmp_path):
    import numpy as np
    from motivo_source.runtime.motion import Motion, save_motion
    from motivo_source.runtime.motion.poses import pose

    timelines = importlib.import_module(f"{addon.__name__}.timeline")
    save_motion(Motion(30.0, np.tile(pose("step"), (20, 1))), tmp_path / "step.npz")
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    settings = actor.motivo.prompts[0].motion_file
    settings.path = str(tmp_path / "step.npz")
    settings.speed, settings.mirror, settings.loop = 1.5, True, True
    built = timelines.build_timeline(bpy.context, actor).prompts[0]
    assert (built.speed, built.mirror, built.loop) == (1.5, True, True)


def test_a_timeline_is_kept_and_taken_up_by_another_body(addon, actor):
    presets = importlib.import_module(f"{addon.__name__}.prompts.presets")
    bpy.ops.motivo.prompt_add(kind="POSE")
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    actor.motivo.prompts[0].pose.library = "wave"
    rows = actor.motivo.prompts[1].behaviour.rows
    rows.add().task = "JUMP"
    rows[1].weight = 0.25
    before = [presets.plain(prompt) for prompt in actor.motivo.prompts]
    try:
        assert bpy.ops.motivo.preset_save(name="Wave / Jump") == {"FINISHED"}
        assert "Wave  Jump" in presets.names()
        bpy.ops.motivo.add_body()
        other = bpy.context.object
        assert not len(other.motivo.prompts)
        bpy.ops.motivo.preset_load(name="Wave  Jump")
        assert [presets.plain(prompt) for prompt in other.motivo.prompts] == before
    finally:
        bpy.ops.motivo.preset_remove(name="Wave  Jump")
    assert "Wave  Jump" not in presets.names()
    with pytest.raises(RuntimeError, match="not there"):
        bpy.ops.motivo.preset_load(name="Wave  Jump")
    (presets.folder() / "broken.json").write_text("[1, 2")
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.motivo.preset_load(name="broken")
    assert len(other.motivo.prompts) == 2, "what was there stays"
    presets.remove("broken")


def test_behaviours_are_found_by_other_words(addon, actor):
    names = importlib.import_module(f"{addon.__name__}.prompts.plain_names")
    tasks = importlib.import_module(f"{addon.__name__}.prompts.tasks")
    assert set(names.WORDS) == {task.identifier for task in tasks.TASKS}
    assert any("somersault" in label for _, label, *_ in names.searched())
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    bpy.ops.motivo.behaviour_search(task="CRAWL", index=0)
    assert actor.motivo.prompts[0].behaviour.rows[0].task == "CRAWL"


def test_behaviours_are_chosen_by_a_picture_of_each(addon, actor):
    names = importlib.import_module(f"{addon.__name__}.prompts.plain_names")
    tasks = importlib.import_module(f"{addon.__name__}.prompts.tasks")
    poses = importlib.import_module(f"{addon.__name__}.posing.pose_library")
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    row = actor.motivo.prompts[0].behaviour.rows[0]
    painted = set()
    for number, task in enumerate(tasks.TASKS):
        row.picture = task.identifier
        assert (row.task, row.picture) == (task.identifier, task.identifier)
        file = poses.ASSETS / "pictures" / f"{names.picture_name(task.identifier)}.png"
        painted.add(file.read_bytes())
        assert names.pictured()[number][:2] == (task.identifier, task.label)
    assert len(painted) == len(tasks.TASKS), "two behaviours look the same"
    row.task = "SIT"
    assert row.picture == "SIT"


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("move-ego-0-1.4, from the library", "Walk or Run, from the library"),
        ("move-ego--90-2.5, from the library", "Walk or Run, from the library"),
        ("move-ego-low-180-0.5, a pose kept", "Walk Crouched, a pose kept"),
        (
            "move-ego-0-2-raisearms-l-h, raisearms-h-x",
            "Walk with Raised Arms, Raise Both Arms",
        ),
        ("lieonground-up, sitonground", "Lie Down, Sit Down"),
        ("crouch-0.25, jump-2", "Crouch, Jump"),
        ("rotate-y--5-0.8, crawl-0.4-2-d", "Spin, Crawl"),
        ("split-1, headstand, move-ego-0-0", "Splits, Headstand, Stand Still"),
        ("0.5 * move-ego-0-0 + jump-higher", "0.5 * Stand Still + jump-higher"),
        ("walk, from the library", "walk, from the library"),
    ],
)
def test_what_a_take_was_made_of_is_told_by_the_names_of_the_panel(addon, told, plain):
    names = importlib.import_module(f"{addon.__name__}.prompts.plain_names")
    assert names.in_plain_words(told) == plain


def key_arm(body, *keys) -> None:
    from mathutils import Quaternion

    for frame, angle in keys:
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)


def test_keys_are_played_faster_mirrored_and_over_and_over(addon, actor):
    timelines = importlib.import_module(f"{addon.__name__}.timeline")
    key_arm(actor, (1, 0.0), (31, 0.6), (61, 0.0))
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    prompt = actor.motivo.prompts[0]
    settings = prompt.keyframes
    settings.speed = 2.0
    assert (prompt.start, prompt.end) == (1, 31), "as long as the keys are at this speed"
    built = timelines.build_timeline(bpy.context, actor).prompts[0]
    assert built.keyframes == (0, 15, 30) and built.speed == 2.0
    assert built.source.frames == 61, "all that is keyed"
    settings.mirror = settings.loop = True
    prompt.end = 91
    built = timelines.build_timeline(bpy.context, actor).prompts[0]
    assert (built.mirror, built.loop, built.source.frames) == (True, True, 61)
    assert (built.start, built.end) == (0, 90)


def test_mirrored_keys_stay_where_they_were_keyed(addon, actor):
    import numpy as np
    from motivo_source.runtime.body import BODY_NAMES
    from motivo_source.runtime.body.kinematics import forward_kinematics

    key_arm(actor, (1, 0.0), (16, 0.6), (31, 0.0))
    actor.pose.bones["pelvis"].location = 0.7, 0.0, 0.4
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    actor.motivo.prompts[0].keyframes.mirror = True
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    take = addon.client.session().takes[actor.session_uid].motion["qpos"]
    joints = forward_kinematics(take)[0]
    actor.motivo.prompts[0].keyframes.mirror = False
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    plain = forward_kinematics(addon.client.session().takes[actor.session_uid].motion["qpos"])[0]
    np.testing.assert_allclose(joints[0, 0], plain[0, 0], atol=0.03)
    left, right = (BODY_NAMES.index(f"{side}_Hand") for side in "LR")
    lifted = [
        np.linalg.norm(m[15, hand] - m[0, hand]) for m in (plain, joints) for hand in (left, right)
    ]
    assert lifted[0] > 0.2 and lifted[3] > 0.2 and max(lifted[1:3]) < 0.1, lifted
