"""Takes stay with their body: through another generation, undo's reach, saving and opening."""

import importlib

import bpy
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def shelf(addon):
    return importlib.import_module(f"{addon.__name__}.shelf.store")


@pytest.fixture
def session(addon):
    return addon.client.session()


@pytest.fixture
def actor(addon):
    """A body whose arm is keyed to rise within 30 frames."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (30, 0.6)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    return body


def put(shelf, body, addon, name, frames=40, drift=0.0):
    """A take that stands, drifting, without asking the worker."""
    from motivo_source.runtime.motion.poses import pose

    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    qpos[:, 0] += drift * np.arange(frames) / 30
    motion = {"fps": 30.0, "qpos": qpos, "qvel": None, "contacts": None, "metadata": {}}
    return shelf.put(body.session_uid, addon.takes.TakeSet(name, 5, (motion,)))[0]


def test_every_generation_stays_until_it_is_removed(actor, session, shelf):
    for _ in range(2):
        assert bpy.ops.motivo.generate() == {"FINISHED"}
    kept = shelf.kept_takes(actor.session_uid)
    assert [take.name for take in kept] == ["Keyframes", "Keyframes 2"]
    bpy.ops.motivo.discard_takes()
    assert len(shelf.kept_takes(actor.session_uid)) == 2
    rows = bpy.context.window_manager.motivo_shelf
    rows.active = 0
    assert session.takes[actor.session_uid].motion is kept[0].motion
    assert bpy.ops.motivo.remove_take() == {"FINISHED"}
    assert [take.name for take in shelf.kept_takes(actor.session_uid)] == ["Keyframes 2"]
    assert [row.name for row in rows.rows] == ["Keyframes 2"]


def test_takes_come_back_with_the_file(actor, addon, session, shelf, tmp_path):
    bpy.ops.motivo.generate()
    made = shelf.kept_takes(actor.session_uid)[0].motion
    place = ((1.0, 0, 0, 2), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
    other = addon.takes.TakeSet("Placed", 7, (made,), place=place)
    shelf.put(actor.session_uid, other)
    actor.motivo_kept = ""  # as undo would leave it
    path = str(tmp_path / "takes.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not bpy.context.window_manager.motivo_shelf.rows
    bpy.ops.wm.open_mainfile(filepath=path)
    body = bpy.data.objects["Motivo Body"]
    first, second = shelf.kept_takes(body.session_uid)
    assert (first.name, second.name, second.start_frame) == ("Keyframes", "Placed", 7)
    assert second.place == place
    np.testing.assert_array_equal(first.motion["qpos"], made["qpos"])
    assert first.motion["metadata"]["measures"] == made["metadata"]["measures"]
    assert session.takes[body.session_uid].title == "Placed"
    assert [row.name for row in bpy.context.window_manager.motivo_shelf.rows] == [
        "Keyframes",
        "Placed",
    ]


def test_damaged_takes_are_told_and_leave_the_rest(actor, addon, session, shelf, tmp_path):
    import json

    put(shelf, actor, addon, "Good")
    put(shelf, actor, addon, "Bad")
    entries = json.loads(actor.motivo_kept)
    entries[1]["take"] = entries[1]["take"][:-40]
    for text in (json.dumps(entries), "nonsense", '[{"name": 3}]', "[[]]", "7"):
        actor.motivo_kept = text
        session.notice = None
        assert len(shelf.read(actor)) == (1 if text.startswith('[{"name": "Good') else 0)
        assert "damaged" in session.notice.text


def test_names_can_be_changed_and_stay_apart(actor, addon, session, shelf):
    first, second = put(shelf, actor, addon, "Walk"), put(shelf, actor, addon, "Walk")
    rows = bpy.context.window_manager.motivo_shelf.rows
    assert [row.name for row in rows] == ["Walk", "Walk 2"]
    rows[1].name = "Walk"
    assert second.name == rows[1].name == "Walk 2"
    rows[0].name = "  "
    assert first.name == rows[0].name == "Take"
    bpy.context.window_manager.motivo_shelf.active = 1
    rows[1].name = "Stroll"
    assert session.takes[actor.session_uid].title == "Stroll"


def test_a_take_is_made_again_from_what_it_remembers(actor, session, shelf):
    actor.motivo.generation.takes = 2
    bpy.ops.motivo.generate()
    first, second = shelf.kept_takes(actor.session_uid)
    session.takes[actor.session_uid] = second.shown()
    actor.animation_data_clear()  # the keys are gone, the take still knows them
    assert bpy.ops.motivo.take_again() == {"FINISHED"}
    again = shelf.kept_takes(actor.session_uid)[-1]
    assert len(shelf.kept_takes(actor.session_uid)) == 3
    np.testing.assert_allclose(again.motion["qpos"], second.motion["qpos"], atol=1e-9)
    assert np.abs(again.motion["qpos"] - first.motion["qpos"]).max() > 1e-3


def test_one_take_passes_into_another(actor, addon, session, shelf):
    slow, fast = put(shelf, actor, addon, "Slow"), put(shelf, actor, addon, "Fast", 60, 0.2)
    session.takes[actor.session_uid] = slow.shown()
    assert not bpy.ops.motivo.blend_takes.poll()
    bpy.ops.motivo.compare_take(number=fast.number)
    bpy.context.scene.frame_set(2)
    with pytest.raises(RuntimeError, match="no room to blend"):
        bpy.ops.motivo.blend_takes()
    bpy.context.scene.frame_set(25)
    assert bpy.ops.motivo.blend_takes() == {"FINISHED"}
    made = shelf.kept_takes(actor.session_uid)[-1]
    assert (made.name, made.frames, made.start_frame) == ("Slow to Fast", 60, 5)
    x = made.motion["qpos"][:, 0]
    assert abs(x[10] - x[0]) < 0.05 and x[-1] - x[30] > 0.1


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("Keyframes - Take 1", "Keyframes - Take 2", "Keyframes - Take 1 to 2"),
        ("Walk", "Walk 2", "Walk to Walk 2"),
        ("Slow", "Slow", "Slow to Slow"),
    ],
)
def test_the_name_of_a_blend_fits_a_row(addon, first, second, joined):
    operators = importlib.import_module(f"{addon.__name__}.operators.takes.shelf")
    assert operators._joined_name(first, second) == joined


def test_takes_that_were_made_elsewhere_cannot_be_made_again(actor, addon, session, shelf):
    take = put(shelf, actor, addon, "Foreign")
    session.takes[actor.session_uid] = take.shown()
    assert not bpy.ops.motivo.take_again.poll()


def test_pictures_show_the_motion(actor, addon, shelf):
    pictures = importlib.import_module(f"{addon.__name__}.shelf.pictures")
    still, moving = put(shelf, actor, addon, "A"), put(shelf, actor, addon, "B", 60, 2.0)
    seen = [pictures.draw_picture(take.motion["qpos"]) for take in (still, moving)]
    for image in seen:
        assert image.shape == (128, 128, 4) and 0.01 < image[..., 3].mean() < 0.5
    assert np.abs(seen[0] - seen[1]).mean() > 0.01
    assert pictures.picture_of(still.number, still.motion) == pictures.picture_of(
        still.number, still.motion
    )


def test_beyond_the_cap_the_oldest_without_a_name_go_and_that_is_told(actor, addon, session, shelf):
    addon.preferences.preferences().kept_takes = 3
    try:
        first = put(shelf, actor, addon, "One")
        put(shelf, actor, addon, "Two")
        put(shelf, actor, addon, "Three")
        shelf.rename(first.number, "The Good One")
        session.notice = None
        put(shelf, actor, addon, "Four")
        names = [take.name for take in shelf.kept_takes(actor.session_uid)]
        assert names == ["The Good One", "Three", "Four"]
        assert "'Two'" in session.notice.text and not session.notice.is_error
        assert [take.named for take in shelf.read(actor)] == [True, False, False]
    finally:
        addon.preferences.preferences().kept_takes = 50


def test_pictures_of_takes_that_are_gone_make_room_for_others(actor, addon, shelf):
    """Blender keeps every picture it is given: a long day's takes must not fill its memory."""
    pictures = importlib.import_module(f"{addon.__name__}.shelf.pictures")
    addon.preferences.preferences().kept_takes = 3
    try:
        places = set()
        for number in range(12):
            take = put(shelf, actor, addon, f"Take {number}")
            places.add(pictures._places[take.number])
        kept = shelf.kept_takes(actor.session_uid)
        assert len(pictures._pictures) <= 4
        assert sorted(pictures._places) == [take.number for take in kept]
        assert len({pictures._places[take.number] for take in kept}) == 3
        shelf.remove(kept[-1].number)
        put(shelf, actor, addon, "Another")
        assert len(pictures._pictures) <= 4 and len(places) <= 4
    finally:
        addon.preferences.preferences().kept_takes = 50


def test_generating_beyond_the_cap_is_no_failure(actor, addon, session, shelf, capfd):
    addon.preferences.preferences().kept_takes = 1
    try:
        for _ in range(3):
            assert bpy.ops.motivo.generate() == {"FINISHED"}
        assert len(shelf.kept_takes(actor.session_uid)) == 1
        assert "Dropped the oldest takes" in capfd.readouterr().out
        assert not session.notice.is_error
    finally:
        addon.preferences.preferences().kept_takes = 50
