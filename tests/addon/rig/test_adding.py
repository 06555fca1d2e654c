"""Where a body that is added stands: at the 3D cursor, beside what is there already."""

import bpy
import pytest


@pytest.fixture
def scene(context, addon):
    context.scene.cursor.location = (0, 0, 0)
    yield context.scene
    context.scene.cursor.location = (0, 0, 0)


def add() -> bpy.types.Object:
    """As a click does; without a window Blender invokes nothing."""
    assert bpy.ops.motivo.add_body(beside=True) == {"FINISHED"}
    return bpy.context.object


def a_cube(size, location):
    bpy.ops.mesh.primitive_cube_add(size=size, location=location)
    return bpy.context.object


def test_it_stands_on_the_floor_at_the_cursor(scene):
    scene.cursor.location = (3, -2, 1.4)
    assert tuple(add().location) == (3, -2, 0)


def test_beside_a_cube_its_feet_and_arms_are_free(scene, capfd):
    a_cube(2, (0, 0, 0))
    body = add()
    assert 1.9 <= body.location.length <= 2.2 and body.location.z == 0
    assert "beside 'Cube'" in capfd.readouterr().out


def test_a_second_body_stands_beside_the_first(scene):
    first, second = add(), add()
    assert first.location.length == 0 and second.location.length > 1


@pytest.mark.parametrize(
    ("size", "height"), [(20, 0), (1, 4), (1, -0.5)], ids=["house", "lamp", "slab under the floor"]
)
def test_what_nobody_bumps_into_moves_nobody(scene, size, height):
    a_cube(size, (0, 0, height))
    assert add().location.length == 0


def test_a_script_has_it_where_it_says(scene):
    a_cube(2, (0, 0, 0))
    bpy.ops.motivo.add_body()
    assert bpy.context.object.location.length == 0
    bpy.ops.motivo.add_body(location=(1, 2))
    assert tuple(bpy.context.object.location) == (1, 2, 0)


def test_room_is_measured_in_metres_whatever_the_unit(scene, monkeypatch):
    monkeypatch.setattr(scene.unit_settings, "scale_length", 0.01)
    a_cube(200, (0, 0, 0))
    assert 190 <= add().location.length <= 220


def test_where_all_is_taken_it_stands_as_was_asked(scene):
    for x in range(-9, 10, 3):
        for y in range(-9, 10, 3):
            a_cube(3, (x, y, 0))
    assert add().location.length == 0


def test_the_next_one_does_not_go_where_the_last_one_went(addon):
    """Blender remembers what an operator was told, but where it is said to forget it."""
    told = bpy.ops.motivo.add_body.get_rna_type().properties
    assert told["location"].is_skip_save and told["beside"].is_skip_save
