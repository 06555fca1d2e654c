"""Ground of any form: a mesh that was displaced is felt where it is seen."""

import importlib

import bpy
import numpy as np
import pytest
from mathutils import Euler, Vector
from mathutils.bvhtree import BVHTree
from things import cube, error, scene_of

from runtime.scene.ground import Ground


def hills(size=8.0, cells=40, high=0.3, place=(0, 0, 0), turn=(0, 0, 0)):
    """A grid with a Displace modifier, as terrain is made in Blender; part of the physics."""
    bpy.ops.mesh.primitive_grid_add(
        size=size, x_subdivisions=cells, y_subdivisions=cells, location=place, rotation=turn
    )
    one = bpy.context.object
    one.name = "Hills"
    texture = bpy.data.textures.new("Clouds", "CLOUDS")
    texture.noise_scale = 1.2
    displaced = one.modifiers.new("Displace", "DISPLACE")
    displaced.texture, displaced.strength = texture, high
    bpy.ops.motivo.scene_add()
    return one


def way(points):
    curve = bpy.data.curves.new("Way", "CURVE")
    curve.dimensions = "3D"
    spline = curve.splines.new("POLY")
    spline.points.add(len(points) - 1)
    for point, place in zip(spline.points, points, strict=True):
        point.co = (*place, 1)
    one = bpy.data.objects.new("Way", curve)
    bpy.context.scene.collection.objects.link(one)
    return one


@pytest.fixture
def walker(addon):
    """A body that is to go two metres ahead on whatever is there; there is no floor."""
    bpy.context.scene.motivo_world.floor = False
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bpy.ops.motivo.prompt_add(kind="PATH")
    prompt = body.motivo.prompts[0]
    prompt.start, prompt.end = 1, 60
    prompt.path.curve = way(((0, 0, 0), (2, 0, 0)))
    return body


def seen(one, points):
    """Heights of an object as it is evaluated under points (n, 2)."""
    graph = bpy.context.evaluated_depsgraph_get()
    tree = BVHTree.FromObject(one, graph)
    back = one.matrix_world.inverted()
    down = (back.to_3x3() @ Vector((0, 0, -1))).normalized()
    hits = [tree.ray_cast(back @ Vector((*point, 50)), down)[0] for point in points]
    return np.array([(one.matrix_world @ hit).z for hit in hits])


@pytest.mark.parametrize(
    ("size", "cells", "turn"),
    [
        (8.0, 40, (0, 0, 0)),
        (8.0, 80, (0, 0, 0.7)),
        (60.0, 200, (0, 0, 0)),
        (8.0, 40, (0.1, -0.15, 0.7)),
    ],
)
def test_ground_is_felt_where_it_is_seen(size, cells, turn, walker, addon):
    """Without being told that it is terrain, whatever its size is and however it is turned."""
    terrain = hills(size, cells, place=(0.5, -0.3, -0.1), turn=turn)
    bpy.context.view_layer.update()
    (found,) = scene_of(addon, walker).objects
    assert type(found.shape).__name__ == "Terrain"
    points = np.random.default_rng(0).uniform(-2.4, 2.4, (500, 2))
    # As the worker gets it.
    files = importlib.import_module("runtime.scene.files")
    to_dict = importlib.import_module(f"{type(found).__module__.rpartition('.')[0]}.files")
    scene = files.scene_from_dict(to_dict.scene_to_dict(scene_of(addon, walker)))
    felt = Ground(scene).heights(np.column_stack([points, np.full(500, 5.0)]), up=5.0)
    # A tilted grid does not lie below the one of the heights.
    assert np.abs(felt - seen(terrain, points)).max() < (0.02 if turn[0] else 0.006)
    assert np.ptp(felt) > 0.05


