"""A body of another height: its bones, mesh and keys, what is asked for, and the take on it."""

import importlib

import bpy
import numpy as np
import pytest


def module(addon, name):
    return importlib.import_module(f"{addon.__name__}.{name}")


def top(body) -> float:
    """Metres of the highest point of its mesh."""
    mesh = next(child for child in body.children if child.type == "MESH")
    heights = np.empty(len(mesh.data.vertices) * 3)
    mesh.data.vertices.foreach_get("co", heights)
    return float(heights.reshape(-1, 3)[:, 2].max())


@pytest.fixture
def child(addon):
    bpy.ops.motivo.add_body(height=1.4)
    return bpy.context.object


def test_a_body_is_as_tall_as_it_is_asked_to_be(child, addon):
    assert top(child) == pytest.approx(1.4, abs=0.02)
    assert child.motivo.height == pytest.approx(1.4)
    size = module(addon, "rig.body.size")
    assert size.size_of(child).height == pytest.approx(1.4)
    assert module(addon, "panels.bodies.actor").told_size(child) == "1.40 m"


def test_the_limits_of_the_dialog_are_those_of_bodies(addon):
    """They stand there as numbers, for enabling the add-on must not import the runtime's."""
    parent = addon.__name__.rpartition(".")[0]
    size = importlib.import_module(f"{parent}.runtime.body.size")
    for name in ("add_body", "resize_body"):
        asked = getattr(bpy.ops.motivo, name).get_rna_type().properties
        height, mass = asked["height"], asked["mass"]
        assert (height.hard_min, height.hard_max) == pytest.approx(size.HEIGHTS_M)
        assert height.default == pytest.approx(size.reference_height(), abs=5e-5)
        # The heaviest of the tallest, and not much more than that.
        most = size.DENSITIES[1] * size.BodySize(size.HEIGHTS_M[1]).kilograms
        assert most <= mass.hard_max < most + 10


def test_keys_and_pose_go_along_and_come_back(addon):
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    before = top(body)
    bone = body.pose.bones["pelvis"]
    for frame, x in ((1, 0.0), (20, 1.0)):
        bone.location.x = x
        bone.keyframe_insert("location", frame=frame)
    bpy.ops.motivo.resize_body(height=2.0, mass=100)
    bpy.context.scene.frame_set(20)
    ratio = top(body) / before
    assert ratio == pytest.approx(2.0 / 1.7157, abs=1e-3)
    assert bone.location.x == pytest.approx(ratio, abs=1e-4)
    bpy.ops.motivo.resize_body(height=1.7157, mass=0)
    bpy.context.scene.frame_set(20)
    assert top(body) == pytest.approx(before, abs=1e-5)
    assert bone.location.x == pytest.approx(1.0, abs=1e-5)
    assert module(addon, "rig.body.size").size_of(body) is None


def test_keys_under_a_baked_take_and_the_pose_they_leave_go_along(addon):
    """The take, the Action it was made from, and what is remembered of the pose under that."""
    base = module(addon, "keys.base")
    curves = module(addon, "rig.curves")
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bone = body.pose.bones["pelvis"]
    bone.location = (1.0, 0.5, 0.0)
    bone.keyframe_insert("location", index=0, frame=1)
    bone.keyframe_insert("location", index=0, frame=20)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    keys = body.animation_data.action
    runtime = importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.motion")
    qpos = np.zeros((5, 76))
    qpos[:, :3], qpos[:, 3:5] = (0.5, 0.25, 0.9367), 0.5**0.5
    for name in ("First", "Second"):
        take = addon.takes.TakeSet(name, 1, (runtime.Motion(30.0, qpos).to_dict(),))
        addon.client.session().takes[body.session_uid] = take
        bpy.ops.motivo.bake()
        if name == "First":
            bpy.ops.motivo.edit_keys()
    assert body.motivo.prompts[0].keyframes.action == keys
    assert body.animation_data.action != keys

    def shown(action) -> dict[int, float]:
        path = 'pose.bones["pelvis"].location'
        return {
            curve.array_index: curve.evaluate(3)
            for curve in curves.curves_of(action, body)
            if curve.data_path == path
        }

    actions = list(bpy.data.actions)
    assert len(actions) == 3
    before = {action.name: shown(action) for action in actions}
    left = base.base_of(body, keys)['pose.bones["pelvis"].location']
    bpy.ops.motivo.resize_body(height=1.4)
    ratio = 1.4 / 1.7157
    for action in actions:
        expected = {index: value * ratio for index, value in before[action.name].items()}
        assert shown(action) == pytest.approx(expected, abs=1e-4), action.name
    after = base.base_of(body, keys)['pose.bones["pelvis"].location']
    assert after == pytest.approx([value * ratio for value in left], abs=1e-4)
    assert left[1] == pytest.approx(0.5, abs=1e-5)


def test_what_no_body_weighs_is_refused_and_nothing_is_changed(child, addon):
    before = top(child)
    with pytest.raises(RuntimeError, match="weighs between"):
        bpy.ops.motivo.resize_body(height=1.9, mass=5)
    assert top(child) == before and child.motivo.mass == 0
    count = len(bpy.data.objects)
    with pytest.raises(RuntimeError, match="weighs between"):
        bpy.ops.motivo.add_body(mass=5)
    assert len(bpy.data.objects) == count


