"""Other bodies of the scene: felt, drawn, giving way, and baked where they went."""

import importlib

import bpy
import numpy as np
import pytest
from mathutils import Quaternion
from things import cube, error, scene_of


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
