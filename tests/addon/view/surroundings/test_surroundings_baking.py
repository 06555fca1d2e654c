"""What moves freely is baked where it went."""

import importlib

import bpy
import numpy as np
import pytest
from mathutils import Quaternion
from things import cube, scene_of


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
