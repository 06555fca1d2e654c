"""Objects that are part of the physics reach the worker as scene data; the file stays as it was."""

import importlib

import bpy
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def actor(addon):
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    body.motivo.generation.quality = "draft"
    return body


def scene_of(addon, body):
    timeline = importlib.import_module(f"{addon.__name__}.timeline")
    return timeline.build_timeline(bpy.context, body).scene


def error(addon):
    return importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.errors").UserError


def cube(name, location, scale=(1, 1, 1)):
    bpy.ops.mesh.primitive_cube_add(size=1, location=location)
    one = bpy.context.object
    one.name, one.scale = name, scale
    one.motivo_scene.takes_part = True
    return one


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


@pytest.fixture
def other(addon):
    """A second body 2 m beside the first that walks ahead by keys of its object."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    body.name = "Anna"
    for frame, y in ((1, 0.0), (20, -1.0)):
        body.location = (2, y, 0)
        body.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(1)
    return body


def test_another_body_is_felt_where_its_animation_takes_it(other, actor, addon):
    assert scene_of(addon, actor) is None
    other.motivo_scene.takes_part = True
    actor.location = (0, 1, 0)
    bpy.context.view_layer.update()
    (person,) = scene_of(addon, actor).people
    assert person.name == "Anna"
    places = person.take.qpos[:, :2]
    assert places[0] == pytest.approx((2, -1), abs=0.02), "beside the body that performs"
    assert places[-1] == pytest.approx((2, -2), abs=0.02)
    # She herself is no obstacle to what she performs.
    other.motivo.generation.quality = "draft"
    bpy.context.view_layer.objects.active = other
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    assert scene_of(addon, other) is None


def test_a_body_that_is_posed_and_not_animated_stands(other, actor, addon):
    other.animation_data_clear()
    other.location = (1, 0, 0)
    other.motivo_scene.takes_part = True
    bpy.context.view_layer.update()
    (person,) = scene_of(addon, actor).people
    assert person.take.frames == 1
    assert person.take.qpos[0, :2] == pytest.approx((1, 0), abs=0.02)


def test_another_body_is_drawn_as_it_is_felt(other, addon):
    from_runtime = importlib.import_module(
        f"{addon.__name__.rpartition('.')[0]}.runtime.body.figures"
    )
    drawing = importlib.import_module(f"{addon.__name__}.surroundings.drawing")
    bpy.context.view_layer.update()
    ends = np.array(drawing.person_wires(bpy.context, other))
    assert len(from_runtime.touched_shapes()) == 24
    assert ends[:, 2].min() == pytest.approx(0, abs=0.02)
    assert 1.5 < ends[:, 2].max() < 1.9
    assert ends[:, 0].mean() == pytest.approx(2, abs=0.1)


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


def test_a_take_is_out_of_date_once_the_scene_changed(other, actor, addon):
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    watch = importlib.import_module(f"{addon.__name__}.keys.watch")
    scene, world = bpy.context.scene, bpy.context.scene.motivo_world

    def now() -> str:
        bpy.context.view_layer.update()
        watch.look(actor, 0)
        return asked.what_is_asked(actor)

    seen = [now()]

    def changed() -> bool:
        seen.append(now())
        return seen[-1] != seen[-2]

    other.location.x = 2.5
    assert not changed(), "she is no part of it yet"
    other.motivo_scene.takes_part = True
    assert changed()
    other.keyframe_insert("location", frame=15)
    assert changed()
    other.animation_data_clear()
    assert changed()
    other.pose.bones["head"].rotation_quaternion = Quaternion((1, 0, 0), 0.5)
    assert changed()
    door = cube("Door", (3, 0, 1))
    assert changed()
    door.location.x = 4
    assert changed()
    door.keyframe_insert("location", frame=1)
    assert changed()
    door.location.x = 6
    door.keyframe_insert("location", frame=10)
    assert changed()
    door.motivo_scene.pick_frame = 7
    assert changed()
    world.gravity = 1.62
    assert changed()
    world.keyframe_insert("gravity", frame=1)
    world.gravity = 5
    world.keyframe_insert("gravity", frame=10)
    assert changed()
    world.shown = True
    scene.frame_set(6)
    assert not changed(), "it plays, and nothing else"
    scene.frame_set(1)
    assert not changed()


def test_what_moves_freely_is_baked_where_it_went(actor, addon):
    """Read in metres beside the body, thrown, and keyed back in the world: under a parent, too."""
    actor.location = (1.0, 2.0, 0.0)
    bpy.ops.object.empty_add(location=(0, 0, 3), rotation=(0, 0, 0.4))
    parent = bpy.context.object
    crate = cube("Crate", (3, 0, 0.25), (0.4, 0.6, 0.5))
    crate.parent = parent
    crate.matrix_parent_inverse = parent.matrix_world.inverted()
    crate.motivo_scene.loose, crate.motivo_scene.mass = True, 5.0
    (found,) = scene_of(addon, actor).objects
    assert found.free and found.mass == pytest.approx(5) and not found.keys
    assert found.position == pytest.approx((2, -2, 0.25), abs=1e-5)
    moved = importlib.import_module(f"{addon.__name__}.surroundings.moved")
    turn = Quaternion((0, 0, 1), 0.5) @ Quaternion(found.rotation)
    way = {
        "position": [list(found.position), [2.5, -2.0, 0.25]],
        "rotation": [list(found.rotation), list(turn)],
    }
    bpy.context.view_layer.update()
    ways = {"Crate": way, "Gone": way}
    assert moved.bake_moved(bpy.context, ways, actor.matrix_world, [1.0, 11.0], "t") == ["Gone"]
    bpy.context.scene.frame_set(1)
    assert tuple(crate.matrix_world.translation) == pytest.approx((3, 0, 0.25), abs=1e-4)
    bpy.context.scene.frame_set(11)
    assert tuple(crate.matrix_world.translation) == pytest.approx((3.5, 0, 0.25), abs=1e-4)
    assert crate.matrix_world.to_euler().z == pytest.approx(0.5, abs=1e-4)
    assert tuple(crate.scale) == pytest.approx((0.4, 0.6, 0.5))
    # Asked again from a later frame it starts where it did.
    (again,) = scene_of(addon, actor).objects
    assert again.position == pytest.approx(found.position, abs=1e-4)


def test_what_moves_freely_is_baked_under_a_parent_that_moves(actor, addon):
    """Its keys undo what the parent does, at the frames at which that is where it is."""
    bpy.ops.object.empty_add(location=(0, 0, 3))
    parent = bpy.context.object
    parent.keyframe_insert("location", frame=1)
    parent.keyframe_insert("rotation_euler", frame=1)
    parent.location, parent.rotation_euler.z = (2, 0, 3), 1.0
    parent.keyframe_insert("location", frame=21)
    parent.keyframe_insert("rotation_euler", frame=21)
    bpy.context.scene.frame_set(1)
    crate = cube("Crate", (3, 0, 0.25), (0.4, 0.6, 0.5))
    crate.parent = parent
    crate.matrix_parent_inverse = parent.matrix_world.inverted()
    crate.motivo_scene.loose = True
    moved = importlib.import_module(f"{addon.__name__}.surroundings.moved")
    way = {"position": [[3, 0, 0.25], [3.5, 0, 0.25], [4, 1, 0.25]], "rotation": [[1, 0, 0, 0]] * 3}
    # The file stands at a frame of which nothing shall be seen.
    bpy.context.scene.frame_set(15)
    frames = [1.0, 11.0, 21.0]
    assert moved.bake_moved(bpy.context, {"Crate": way}, actor.matrix_world, frames, "t") == []
    for frame, place in zip(frames, way["position"], strict=True):
        bpy.context.scene.frame_set(int(frame))
        assert tuple(crate.matrix_world.translation) == pytest.approx(place, abs=1e-4), frame
        assert crate.matrix_world.to_euler().z == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("mode", ["XYZ", "ZXY", "QUATERNION", "AXIS_ANGLE"])
def test_what_moves_freely_is_baked_beside_its_delta_transform(mode, actor, addon):
    """Blender adds it to what is keyed."""
    crate = cube("Crate", (1, 0, 0.25), (0.4, 0.6, 0.5))
    crate.rotation_mode, crate.delta_location = mode, (2, 0, 0)
    crate.delta_rotation_euler = (0.2, 0.3, 0.4)
    crate.delta_rotation_quaternion = Quaternion((1, 2, 3), 0.7)
    crate.motivo_scene.loose = True
    moved = importlib.import_module(f"{addon.__name__}.surroundings.moved")
    turn = Quaternion((0, 0, 1), 0.5)
    way = {"position": [[3, 0, 0.25], [3.5, 0, 0.4]], "rotation": [[1, 0, 0, 0], list(turn)]}
    assert not moved.bake_moved(bpy.context, {"Crate": way}, actor.matrix_world, [1.0, 11.0], "t")
    bpy.context.scene.frame_set(11)
    assert tuple(crate.matrix_world.translation) == pytest.approx((3.5, 0, 0.4), abs=1e-4)
    away = crate.matrix_world.to_quaternion().rotation_difference(turn)
    assert min(away.angle, 2 * np.pi - away.angle) < 1e-3


def test_baking_what_moves_freely_leaves_the_take_up_to_date_and_on_whole_frames(actor, addon):
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    curves = importlib.import_module(f"{addon.__name__}.rig.curves")
    runtime = importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.motion")
    watch = importlib.import_module(f"{addon.__name__}.keys.watch")
    scene = bpy.context.scene
    scene.render.fps = 24
    scene.motivo_bake.scene_range = "KEEP"
    ball = cube("Ball", (1.234549, -0.765432, 0.25), (0.5, 0.5, 0.5))
    ball.rotation_euler = (0.1, 0.2, 0.3)
    ball.motivo_scene.loose = True
    actor.select_set(True)
    bpy.context.view_layer.objects.active = actor

    def now() -> str:
        bpy.context.view_layer.update()
        watch.look(actor, 0)
        return asked.what_is_asked(actor)

    actor.animation_data_clear()
    actor.motivo.prompts.clear()
    bpy.ops.motivo.prompt_add(kind="POSE")
    (found,) = scene_of(addon, actor).objects
    qpos = np.zeros((6, 76))
    qpos[:, 2:5] = (0.9367, 0.5**0.5, 0.5**0.5)
    places = np.round(np.array(found.position) + np.outer(np.arange(6), (0.1, 0, 0)), 5)
    turns = np.round(np.tile(found.rotation, (6, 1)), 6)
    loose = {"Ball": {"position": places.tolist(), "rotation": turns.tolist()}}
    motion = runtime.Motion(30.0, qpos, metadata={"loose": loose})
    addon.client.session().takes[actor.session_uid] = addon.takes.TakeSet(
        "Take", 1, (motion.to_dict(),)
    )
    digest = now(), watch.known(actor).digest
    bpy.ops.motivo.bake()
    assert (now(), watch.known(actor).digest) == digest
    frames = curves.keyed_frames(ball)
    np.testing.assert_allclose(frames, np.round(frames), atol=1e-4)
    np.testing.assert_allclose(frames, curves.keyed_frames(actor))
    scene.frame_set(3)
    assert ball.matrix_world.translation.x == pytest.approx(1.234549 + 0.1 * 2 * 30 / 24, abs=1e-3)
    assert (now(), watch.known(actor).digest) == digest
    ball.animation_data_clear()
    ball.location.x = 2
    assert now() != digest[0]


def test_another_body_may_give_way_and_hold_on(other, actor, addon):
    other.location = (0, -0.8, 0)
    other.animation_data_clear()
    met = other.motivo_scene
    met.takes_part = True
    bpy.context.view_layer.objects.active = actor
    assert bpy.ops.motivo.grip_add(person="Anna") == {"FINISHED"}
    (person,) = scene_of(addon, actor).people
    assert not person.gives_way and not person.grips, "she is led until it is ticked"
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    led = asked.what_is_asked(actor)
    met.gives_way = True
    assert asked.what_is_asked(actor) != led
    (grip,) = met.grips
    grip.own, grip.theirs, grip.start, grip.stop = "L_Hand", "R_Shoulder", 4, 16
    (person,) = scene_of(addon, actor).people
    rate = 30 / bpy.context.scene.render.fps
    (held,) = person.grips
    assert (held.own, held.theirs) == ("L_Hand", "R_Shoulder")
    assert (held.start, held.stop) == (round(3 * rate), round(15 * rate))
    for start, stop in ((16, 4), (4, 60), (-3, 4)):
        grip.start, grip.stop = start, stop
        told = f"'Anna' holds on from frame {start} to {stop}; the motion goes from 1 to 20"
        with pytest.raises(error(addon), match=told):
            scene_of(addon, actor)
    assert bpy.ops.motivo.grip_remove(person="Anna", number=0) == {"FINISHED"}
    assert not len(met.grips)
    assert bpy.ops.motivo.grip_add(person="Bert") == {"CANCELLED"}


def test_who_gave_way_is_baked_where_they_went(other, actor, addon):
    """In their own objects, which stand elsewhere and were keyed; their keys can be edited again."""
    parts = f"{addon.__name__.rpartition('.')[0]}.runtime.motion"
    runtime = importlib.import_module(parts)
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    watch = importlib.import_module(f"{addon.__name__}.keys.watch")
    sample = importlib.import_module(f"{addon.__name__}.rig.sample")
    scene = bpy.context.scene
    scene.motivo_bake.scene_range = "KEEP"
    keys = other.animation_data.action
    other.rotation_euler = (0, 0, 2.0)
    other.motivo_scene.takes_part = other.motivo_scene.gives_way = True
    actor.location, actor.rotation_euler = (1, 2, 0), (0, 0, 0.5)
    own = other.motivo.prompts.add()
    own.kind = "KEYFRAMES"
    actor.select_set(True)
    bpy.context.view_layer.objects.active = actor
    bpy.context.view_layer.update()
    qpos = np.zeros((6, 76))
    qpos[:, 2:5] = (0.9367, 0.5**0.5, 0.5**0.5)
    theirs = qpos.copy()
    theirs[:, :2] = np.outer(np.arange(6), (0.1, 0.05)) + (0.3, -0.9)
    theirs[:, 7:] = 0.1 * np.sin(np.arange(6))[:, None]
    people = {"Anna": {"fps": 30.0, "qpos": theirs.tolist(), "measures": {}}}
    people["Gone"] = people["Anna"]
    motion = runtime.Motion(30.0, qpos, metadata={"people": people})
    watch.look(actor)
    addon.client.session().takes[actor.session_uid] = addon.takes.TakeSet(
        "Take", 1, (motion.to_dict(),), asked=asked.what_is_asked(actor)
    )
    bpy.ops.motivo.bake()
    end = 1 + 5 * scene.render.fps / 30
    found = sample.sample_body(bpy.context, other, 1, end, actor.matrix_world)
    np.testing.assert_allclose(
        found.positions(), runtime.Motion(30.0, theirs).positions(), atol=2e-3
    )
    assert other.animation_data.action.name == "Take - Anna"
    assert own.keyframes.action == keys, "her own prompt means her keys, not what was baked"
    watch.look(actor)
    takes = addon.client.session().takes[actor.session_uid]
    assert not asked.is_out_of_date(actor, takes)
    other.motivo.prompts.clear()
    with bpy.context.temp_override(object=other, active_object=other):
        assert bpy.types.MOTIVO_PT_keys.poll(bpy.context), "they can be reached in her panel"
        assert bpy.ops.motivo.edit_keys() == {"FINISHED"}
    assert other.animation_data.action == keys
    watch.look(actor)
    assert asked.is_out_of_date(actor, takes), "what she does counts again"


def test_things_that_share_an_action_are_baked_apart(actor, addon):
    """What moves freely gets an Action of its own; the other goes on as both were keyed."""
    ball, door = cube("Ball", (3, 0, 0.25), (0.5, 0.5, 0.5)), cube("Door", (3, 4, 1))
    for frame, x in ((1, 3.0), (16, 4.0)):
        door.location = (x, 4, 1)
        door.keyframe_insert("location", frame=frame)
    shared = door.animation_data.action
    curves = importlib.import_module(f"{addon.__name__}.rig.curves")
    curves.assign(ball, shared)
    ball.motivo_scene.loose = True
    bpy.context.scene.frame_set(1)
    found = {one.name: one for one in scene_of(addon, actor).objects}
    assert found["Ball"].free and not found["Ball"].keys
    assert found["Ball"].position == pytest.approx((3, 4, 1), abs=1e-4)
    last = found["Door"].keys[-1].position
    assert last == pytest.approx((4, 4, 1), abs=1e-4)
    moved = importlib.import_module(f"{addon.__name__}.surroundings.moved")
    way = {"position": [[3, 4, 1], [3, 2, 0.25]], "rotation": [[1, 0, 0, 0]] * 2}
    assert not moved.bake_moved(bpy.context, {"Ball": way}, actor.matrix_world, [1.0, 11.0], "t")
    assert door.animation_data.action == shared != ball.animation_data.action
    bpy.context.scene.frame_set(11)
    assert tuple(ball.matrix_world.translation) == pytest.approx((3, 2, 0.25), abs=1e-4)
    bpy.context.scene.frame_set(16)
    assert tuple(door.matrix_world.translation) == pytest.approx((4, 4, 1), abs=1e-4)
