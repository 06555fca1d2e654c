"""What cannot be simulated is told in one sentence, and the file stays as it was."""

import importlib

import bpy
import numpy as np
import pytest
from things import cube

STORES = ("objects", "meshes", "scenes", "actions", "armatures", "materials")


def with_holes():
    one = cube("Thing", (3, 0, 0.5))
    vertices = [tuple(vertex.co) for vertex in one.data.vertices]
    faces = [tuple(polygon.vertices) for polygon in one.data.polygons][:-1]
    one.data.clear_geometry()
    one.data.from_pydata([*vertices, (0, 0, 0)], [], [*faces, (0, 1, 8)])


def scaled(*scale):
    cube("Thing", (3, 0, 0.5)).scale = scale


def with_a_million_faces():
    one = cube("Thing", (3, 0, 0.5))
    side = 708
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) / side
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    faces = np.stack([corner, corner + 1, corner + side + 1, corner + side], axis=1)
    one.data.clear_geometry()
    one.data.vertices.add(len(grid))
    one.data.vertices.foreach_set("co", np.column_stack([grid, grid[:, 0] ** 2]).ravel())
    one.data.loops.add(faces.size)
    one.data.loops.foreach_set("vertex_index", faces.ravel())
    one.data.polygons.add(len(faces))
    one.data.polygons.foreach_set("loop_start", np.arange(0, faces.size, 4))
    one.data.update()


def inside_of_the_body():
    cube("Thing", (0, 0, 1.0))


def that_jumps():
    one = cube("Thing", (3, 0, 0.5))
    for frame, x in ((5, 3.0), (6, 13.0)):
        one.location.x = x
        one.keyframe_insert("location", frame=frame)


def too_heavy():
    settings = cube("Thing", (0.5, -0.3, 1.0)).motivo_scene
    settings.held, settings.mass = "right", 500


def out_of_reach():
    cube("Thing", (2, 0, 0.5)).motivo_scene.hands = "left"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (out_of_reach, r"'Thing' is out of reach of the left hand: \d\.\d\d m are lacking"),
        (with_holes, r"The object 'Thing' has holes \(\d+ open edges\)"),
        (lambda: scaled(1, 0, 1), "'Thing' is flattened by a scale of 0; set its scale above 0"),
        (lambda: scaled(1, -1, 1), "'Thing' is mirrored or flattened by its scale"),
        (with_a_million_faces, r"The object 'Thing' has 999,698 faces, at most .* decimate it"),
        (inside_of_the_body, r"The object 'Thing' is \d+ cm inside the body"),
        (that_jumps, r"'Thing' moves 10\.0 m within 1/30 s after frame 5;"),
        (too_heavy, r"'Thing' is held and weighs 200 kg"),
    ],
)
def test_what_cannot_be_simulated_is_told_and_the_file_stays(made, told, actor, addon):
    made()
    thing = bpy.data.objects["Thing"]
    thing.select_set(False)
    actor.select_set(True)
    bpy.context.view_layer.objects.active = actor
    bpy.context.scene.frame_set(3)
    bpy.context.view_layer.update()

    def file() -> tuple:
        counts = [len(getattr(bpy.data, store)) for store in STORES]
        places = [tuple(map(tuple, one.matrix_world)) for one in (thing, actor)]
        return counts, places, bpy.context.scene.frame_current, len(thing.data.vertices)

    before = file()
    with pytest.raises(RuntimeError, match=told):
        bpy.ops.motivo.generate()
    assert file() == before
    assert (
        actor.session_uid not in importlib.import_module(f"{addon.__name__}.client").session().takes
    )


@pytest.mark.parametrize("fps", [30, 60])
def test_what_the_engine_says_of_a_frame_counts_as_the_scene_does(fps, actor, addon):
    bpy.context.scene.render.fps = fps
    settings = cube("Thing", (3, 0, 0.5), (0.2, 0.2, 0.2)).motivo_scene
    settings.held, settings.picks_up, settings.pick_frame = "right", True, 13
    bpy.context.view_layer.objects.active = actor
    told = r"'Thing' is \d\.\d\d m from the right hand at frame 13, where it is picked up"
    with pytest.raises(RuntimeError, match=told):
        bpy.ops.motivo.generate()
