"""Live in the add-on: frames asked at the clock's pace, late ones counted, wishes from keys and stick."""

import os
import struct

import bpy
import numpy as np
import pytest


class Worker:
    """Answers of a worker, when they are asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, kind, payload):
        self.asked.append((kind, payload))
        return len(self.asked)


@pytest.fixture
def run(addon):
    from motivo_source.motivo_addon.live.running import LiveRun

    now = [10.0]
    worker = Worker()
    run = LiveRun(7, worker, {"start": np.zeros(76)}, clock=lambda: now[0])
    return run, worker, now


def answer(run, number, **payload):
    from motivo_source.runtime.worker.client import Event

    frame = {"qpos": np.ones(76), "qvel": np.zeros(75), "contacts": np.zeros(6, bool), "help": 0.1}
    return run.hear(Event("result", number, {**frame, **payload}))


def test_frames_are_asked_at_their_time_and_late_ones_counted(run):
    from motivo_source.motivo_addon.live.running import Asked

    live, worker, now = run
    live.tick(Asked())
    assert len(worker.asked) == 1, "the library is not read yet"
    assert answer(live, 1) and live.ready and not live.frames
    live.push(3, (1.0, 0.0, 0.0))
    live.tick(Asked("run", (0.0, -3.0)))
    assert worker.asked[1][1]["push"] == [3.0, 1.0, 0.0, 0.0]
    assert worker.asked[1][1]["velocity"] == [0.0, -3.0]
    now[0] += 1.01 / 30
    live.tick(Asked())
    assert worker.asked[2][1]["push"] is None
    now[0] += 0.5
    live.tick(Asked())
    assert len(worker.asked) == 3 and live.dropped == 15
    assert answer(live, 2) and answer(live, 3) and not answer(live, 99)
    live.tick(Asked())
    assert len(worker.asked) <= 5, "what was dropped is not made up for"
    assert len(live.frames) == 2
    for kind, seconds in (("beat", 0.004), ("beat", 0.05), ("drawing", 0.02)):
        live.note(kind, seconds)
    motion = live.motion("Walk")
    assert motion["qpos"].shape == (2, 76)
    told = motion["metadata"]["live"]
    assert (told["dropped"], told["rate"]) == (15, round(30 * 2 / 17, 1))
    assert told["main_thread"] == {
        "beat": {"pieces": 2, "long": 1, "slowest_ms": 50},
        "drawing": {"pieces": 1, "long": 0, "slowest_ms": 20},
    }


def test_a_beat_and_a_drawing_do_as_little_after_an_hour_as_at_first(addon, run, monkeypatch):
    """What Blender's main thread does for a frame: two questions at most, one figure, no loading."""
    import importlib

    live, worker, now = run
    bpy.ops.motivo.add_body()
    live.body = bpy.context.object.session_uid
    preview = importlib.import_module(f"{addon.__name__}.viewport.preview")
    driving = importlib.import_module(f"{addon.__name__}.live.driving")
    kinematics = importlib.import_module(
        f"{addon.__name__.removesuffix('.motivo_addon')}.runtime.body.kinematics"
    )
    figures, drawn = [], []
    forward = kinematics.forward_kinematics

    def counted(qpos):
        figures.append(len(qpos))
        return forward(qpos)

    monkeypatch.setattr(kinematics, "forward_kinematics", counted)
    monkeypatch.setattr(preview, "draw_surface", lambda *arrays: drawn.append(len(arrays[0])))
    session = addon.client.session()
    session.live = live
    hand = driving.Driving(live)
    try:
        answer(live, 1)
        frame = {"qpos": np.ones(76), "qvel": np.zeros(75), "contacts": np.zeros(6), "help": 0.0}
        live.frames.extend([frame] * 108_000)
        asked = len(worker.asked)
        now[0] += 5.0
        hand._beat()
        assert len(worker.asked) - asked <= 2
        assert figures == [], "a beat computes no figure"
        preview._draw_live(live)
        preview._draw_live(live)
        assert figures == [1, 1] and len(drawn) == 2 and drawn[0] == drawn[1]
        assert {name: times.pieces for name, times in live.times.items()} == {
            "beat": 1,
            "figure": 2,
            "drawing": 2,
        }
    finally:
        session.live = None
        hand.end()


def test_what_goes_wrong_ends_it_in_words(run):
    from motivo_source.motivo_addon.live.running import Asked
    from motivo_source.runtime.worker.client import Event

    live, worker, _ = run
    assert live.hear(Event("error", 1, {"text": "There is no library.", "details": "x"}))
    live.tick(Asked())
    assert live.failed == "There is no library." and len(worker.asked) == 1


