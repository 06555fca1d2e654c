"""A seat that a take lacks, added as an object of the scene."""

import importlib
from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from things import scene_of

SEAT = {
    "frames": [[4, 20]],
    "name": "seat",
    "size": [0.3, 0.4, 0.45],
    "position": [0.2, 0.5, 0.225],
    "rotation": [float(np.cos(0.3)), 0.0, 0.0, float(np.sin(0.3))],
}


@pytest.fixture
def seated(actor, addon):
    """The actor, elsewhere and turned, with a take that lacks a seat."""
    actor.location, actor.rotation_euler.z = (1.0, 2.0, 0.0), 0.7
    bpy.context.view_layer.update()
    takes = importlib.import_module(f"{addon.__name__}.takes")
    motion = importlib.import_module("motivo_source.runtime.motion").Motion
    qpos = np.zeros((30, 76))
    qpos[:, 3] = 1
    told = motion(30, qpos, metadata={"seats": [SEAT], "measures": {}}).to_dict()
    place = tuple(map(tuple, actor.matrix_world))
    session = importlib.import_module(f"{addon.__name__}.client").session()
    session.takes[actor.session_uid] = takes.TakeSet("sits", 1, (told,), place=place)
    yield actor
    session.takes.pop(actor.session_uid, None)


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_a_seat_is_added_where_the_take_sits(seated, addon, unit):
    bpy.context.scene.unit_settings.scale_length = unit
    before = set(bpy.context.scene.objects)
    takes = importlib.import_module(f"{addon.__name__}.client").session().takes
    place = Matrix.LocRotScale((1 / unit, 2 / unit, 0), seated.rotation_euler, None)
    takes[seated.session_uid] = replace(
        takes[seated.session_uid], place=tuple(map(tuple, place @ Matrix.Scale(1 / unit, 4)))
    )
    assert bpy.ops.motivo.add_seat() == {"FINISHED"}
    (one,) = set(bpy.context.scene.objects) - before
    assert one.motivo_scene.takes_part and one.motivo_scene.shape == "box"
    bpy.context.view_layer.update()
    assert np.array(one.dimensions) * unit == pytest.approx([0.3, 0.4, 0.45], abs=1e-4)
    assert np.array(one.location)[2] * unit == pytest.approx(0.225, abs=1e-4)
    seated.matrix_world = place @ Matrix.Scale(1 / unit, 4)
    bpy.context.view_layer.update()
    (found,) = scene_of(addon, seated).objects
    assert found.shape.size == pytest.approx((0.3, 0.4, 0.45), abs=1e-4)
    assert found.position == pytest.approx(SEAT["position"], abs=1e-4)
    assert abs(np.dot(found.rotation, SEAT["rotation"])) == pytest.approx(1, abs=1e-5)


def test_a_seat_is_not_added_twice(seated):
    assert bpy.ops.motivo.add_seat() == {"FINISHED"}
    one = bpy.data.objects["Seat"]
    bpy.context.view_layer.update()
    with pytest.raises(RuntimeError, match="The seat is there; generate again"):
        bpy.ops.motivo.add_seat()
    one.location.x += 1.0
    bpy.context.view_layer.update()
    assert bpy.ops.motivo.add_seat.poll(), "what was taken elsewhere is no seat there"
    one.location.x -= 0.9
    one.motivo_scene.takes_part = False
    bpy.context.view_layer.update()
    assert bpy.ops.motivo.add_seat.poll(), "what is not touched bears nobody"
    one.motivo_scene.takes_part = True
    one.location.z = -0.2
    bpy.context.view_layer.update()
    assert bpy.ops.motivo.add_seat.poll(), "ground is no seat"


def test_a_take_that_sits_on_what_is_there_needs_no_seat(seated, addon):
    takes = importlib.import_module(f"{addon.__name__}.client").session().takes
    own = takes[seated.session_uid]
    bare = {**own.motion, "metadata": {"measures": {}}}
    takes[seated.session_uid] = replace(own, motions=(bare,))
    before = set(bpy.context.scene.objects)
    with pytest.raises(RuntimeError, match="sits on nothing that is not there"):
        bpy.ops.motivo.add_seat()
    assert set(bpy.context.scene.objects) == before
