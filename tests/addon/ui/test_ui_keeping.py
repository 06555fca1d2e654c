"""The best so far is seen and kept; what held a take and which keys it missed is told; keys are held."""

import importlib
import time

import bpy
import drawing
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def actor(addon):
    """A body whose left arm is keyed to rise and sink, and the prompt to do so."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((11, 0.0), (20, 0.6), (30, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    return body


@pytest.fixture
def session(addon):
    return addon.client.session()


def asked(addon, body):
    """The keyframes prompt as the worker gets it."""
    return addon.timeline.build_timeline(bpy.context, body).prompts[0]


def pump_until(session, happened) -> None:
    end = time.monotonic() + 120
    while not happened():
        assert session.job is not None and time.monotonic() < end, session.notice
        session.pump()
        time.sleep(0.01)


def test_the_best_so_far_is_shown_and_kept(actor, addon, session):
    timeline = addon.timeline.build_timeline(bpy.context, actor).to_dict()
    actor.motivo.generation.quality = "physical"
    session.generate(actor, timeline, actor.motivo.generation.values(), "Test", 11)
    assert not bpy.ops.motivo.keep_best.poll()
    steps = importlib.import_module(f"{addon.__name__}.panels.bodies.next_step")
    assert steps.next_step(bpy.context) == steps.KEEP
    pump_until(session, lambda: session.job.best is not None)
    assert session.job.best.shape == (20, 76) and session.job.start_frame == 11
    assert bpy.ops.motivo.keep_best.poll()
    assert bpy.ops.motivo.keep_best() == {"FINISHED"}
    assert session.job is not None, "it ends by itself, soon"
    assert not bpy.ops.motivo.keep_best.poll(), "once is enough"
    session.wait(120)
    (motion,) = session.takes[actor.session_uid].motions
    assert motion["metadata"]["stopped"] and motion["qpos"].shape == (20, 76)
    assert session.notice is None
    told = session.takes[actor.session_uid].told(30.0)
    assert told[0].startswith("Stopped before its end")


def test_pieces_and_better_versions_make_one_motion(addon):
    client = addon.client
    job = client.Job(1, "Generating motion", print)
    pose = np.zeros((4, 76))
    pose[:, 3] = 1.0
    client.show_better(job, {"qpos": pose, "start": 0})
    assert job.best is None and job.ghost.shape == (46, 3), "a draft that is not whole yet"
    client.show_better(job, {"qpos": np.repeat(pose, 3, axis=0), "start": 0, "better": True})
    lifted = pose.copy()
    lifted[:, 2] = 1.0
    client.show_better(job, {"qpos": lifted, "start": 10, "better": True})
    assert job.best[:, 2].tolist() == [0.0] * 10 + [1.0] * 2, "what is past the end is left out"
    client.show_better(job, {"qpos": pose, "start": 12})
    assert job.best is None, "the draft of the next take"


def test_the_ghost_shows_the_scenes_frame_of_the_best_so_far(addon):
    preview = addon.viewport.preview
    scene = bpy.context.scene
    scene.render.fps = 60
    shown = []
    for frame in (1, 11, 31, 500):
        scene.frame_set(frame)
        shown.append(preview.take_index(scene, 11, 20))
    assert shown == [0, 0, 10, 19]


def held_take(addon, body, quality="physical"):
    """A take that was held in its middle and missed a key."""
    qpos = np.zeros((20, 76))
    qpos[:, 3] = 1.0
    metadata = {
        "settings": {"quality": quality},
        "help": [0.0] * 8 + [0.3] * 4 + [0.0] * 7,
        "measures": {"held": [{"first": 8, "last": 11, "mean": 0.3, "max": 0.3}]},
        "keys": [
            {"frame": 9, "off_cm": 7.5, "worst": "left hand", "worst_cm": 12.0, "tolerance_cm": 4.0}
        ],
    }
    motion = {"fps": 30.0, "qpos": qpos, "metadata": metadata}
    return addon.takes.TakeSet("Held", 11, (motion,))


def test_what_held_a_take_is_told_in_the_frames_of_the_scene(actor, addon):
    takes = held_take(addon, actor)
    held, missed = takes.told(30.0)
    assert held == "An invisible hand carries it at frames 19-22 by up to 30 % of its weight."
    assert missed == "The key at frame 20 is missed by 7.5 cm (left hand by 12.0)."
    assert takes.told(60.0)[0].startswith("An invisible hand carries it at frames 27-33")


@pytest.mark.parametrize(("quality", "alert"), [("physical", True), ("draft", False)])
def test_the_panel_warns_and_leads_to_the_frames(actor, addon, monkeypatch, quality, alert):
    figures = importlib.import_module(f"{addon.__name__}.panels.takes.figures")
    said, jumps, boxes = [], [], []

    class Box:
        alert = False

        def box(self):
            boxes.append(self)
            return self

        def grid_flow(self, **_options):
            return self

        def operator(self, identifier, text):
            jumps.append((identifier, text))
            return type("Button", (), {})()

    monkeypatch.setattr(
        figures, "draw_sentence", lambda _c, _l, text, icon="NONE": said.append((text, icon))
    )
    figures.draw_told(bpy.context, Box(), held_take(addon, actor, quality))
    assert boxes[0].alert == alert
    assert {icon for _, icon in said} == ({"ERROR"} if alert else {"INFO"})
    assert jumps == [("motivo.go_to_key", "19"), ("motivo.go_to_key", "20")]
    everywhere = held_take(addon, actor, quality)
    metadata = everywhere.motion["metadata"]
    metadata["measures"] = {"held": [{"first": 0, "last": 18, "mean": 0.3, "max": 0.3}]}
    jumps.clear()
    figures.draw_told(bpy.context, Box(), everywhere)
    assert jumps == [("motivo.go_to_key", "20")], "what is everywhere leads nowhere"


def test_the_button_for_a_seat_is_right_under_its_sentence(actor, addon):
    figures = importlib.import_module(f"{addon.__name__}.panels.takes.figures")
    takes, layout = held_take(addon, actor), drawing.Layout()
    takes.motion["metadata"]["seats"] = [{"frames": [[4, 9]]}]
    figures.draw_told(drawing.Wide(), layout, takes)
    drawn = [
        options.get("text") or arguments[0]
        for kind, arguments, options in layout.drawn
        if kind in ("label", "operator")
    ]
    told = drawn.index("It sits on nothing at frames 15-20; put a seat there.")
    assert drawn[told + 1] == "motivo.add_seat"


def test_the_panel_says_which_hand_lies_on_what(actor, addon, monkeypatch):
    figures = importlib.import_module(f"{addon.__name__}.panels.takes.figures")
    takes, said = held_take(addon, actor), []
    takes.motion["metadata"]["choices"] = [
        {"first": 0, "last": 18, "label": "walk", "prompt": "Go To"},
        {"first": 4, "last": 9, "label": "the left hand lies on 'Rail'", "hand": "L_Hand"},
    ]
    monkeypatch.setattr(figures, "draw_sentence", lambda _c, _l, text, _icon: said.append(text))
    figures.draw_hands(bpy.context, None, takes)
    assert said == ["Frames 15-20: the left hand lies on 'Rail'."]


def test_a_take_that_was_held_says_so_when_it_is_generated(actor, addon, session):
    generate = importlib.import_module(f"{addon.__name__}.operators.generating.generate")
    reports = []

    class Operator:
        def report(self, kinds, text):
            reports.append((kinds, text))

    session.takes[actor.session_uid] = held_take(addon, actor)
    generate.tell_of_take(Operator(), bpy.context, actor)
    ((kinds, text),) = reports
    assert kinds == {"WARNING"} and "19-22" in text and "7.5 cm" in text


def test_keys_have_a_tolerance_and_single_ones_their_own(actor, addon):
    settings = actor.motivo.prompts[0].keyframes
    settings.tolerance, settings.weight = 2.5, 3.0
    bpy.context.scene.frame_set(20)
    assert bpy.ops.motivo.hold_key() == {"FINISHED"}
    assert bpy.ops.motivo.hold_key() == {"FINISHED"}
    assert len(settings.holds) == 1, "a key is held once"
    settings.holds[0].tolerance = 1.0
    prompt = asked(addon, actor)
    assert (prompt.tolerance_cm, prompt.weight) == (2.5, 3.0)
    assert prompt.keyframes == (0, 9, 19) and prompt.holds == ((9, 1.0, 3.0),)
    assert bpy.ops.motivo.release_key(index=0) == {"FINISHED"}
    assert asked(addon, actor).holds == ()


def test_only_keys_can_be_held(actor, addon):
    bpy.context.scene.frame_set(15)
    assert bpy.ops.motivo.hold_key() == {"CANCELLED"}
    settings = actor.motivo.prompts[0].keyframes
    settings.holds.add().frame = 15  # a key that was deleted since
    assert asked(addon, actor).holds == ()


def test_a_change_of_tolerance_makes_the_take_out_of_date(actor, addon):
    viewport = importlib.import_module(f"{addon.__name__}.viewport.asked")
    before = viewport.what_is_asked(actor)
    actor.motivo.prompts[0].keyframes.tolerance = 1.5
    assert viewport.what_is_asked(actor) != before
