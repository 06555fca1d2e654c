"""Scenes are plain data: what cannot be simulated is refused in a sentence that says what to do."""

import json

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts import Timeline
from runtime.scene import (
    Box,
    Capsule,
    Mesh,
    Push,
    Scene,
    SceneObject,
    Sphere,
    Terrain,
    World,
    load_scene,
    scene_from_dict,
    scene_to_dict,
)
from runtime.scene.description import PlaceKey, WorldKey

CUBE = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)])
SIDES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
FACES = np.array([corner for a, b, c, d in SIDES for corner in ((a, b, c), (a, c, d))])


def everything() -> Scene:
    return Scene(
        (
            SceneObject("box", Box((1, 2, 0.5)), (0, 3, 0.25), friction=0.5),
            SceneObject("ball", Sphere(0.3), keys=(PlaceKey(0, (0, 0, 1)), PlaceKey(9, (1, 0, 1)))),
            SceneObject("rail", Capsule(0.03, 2.0), (1, 1, 1)),
            SceneObject("cube", Mesh(CUBE, FACES), (5, 0, 0)),
            SceneObject("hill", Terrain((4, 4), np.eye(5) * 0.2), (9, 0, 0)),
            SceneObject("parcel", Box((0.3, 0.3, 0.3)), held_by=("R_Hand", "L_Hand"), mass=10),
        ),
        World(
            slope=5,
            keys=(WorldKey(0, (0, 0, -9.81), (0, 0, 0)), WorldKey(9, (0, 0, -1), (5, 0, 0), 0.3)),
        ),
        (Push(10, "Chest", (80, 0, 0)),),
    )


def test_a_scene_comes_back_from_json_as_it_was(tmp_path):
    data = scene_to_dict(everything())
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert scene_to_dict(load_scene(path)) == data
    pose = {"kind": "pose", "start": 0, "end": 9, "pose": [0] * 3 + [1] + [0] * 72}
    beside = Timeline.from_dict({"prompts": [pose], "scene": "scene.json"}, tmp_path)
    within = Timeline.from_json(beside.to_json())
    assert within.scene is not None
    assert scene_to_dict(within.scene) == data


def a_box(**fields) -> dict:
    return {"objects": [{"name": "Crate", "shape": "box", "size": [1, 1, 1], **fields}]}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (a_box(size=[1, 0, 1]), "'Crate' is 0 m thick"),
        (a_box(size=[1, -1, 1]), "scales must be above zero"),
        (a_box(size=[1, 1]), "'Crate' needs"),
        (a_box(position=[0, 0, float("nan")]), "'Crate' needs a position"),
        (a_box(rotation=[0, 0, 0, 0]), "'Crate' needs a rotation"),
        (a_box(held_by=["R_Hand"], mass=500), "'Crate' is held and weighs 500 kg"),
        (a_box(held_by=["Nose"], mass=5), "held by 'Nose'"),
        (a_box(colour="red"), "unknown 'colour'"),
        (
            a_box(keys=[{"frame": 4, "position": [0, 0, 0]}, {"frame": 5, "position": [10, 0, 0]}]),
            "moves 10.0 m in a frame after frame 4",
        ),
        ({"objects": [{"name": "Crate", "shape": "cone"}]}, "'shape' that is one of box"),
        ({"objects": a_box()["objects"] * 2}, "two objects 'Crate'"),
        ({"world": {"gravity": [0, 0, -900]}}, "Gravity at frame 0"),
        ({"world": {"slope": 80}}, "slope lies between"),
        ({"pushes": [{"frame": 3, "body": "Chest", "impulse": [9000, 0, 0]}]}, "at most 400 N s"),
        ({"pushes": [{"frame": 3, "body": "Chest"}]}, "A push"),
        ({"things": []}, "unknown 'things'"),
        ([], "A scene is an object"),
    ],
)
def test_what_cannot_be_is_told(data, told):
    with pytest.raises(UserError, match=told):
        scene_from_dict(data)


def mesh(vertices, faces, **fields) -> Scene:
    return Scene((SceneObject("Chair", Mesh(vertices, np.asarray(faces), **fields)),))


def test_meshes_that_have_no_inside_are_told_apart():
    assert len(mesh(CUBE, FACES).objects[0].shape.pieces) == 1
    with pytest.raises(UserError, match="'Chair' has holes"):
        mesh(CUBE, FACES[:-2])
    assert mesh(CUBE, FACES[:-2], fit="hull")
    with pytest.raises(UserError, match="1,000,000 faces"):
        mesh(CUBE, np.zeros((1_000_000, 3), dtype=int))
    with pytest.raises(UserError, match="line or a point"):
        mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), [[0, 1, 2]])


def test_loose_parts_are_pieces_and_bent_ones_are_told():
    both = np.concatenate([CUBE, CUBE + [3, 0, 0]])
    assert len(mesh(both, np.concatenate([FACES, FACES + 8])).objects[0].shape.pieces) == 2
    # An L: its hull is half as large again, and a body would stand on air.
    plan = np.array([[0, 0], [3, 0], [3, 1], [1, 1], [1, 3], [0, 3.0]])
    upper, lower = (np.column_stack([plan, np.full(6, z)]) for z in (1.0, 0.0))
    cap = [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]]
    sides = [[a, (a + 1) % 6, b] for a in range(6) for b in ((a + 1) % 6 + 6,)]
    sides += [[a, (a + 1) % 6 + 6, a + 6] for a in range(6)]
    faces = cap + [[c + 6, b + 6, a + 6] for a, b, c in cap] + sides
    with pytest.raises(UserError, match="hollow or bent"):
        mesh(np.concatenate([upper, lower]), faces)


def test_a_sheet_gets_a_thickness():
    sheet = mesh(CUBE[:, [0, 1, 2]] * [1, 1, 0], [[0, 2, 6], [0, 6, 4]])
    assert np.ptp(sheet.objects[0].shape.pieces[0][:, 2]) == pytest.approx(0.02)
