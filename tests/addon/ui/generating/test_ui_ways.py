"""Paths, places and what lies between keys, by the buttons and properties of the panel."""

import math

import bpy
import numpy as np
import pytest
from mathutils import Vector


@pytest.fixture
def actor(addon):
    bpy.ops.motivo.add_body()
    return bpy.context.object


@pytest.fixture
def session(addon):
    return addon.client.session()


def asked(addon, body) -> list[dict]:
    return addon.timeline.build_timeline(bpy.context, body).to_dict()["prompts"]


def empty(place, turn=0.0) -> bpy.types.Object:
    made = bpy.data.objects.new("Target", None)
    bpy.context.collection.objects.link(made)
    made.location, made.rotation_euler.z = (*place, 0.0), turn
    bpy.context.view_layer.update()
    return made


def performed(session, body) -> np.ndarray:
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    return session.takes[body.session_uid].motion["qpos"]


def facing(qpos) -> float:
    from motivo_source.runtime.motion.ground_frame import heading

    return float(heading(qpos[None])[0])


def test_a_path_starts_with_a_button_and_is_gone_to_its_end(actor, addon, session):
    bpy.ops.motivo.prompt_add(kind="PATH")
    assert "No curve is chosen" in addon.timeline.missing(actor)
    bpy.ops.motivo.path_draw()
    assert addon.timeline.missing(actor) == ""
    (prompt,) = asked(addon, actor)
    points = np.array(prompt["points"])
    assert prompt["kind"] == "path" and len(points) > 10
    np.testing.assert_allclose(points[-1] - points[0], [0, -4], atol=1e-4)
    actor.motivo.prompts[0].end = 130
    qpos = performed(session, actor)
    np.testing.assert_allclose(qpos[-1, :2], points[-1], atol=0.12)


def test_a_path_is_where_the_curve_is_however_body_and_curve_are_placed(actor, addon):
    data = bpy.data.curves.new("Bent", "CURVE")
    data.dimensions, data.bevel_depth = "3D", 0.1
    spline = data.splines.new("POLY")
    spline.points.add(2)
    for point, co in zip(spline.points, ((0, 0), (2, 0), (2, 2)), strict=True):
        point.co = (*co, 0, 1)
    spline.use_cyclic_u = True
    curve = bpy.data.objects.new("Bent", data)
    bpy.context.collection.objects.link(curve)
    curve.location = (3.0, 1.0, 0.0)
    actor.location, actor.rotation_euler.z, actor.scale = (3.0, 1.0, 0.0), math.pi / 2, (2, 2, 2)
    bpy.context.view_layer.update()
    bpy.ops.motivo.prompt_add(kind="PATH")
    actor.motivo.prompts[0].path.curve = curve
    (prompt,) = asked(addon, actor)
    assert prompt["closed"]
    corners = np.array(prompt["points"])[:3]
    np.testing.assert_allclose(corners, [[0, 0], [0, -1], [1, -1]], atol=1e-5)
    assert len(bpy.data.curves) == 1 and len(bpy.data.objects) == 3


def test_speed_style_and_facing_of_a_path_are_asked_for(actor, addon):
    bpy.ops.motivo.prompt_add(kind="PATH")
    bpy.ops.motivo.path_draw()
    settings = actor.motivo.prompts[0].path
    settings.way.timing, settings.way.speed, settings.way.style = "SPEED", 2.5, "run"
    settings.looks = "OBJECT"
    assert "No object to face" in addon.timeline.missing(actor)
    settings.target = empty((5.0, -2.0))
    settings.ends, settings.way.angle = "ANGLE", math.pi / 2
    (prompt,) = asked(addon, actor)
    assert (prompt["speed"], prompt["style"]) == (2.5, "run")
    assert prompt["toward"] == ((5.0, -2.0),)
    assert prompt["facing"] == pytest.approx(90)
    for frame, x in ((1, 5.0), (90, -5.0)):
        settings.target.location.x = x
        settings.target.keyframe_insert("location", frame=frame)
    toward = np.array(asked(addon, actor)[0]["toward"])
    assert (
        len(toward) > 5 and toward[0, 0] == pytest.approx(5) and toward[-1, 0] == pytest.approx(-5)
    )