def test_the_behaviours_are_the_runtimes(addon):
    from motivo_source.motivo_addon.live.settings import SPEEDS, STYLES
    from motivo_source.runtime.live import steering

    assert [style[0] for style in STYLES] == list(steering.STYLES)
    for name, style in steering.STYLES.items():
        assert SPEEDS.get(name, 0.0) == style.speed
        assert [entry[1:] for entry in STYLES if entry[0] == name] == [(style.label, style.about)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_the_stick_of_a_gamepad_is_read_without_waiting(tmp_path, addon):
    from motivo_source.motivo_addon.live.gamepad import Gamepad

    device = tmp_path / "js0"
    os.mkfifo(device)
    pad = Gamepad(device)
    writer = os.open(device, os.O_WRONLY)
    assert pad.present and pad.stick() == (0.0, 0.0)
    os.write(writer, struct.pack("IhBB", 0, -32767, 2, 1) + struct.pack("IhBB", 0, 3000, 2, 0))
    assert pad.stick() == pytest.approx((0.0916, 1.0), abs=1e-3)
    os.write(writer, struct.pack("IhBB", 0, 0, 2, 1))
    assert pad.stick() == (0.0, 0.0)
    os.close(writer)
    pad.close()
    assert not Gamepad(tmp_path / "none").present


@pytest.fixture
def seen(addon, run, monkeypatch):
    """The hand on a body that stands in a view of 400 x 400 pixels, from the front, 100 a metre."""
    import importlib
    from types import SimpleNamespace

    from mathutils import Matrix
    from motivo_source.runtime.motion.poses import pose

    driving = importlib.import_module(f"{addon.__name__}.live.driving")
    bpy.ops.motivo.add_body()
    live, _, _ = run
    live.body, live.begin["start"] = bpy.context.object.session_uid, pose("stand")
    hand = driving.Driving(live)
    # Right is +X, up is +Z, the viewer stands at -Y.
    turned = Matrix(((1, 0, 0, 0), (0, 0, 1, 0), (0, -1, 0, 0), (0, 0, 0, 1)))
    flat = Matrix.Diagonal((0.5, 0.5, 0.01, 1.0)) @ turned
    region = SimpleNamespace(x=0, y=0, width=400, height=400)
    view = SimpleNamespace(
        view_matrix=turned,
        perspective_matrix=flat,
        is_perspective=False,
        view_perspective="ORTHO",
    )
    monkeypatch.setattr(driving.Driving, "_view", lambda self: (region, view))
    yield hand, live
    hand.end()


def mouse(kind, value, x, y):
    from types import SimpleNamespace

    return SimpleNamespace(type=kind, value=value, mouse_x=x, mouse_y=y)


def test_drawing_at_the_body_pushes_the_joint_under_the_mouse(seen):
    from motivo_source.runtime.body import SMPL_NAMES
    from motivo_source.runtime.body.kinematics import forward_kinematics

    hand, live = seen
    head = forward_kinematics(live.shown[None])[0][0][SMPL_NAMES.index("head")]
    x, y = 200 + 100 * head[0], 200 + 100 * head[2]
    assert hand.take(bpy.context, mouse("LEFTMOUSE", "PRESS", x, y))
    assert hand.take(bpy.context, mouse("MOUSEMOVE", "NOTHING", x + 50, y))
    np.testing.assert_allclose(live.arrow[1] - live.arrow[0], (0.5, 0, 0), atol=1e-4)
    assert hand.take(bpy.context, mouse("LEFTMOUSE", "RELEASE", x + 50, y))
    assert live._push is not None and live.arrow is None
    assert SMPL_NAMES[int(live._push[0])] == "head"
    # Half a metre drawn to the right is a metre a second to the right, whatever way the body looks.
    assert live._push[1:] == pytest.approx((1.0, 0.0, 0.0), abs=1e-4)


def test_a_push_has_a_bound_and_the_floor_beside_is_no_body(seen):
    hand, live = seen
    assert not hand.take(bpy.context, mouse("LEFTMOUSE", "PRESS", 399, 399)), "nobody stands there"
    hand.take(bpy.context, mouse("LEFTMOUSE", "PRESS", 200, 290))
    hand.take(bpy.context, mouse("LEFTMOUSE", "RELEASE", 4200, 290))
    assert np.linalg.norm(live._push[1:]) == pytest.approx(3.0)


def test_the_view_is_drawn_for_each_frame_once(addon, seen):
    """The clock beats twice as often as frames come; a push that is drawn follows the mouse."""
    hand, live = seen
    redrawn: list[bool] = []
    hand._view()[0].tag_redraw = lambda: redrawn.append(True)
    session = addon.client.session()
    session.live = live
    try:
        answer(live, 1)
        live.frames.append({"qpos": np.ones(76)})
        for expected in (1, 1):
            hand._beat()
            assert len(redrawn) == expected
        live.frames.append({"qpos": np.ones(76)})
        hand._beat()
        assert len(redrawn) == 2
        live.arrow = np.zeros((2, 3), dtype=np.float32)
        for expected in (3, 4):
            hand._beat()
            assert len(redrawn) == expected
    finally:
        session.live = None


@pytest.mark.parametrize("keep", [True, False])
def test_what_ran_live_becomes_a_take_unless_it_is_thrown_away(addon, run, keep):
    """Recorded as it ran: on the shelf with the others, and baked like them."""
    import importlib
    from types import SimpleNamespace

    from motivo_source.runtime.motion.poses import pose

    operators = importlib.import_module(f"{addon.__name__}.operators.generating.live")
    store = importlib.import_module(f"{addon.__name__}.shelf.store")
    bpy.ops.motivo.add_body()
    body, session = bpy.context.object, addon.client.session()
    live, worker, _ = run
    live.body, ended = body.session_uid, []
    answer(live, 1)
    for number in range(12):
        live._waiting.add(50 + number)
        qpos = pose("stand")
        qpos[0] = 0.05 * number
        answer(live, 50 + number, qpos=qpos)
    session.live = live
    job = session.begin_here("Running live", "")
    job.body = body.session_uid
    operator = SimpleNamespace(
        _run=live,
        _timer=None,
        _driving=SimpleNamespace(end=lambda: ended.append(True)),
        _start_frame=7,
        _job=job,
        report=lambda kinds, text: None,
    )
    manager = SimpleNamespace(event_timer_remove=lambda timer: None)
    context = SimpleNamespace(window_manager=manager, scene=bpy.context.scene)
    finish = operators.MOTIVO_OT_live._finish
    assert finish(operator, context, keep=keep) == ({"FINISHED"} if keep else {"CANCELLED"})
    assert ended and session.live is None and session.job is None
    assert worker.asked[-1][0] == "live_end"
    kept = store.kept_takes(body.session_uid)
    assert [take.name for take in kept] == (["Live Walk"] if keep else [])
    steps = importlib.import_module(f"{addon.__name__}.panels.bodies.next_step")
    assert steps.next_step(bpy.context) == (steps.BAKE if keep else steps.PROMPT)
    if keep:
        assert bpy.ops.motivo.bake() == {"FINISHED"}
        assert tuple(body.animation_data.action.frame_range) == (7.0, 18.0)


def test_live_needs_a_window(addon):
    bpy.ops.motivo.add_body()
    with pytest.raises(RuntimeError, match="window"):
        bpy.ops.motivo.live()


def test_keys_and_an_object_say_where_to(addon, run):
    import importlib
    from types import SimpleNamespace

    driving = importlib.import_module(f"{addon.__name__}.live.driving")
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    live, _, _ = run
    live.body, live.begin["start"] = body.session_uid, np.zeros(76)
    hand = driving.Driving(live)
    try:
        hand.take(bpy.context, SimpleNamespace(type="TWO", value="PRESS"))
        assert hand.asked().style == "run" and hand.asked().velocity == (0.0, 0.0)
        target = bpy.data.objects.new("Goal", None)
        bpy.context.collection.objects.link(target)
        target.location = 5.0, 0.0, 1.0
        bpy.context.view_layer.update()
        bpy.context.scene.motivo_live.target = target
        assert hand.asked().velocity == pytest.approx((3.2, 0.0), abs=1e-5)
        target.location = 0.2, 0.1, 0.0
        bpy.context.view_layer.update()
        assert hand.asked().velocity == pytest.approx((0.0, 0.0), abs=1e-5)
        hand.take(bpy.context, SimpleNamespace(type="ONE", value="PRESS"))
        assert hand.take(bpy.context, SimpleNamespace(type="LEFT_SHIFT", value="PRESS"))
        assert hand.asked().style == "run"
        assert not hand.take(bpy.context, SimpleNamespace(type="G", value="PRESS"))
    finally:
        hand.end()
