"""Objects that are part of the physics reach the worker as scene data; the file stays as it was."""

import importlib

import bpy
import numpy as np
import pytest
from things import cube, error, scene_of


def test_without_marked_objects_there_is_only_the_floor(actor, addon):
    bpy.ops.mesh.primitive_cube_add(location=(3, 0, 0))
    assert scene_of(addon, actor) is None


def test_marked_objects_are_boxes_hulls_and_what_they_are_said_to_be(actor, addon):
    cube("Step", (2, 0, 0.25), (1, 2, 0.5))
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.3, location=(4, 0, 0.3))
    ball = bpy.context.object
    ball.motivo_scene.takes_part, ball.motivo_scene.shape = True, "sphere"
    bpy.ops.mesh.primitive_cone_add(location=(0, 4, 1))
    cone = bpy.context.object
    cone.motivo_scene.takes_part = True
    shapes = {one.name: one for one in scene_of(addon, actor).objects}
    assert shapes["Step"].shape.size == pytest.approx((1, 2, 0.5))
    assert shapes["Step"].position == pytest.approx((2, 0, 0.25))
    assert shapes[ball.name].shape.radius == pytest.approx(0.3, abs=1e-3)
    assert len(shapes[cone.name].shape.pieces) == 1


def test_keyed_objects_move_and_the_scene_keeps_its_frame(actor, addon):
    bpy.context.scene.frame_set(7)
    door = cube("Door", (3, 0, 1))
    for frame, x in ((1, 3.0), (16, 4.0)):
        door.location.x = x
        door.keyframe_insert("location", frame=frame)
    (found,) = scene_of(addon, actor).objects
    places = np.array([key.position[0] for key in found.keys])
    assert places[0] == pytest.approx(3) and places[-1] == pytest.approx(4)
    assert bpy.context.scene.frame_current == 7
    assert all(not scene.name.startswith("Motivo Scene") for scene in bpy.data.scenes)


def test_an_empty_pushes_along_its_arrow(actor, addon):
    bpy.ops.object.empty_add(type="SINGLE_ARROW", rotation=(0, np.pi / 2, 0))
    arrow = bpy.context.object.motivo_scene
    arrow.takes_part, arrow.impulse, arrow.frame = True, 80, 10
    (push,) = scene_of(addon, actor).pushes
    assert push.impulse == pytest.approx((80, 0, 0), abs=1e-4)
    assert push.frame == round(9 * 30 / bpy.context.scene.render.fps)


def test_the_worlds_settings_are_keyframable(actor, addon):
    world = bpy.context.scene.motivo_world
    world.gravity = 1.62
    assert scene_of(addon, actor).world.gravity == pytest.approx((0, 0, -1.62))
    for frame, gravity in ((1, 9.81), (20, 1.62)):
        world.gravity = gravity
        world.keyframe_insert("gravity", frame=frame)
    keys = scene_of(addon, actor).world.keys
    assert keys[0].gravity[2] == pytest.approx(-9.81)
    assert keys[-1].gravity[2] == pytest.approx(-1.62)
    for frame, friction in ((1, 1.0), (20, 0.05)):
        world.friction = friction
        world.keyframe_insert("friction", frame=frame)
    keys = scene_of(addon, actor).world.keys
    assert [keys[0].friction, keys[-1].friction] == pytest.approx([1, 0.05])
    world.keyframe_insert("slope", frame=1)
    with pytest.raises(error(addon), match="The floor's slope is keyed"):
        scene_of(addon, actor)


def test_what_cannot_be_simulated_is_told_by_name(actor, addon):
    wall = cube("Wall", (3, 0, 0), (1, -1, 1))
    with pytest.raises(error(addon), match="'Wall' is mirrored"):
        scene_of(addon, actor)
    wall.scale = (1, 1, 1)
    bpy.ops.object.light_add()
    lamp = bpy.context.object
    lamp.motivo_scene.takes_part = True
    with pytest.raises(error(addon), match=f"'{lamp.name}' is neither a mesh nor an empty"):
        scene_of(addon, actor)


def test_what_is_drawn_is_what_is_simulated(actor, addon):
    drawing = importlib.import_module(f"{addon.__name__}.surroundings.drawing")
    step = cube("Step", (2, 0, 0.25), (1, 2, 0.5))
    bpy.context.view_layer.update()
    ends = np.array(drawing.wires(bpy.context, step))
    assert len(ends) == 24
    assert ends.min(axis=0) == pytest.approx((1.5, -1, 0))
    assert ends.max(axis=0) == pytest.approx((2.5, 1, 0.5))