def test_what_is_seen_from_above_in_parts_only_is_no_ground(walker, addon):
    sheet = hills()
    mesh = importlib.import_module(f"{addon.__name__}.surroundings.terrain")
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2)
    corner = (np.arange(4)[:, None] * 5 + np.arange(4)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + 6], 1),
            np.stack([corner, corner + 6, corner + 5], 1),
        ]
    )
    rising = np.column_stack([grid, 0.1 * grid[:, 0] ** 2])
    assert mesh.is_ground(rising, faces) and mesh.is_ground(rising, faces[:, ::-1])
    assert not mesh.is_ground(np.column_stack([grid, 0 * grid[:, 0]]), faces), "level"
    storeys = np.concatenate([rising, rising + [0, 0, 2]]), np.concatenate([faces, faces + 25])
    assert not mesh.is_ground(*storeys)
    closed = np.concatenate([faces, faces[:, ::-1] + 25])
    assert not mesh.is_ground(storeys[0], closed)
    walled = np.concatenate([rising, [[0, 0, 1.0]]]), np.concatenate([faces, [[0, 1, 25]]])
    assert not mesh.is_ground(*walled)
    sheet.motivo_scene.shape = "parts"
    with pytest.raises(error(addon), match=r"'Hills' has holes .* set its shape to Terrain"):
        scene_of(addon, walker)


def test_terrain_is_drawn_as_it_lies_however_it_is_tilted(walker, addon):
    drawing = importlib.import_module(f"{addon.__name__}.surroundings.drawing")
    terrain = hills(turn=(0.1, 0, 0.4))
    for _ in range(2):
        bpy.context.view_layer.update()
        ends = np.array(drawing.wires(bpy.context, terrain))
        inside = np.abs(ends[:, :2]).max(axis=1) < 2.5
        chosen = ends[inside][::37]
        assert np.abs(seen(terrain, chosen[:, :2]) - chosen[:, 2]).max() < 0.02
        terrain.rotation_euler = Euler((-0.1, 0.1, 0.4))


def test_a_body_walks_over_it_and_the_take_is_baked(walker, addon):
    terrain = hills(place=(2, 0, 0))
    bpy.context.view_layer.objects.active = walker
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    take = addon.client.session().takes[walker.session_uid].motion
    assert take["metadata"]["timeline"]["scene"]["objects"][0]["shape"] == "terrain"
    # The terrain lies where it is seen, and so do the feet that are baked.
    assert bpy.ops.motivo.bake() == {"FINISHED"}
    lowest = []
    for frame in range(10, 45, 5):
        bpy.context.scene.frame_set(frame)
        bones = walker.pose.bones
        toes = [walker.matrix_world @ bones[f"{side}_foot"].head for side in ("left", "right")]
        under = seen(terrain, [(toe.x, toe.y) for toe in toes])
        lowest.append(min(toe.z - height for toe, height in zip(toes, under, strict=True)))
    assert np.ptp(seen(terrain, [(x, 0) for x in np.linspace(0, 2, 20)])) > 0.03
    assert min(lowest) > -0.01 and max(lowest) < 0.06


@pytest.mark.parametrize("fps", [30, 60])
def test_a_way_that_leaves_the_ground_is_told(fps, walker):
    bpy.context.scene.render.fps = fps
    walker.motivo.prompts[0].end = 2 * fps
    hills(size=2.0)
    bpy.context.view_layer.objects.active = walker
    with pytest.raises(RuntimeError, match=r"At frame (\d+) a foot would come down") as told:
        bpy.ops.motivo.generate()
    frame = int(str(told.value).split("frame ")[1].split()[0])
    assert fps < frame < 2 * fps


def test_terrain_that_is_too_rough_is_told(walker):
    hills(cells=160)
    bpy.context.view_layer.objects.active = walker
    told = r"'Hills' is so rough that [\d,]+ pieces of it would be felt, at most 4,000 can be"
    with pytest.raises(RuntimeError, match=told):
        bpy.ops.motivo.generate()


def test_what_moves_is_no_ground(walker, addon):
    """Nor is a box: terrain is what lies still and open."""
    (step,) = (cube("Step", (2, 0, 0.1)),)
    assert type(scene_of(addon, walker).objects[0].shape).__name__ == "Box"
    bpy.data.objects.remove(step)
    hills().motivo_scene.loose = True
    with pytest.raises(error(addon), match="'Hills' moves freely; such a thing is neither"):
        scene_of(addon, walker)