def test_one_goes_to_an_empty_and_stands_as_it_looks(actor, addon, session):
    bpy.ops.motivo.prompt_add(kind="GO_TO")
    assert "No object to go to" in addon.timeline.missing(actor)
    actor.motivo.prompts[0].go_to.target = empty((1.0, -2.0), math.pi / 2)
    qpos = performed(session, actor)
    np.testing.assert_allclose(qpos[-1, :2], [1, -2], atol=0.1)
    assert abs(facing(qpos[-1])) < 0.15  # -Y turned by 90 degrees is +X
    np.testing.assert_allclose(qpos[0, :2], 0, atol=0.05)
    bpy.ops.motivo.prompt_add(kind="GO_TO")
    second = actor.motivo.prompts[1].go_to
    second.ends, second.point = "ALONG", (0.0, 0.0)
    assert asked(addon, actor)[1]["place"] == pytest.approx((0, 0))


def key(body, frame, ahead, bones=None):
    """All bones, or some, at a frame; the body stands so many metres ahead."""
    hips = body.pose.bones["pelvis"]
    rest = hips.bone.matrix_local.to_3x3().inverted()
    hips.location = rest @ Vector((0.0, -ahead, 0.0))
    for bone in body.pose.bones if bones is None else [body.pose.bones[name] for name in bones]:
        bone.keyframe_insert("rotation_quaternion", frame=frame)
        if bone.name == "pelvis":
            bone.keyframe_insert("location", frame=frame)


def test_what_lies_between_keys_is_told_and_can_be_chosen(actor, addon, session):
    key(actor, 1, 0.0)
    key(actor, 61, 2.0)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    prompt = actor.motivo.prompts[0]
    assert addon.keys.between.gaps_of(bpy.context, actor, prompt) == []
    performed(session, actor)
    (gap,) = addon.keys.between.gaps_of(bpy.context, actor, prompt)
    assert (gap.start, gap.end, gap.choice) == (1, 61, 0)
    assert gap.label == "walk, from the library" and len(gap.offered) > 1
    bpy.ops.motivo.way_next(start=1)
    assert asked(addon, actor)[0]["between"] == ((0, 1),)
    performed(session, actor)
    (gap,) = addon.keys.between.gaps_of(bpy.context, actor, prompt)
    assert gap.choice == 1
    bpy.ops.motivo.way_ease(start=1)
    performed(session, actor)
    (gap,) = addon.keys.between.gaps_of(bpy.context, actor, prompt)
    assert gap.label == "eased"
    bpy.ops.motivo.way_ease(start=1)
    assert asked(addon, actor)[0]["between"] == ((0, 0),)


def test_a_key_without_the_hips_holds_its_bones_only(actor, addon):
    key(actor, 1, 0.0)
    key(actor, 61, 2.0)
    key(actor, 30, 0.0, ("right_shoulder", "right_elbow"))
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    (prompt,) = asked(addon, actor)
    assert prompt["keyframes"] == (0, 29, 60)
    assert prompt["held"] == ((29, ("R_Elbow", "R_Shoulder")),)


def test_an_action_is_added_to_ones_own_library(actor, addon, session, tmp_path):
    """In the folder that the preferences name."""
    addon.preferences.preferences().library_folder = str(tmp_path)
    assert not bpy.ops.motivo.add_to_library.poll()
    key(actor, 1, 0.0)
    key(actor, 40, 1.0)
    actor.animation_data.action.name = "Glide"
    assert bpy.ops.motivo.add_to_library(credit="Ann Example") == {"FINISHED"}
    assert "'Glide' is in your library" in session.notice.text
    from motivo_source.runtime.library import load_library
    from motivo_source.runtime.library.library import FILE_NAME

    library = load_library(tmp_path / FILE_NAME)
    assert library.names[-1] == "Glide"
    assert library.credit_of(library.clips - 1) == "Ann Example"
    session.close_worker()