def test_a_take_stands_on_what_is_marked(actor, addon):
    cube("Podium", (0, 0, 0.2), (2, 2, 0.4))
    bpy.ops.motivo.generate()
    takes = addon.client.session().takes[actor.session_uid]
    assert takes.motion["qpos"][:, 2].min() > 1.2
    assert takes.motion["metadata"]["timeline"]["scene"]["objects"][0]["name"] == "Podium"


def test_a_scene_in_centimetres_is_read_in_metres(addon):
    units = bpy.context.scene.unit_settings
    units.system, units.scale_length = "METRIC", 0.01
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    body.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=1)
    body.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=20)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    cube("Step", (200, 0, 25), (100, 200, 50))
    bpy.context.scene.motivo_world.wind = 1.0, 2.0, 0.0
    bpy.context.view_layer.objects.active = body
    scene = scene_of(addon, body)
    assert scene.objects[0].shape.size == pytest.approx((1, 2, 0.5))
    assert scene.objects[0].position == pytest.approx((2, 0, 0.25))
    assert tuple(scene.world.wind) == pytest.approx((1.0, 2.0, 0.0))


def test_what_is_held_may_be_picked_up_and_put_down(actor, addon):
    settings = cube("Parcel", (0, -0.4, 1), (0.2, 0.2, 0.2)).motivo_scene
    settings.held, settings.mass = "both", 5
    (held,) = scene_of(addon, actor).objects
    assert (held.held_from, held.held_to) == (0, None)
    settings.picks_up, settings.pick_frame = True, 6
    settings.puts_down, settings.put_frame = True, 16
    (held,) = scene_of(addon, actor).objects
    rate = 30 / bpy.context.scene.render.fps
    assert (held.held_from, held.held_to) == (round(5 * rate), round(15 * rate))
    assert held.held_by == ("R_Hand", "L_Hand")


def test_hands_may_be_put_onto_what_stands_or_moves_as_it_is_keyed(actor, addon):
    settings = cube("Rail", (0.5, 0, 0.9), (0.05, 4, 0.05)).motivo_scene
    assert scene_of(addon, actor).objects[0].hands == ()
    settings.hands = "both"
    (rail,) = scene_of(addon, actor).objects
    assert rail.hands == ("R_Hand", "L_Hand") and (rail.hands_from, rail.hands_to) == (0, None)
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    before = asked.what_is_asked(actor)
    settings.hands, settings.hands_span = "left", True
    assert asked.what_is_asked(actor) != before
    settings.hands_start, settings.hands_stop = 6, 16
    (rail,) = scene_of(addon, actor).objects
    rate = 30 / bpy.context.scene.render.fps
    assert (rail.hands_from, rail.hands_to) == (round(5 * rate), round(15 * rate))
    for start, stop in ((16, 6), (40, 60), (-9, 0)):
        settings.hands_start, settings.hands_stop = start, stop
        told = (
            f"'Rail' is there for hands from frame {start} to {stop}; the motion goes from 1 to 20"
        )
        with pytest.raises(error(addon), match=told):
            scene_of(addon, actor)
    settings.held = "right"
    assert scene_of(addon, actor).objects[0].hands == (), "what is held is not leaned on"


def test_the_frames_of_what_is_held_are_told_as_they_were_set(actor, addon):
    actor.motivo.prompts[0].start, actor.motivo.prompts[0].end = 5, 20
    settings = cube("Parcel", (0, -0.4, 1), (0.2, 0.2, 0.2)).motivo_scene
    settings.held, settings.picks_up, settings.pick_frame = "right", True, 2
    (held,) = scene_of(addon, actor).objects
    assert held.held_from == 0, "before the start: held from the beginning"
    for pick, put, told in (
        (20, None, r"picked up at frame 20; the motion ends at 20"),
        (40, None, r"picked up at frame 40; the motion ends at 20"),
        (2, 60, r"put down at frame 60; the motion ends at 20"),
        (None, 4, r"put down at frame 4; the motion begins at 5"),
        (2, 4, r"put down at frame 4; the motion begins at 5"),
        (12, 9, r"put down at frame 9 and picked up at 12"),
    ):
        settings.picks_up, settings.puts_down = pick is not None, put is not None
        settings.pick_frame, settings.put_frame = pick or 0, put or 0
        with pytest.raises(error(addon), match=f"'Parcel' is {told}"):
            scene_of(addon, actor)