def test_the_timeline_has_its_size_its_way_in_metres_and_its_keys_in_own_lengths(child, addon):
    bpy.ops.motivo.prompt_add(kind="GO_TO")
    prompt = child.motivo.prompts[0]
    prompt.go_to.point = (2.0, 1.0)
    prompt.go_to.way.timing, prompt.go_to.way.speed = "SPEED", 1.3
    timeline = module(addon, "timeline").build_timeline(bpy.context, child)
    assert timeline.body.height == pytest.approx(1.4)
    assert timeline.prompts[0].place == pytest.approx((2.0, 1.0), abs=1e-4)
    assert timeline.prompts[0].speed == pytest.approx(1.3)


def test_speeds_and_tolerances_of_the_panel_are_those_of_the_world(child, addon):
    """They are shown as m/s and cm, and asked for as these; the planner has them in own lengths."""
    bpy.ops.curve.primitive_bezier_curve_add(location=(1.0, 0.0, 0.0))
    curve = bpy.context.object
    bpy.context.view_layer.objects.active = child
    bone = child.pose.bones["pelvis"]
    for frame in (1, 20):
        bone.keyframe_insert("location", frame=frame)
    for kind in ("KEYFRAMES", "POSE", "PATH"):
        bpy.ops.motivo.prompt_add(kind=kind)
    keys, pose, path = child.motivo.prompts
    keys.keyframes.tolerance, pose.pose.tolerance = 3.0, 5.0
    hold = keys.keyframes.holds.add()
    hold.frame, hold.tolerance, hold.weight = 20, 1.5, 2.0
    path.path.curve = curve
    path.path.way.timing, path.path.way.speed = "SPEED", 0.9
    timeline = module(addon, "timeline").build_timeline(bpy.context, child)
    asked = {type(prompt).__name__: prompt for prompt in timeline.prompts}
    assert asked["MotionPrompt"].tolerance_cm == pytest.approx(3.0)
    assert [hold[1:] for hold in asked["MotionPrompt"].holds] == [pytest.approx((1.5, 2.0))]
    assert asked["PosePrompt"].tolerance_cm == pytest.approx(5.0)
    assert asked["PathPrompt"].speed == pytest.approx(0.9)
    assert np.ptp(asked["PathPrompt"].points, axis=0)[0] == pytest.approx(2.0, abs=0.01)
    sized = importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.prompts.sized")
    own = {type(prompt).__name__: prompt for prompt in sized.in_own_lengths(timeline).prompts}
    scale = module(addon, "rig.body.size").length_of(child)
    assert own["PathPrompt"].speed == pytest.approx(0.9 / scale, abs=1e-5)
    assert own["PosePrompt"].tolerance_cm == pytest.approx(5.0 / scale, abs=1e-4)


def test_a_take_of_its_size_is_baked_where_it_went(child, addon):
    scale = module(addon, "rig.body.size").length_of(child)
    qpos = np.zeros((5, 76))
    qpos[:, :3], qpos[:, 3:5] = (0.5, 0.25, 0.9367 * scale), 0.5**0.5
    client = module(addon, "client")
    own = client._in_own_lengths({"fps": 30.0, "qpos": qpos, "metadata": {}, "scale": scale})
    assert own["qpos"][0, 2] == pytest.approx(0.9367)
    runtime = importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.motion")
    bake = module(addon, "rig.bake").bake_motion
    bake(bpy.context, child, runtime.Motion.from_dict(own), "take")
    bpy.context.scene.frame_set(2)
    hips = child.matrix_world @ child.pose.bones["pelvis"].head
    assert tuple(hips) == pytest.approx((0.5, 0.25, 0.9367 * scale), abs=1e-4)
    place = module(addon, "rig.body.size").own_space(child)
    assert place.to_scale().x == pytest.approx(scale)


def test_another_body_is_felt_in_its_size(child, addon):
    bpy.ops.motivo.add_body()
    grown = bpy.context.object
    child.location.x = 2.0
    child.motivo_scene.takes_part = True
    bpy.ops.motivo.prompt_add(kind="POSE")
    (person,) = module(addon, "timeline").build_timeline(bpy.context, grown).scene.people
    assert person.take.scale == pytest.approx(module(addon, "rig.body.size").length_of(child))
    assert person.take.qpos[0, 0] == pytest.approx(2.0, abs=1e-3)
    assert person.take.qpos[0, 2] == pytest.approx(0.9367 * person.take.scale, abs=2e-3)


def test_a_motion_file_is_played_at_the_pace_of_the_body(child):
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    prompt = child.motivo.prompts[0]
    prompt.start, prompt.end = 1, 101
    assert bpy.ops.motivo.natural_pace() == {"FINISHED"}
    pace = (1.7157 / 1.4) ** 0.5
    assert prompt.motion_file.speed == pytest.approx(pace, abs=1e-3)
    assert prompt.end == 1 + int(100 / pace)
    assert bpy.ops.motivo.natural_pace() == {"FINISHED"}
    assert prompt.end == 1 + int(100 / pace)
