"""What a body of another size is asked for and meets, in its own lengths and masses."""

import numpy as np
import pytest

from runtime.body.model import make_spec
from runtime.body.size import BodySize
from runtime.motion import Motion, load_motion, save_motion
from runtime.motion.poses import pose
from runtime.prompts import GoToPrompt, MotionPrompt, PathPrompt, Timeline
from runtime.prompts.sized import in_metres, in_own_lengths
from runtime.scene import Box, Mesh, Person, Push, Scene, SceneObject, Sphere, World
from runtime.scene.description import PlaceKey
from runtime.scene.sized import scene_for
from runtime.scene.surroundings import Surroundings

CHILD = BodySize(1.4, 30.0)
L, M = CHILD.scale, CHILD.mass_ratio


def standing(frames: int = 4, **changes) -> Motion:
    return Motion(30.0, np.tile(pose("stand"), (frames, 1)), **changes)


def test_lengths_masses_and_pushes_of_a_scene_are_its_own():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    mesh = Mesh(corners, faces)
    assert len(mesh.pieces) == 1  # looked at before: of the copy they are to be its own
    scene = Scene(
        (
            SceneObject("step", Box((0.3, 1.6, 0.17)), (1, 0, 0.085)),
            SceneObject("ball", Sphere(0.2), keys=(PlaceKey(0, (2, 0, 1)), PlaceKey(9, (3, 0, 1)))),
            SceneObject("bag", Box((0.2, 0.2, 0.2)), (0, 0, 1), held_by=("R_Hand",), mass=60.0),
            SceneObject("rock", mesh),
        ),
        World(wind=(3.0, 0, 0)),
        (Push(3, "Chest", (300.0, 0, 0)),),
        (Person("Anna", standing(), (1.0, 0, 0)),),
    )
    own = scene_for(scene, CHILD)
    step, ball, bag, rock = own.objects
    assert step.shape.size == pytest.approx(np.array((0.3, 1.6, 0.17)) / L)
    assert step.position == pytest.approx((1 / L, 0, 0.085 / L))
    assert ball.shape.radius == pytest.approx(0.2 / L)
    assert ball.keys[1].position == pytest.approx((3 / L, 0, 1 / L))
    # More than the reference body can be given to hold, and yet what was allowed.
    assert bag.mass == pytest.approx(60 / M)
    assert np.ptp(rock.shape.pieces[0], axis=0) == pytest.approx([1 / L] * 3)
    assert own.pushes[0].impulse[0] / 71.805 == pytest.approx(300 / 30.0 / L, rel=1e-4)
    assert own.world.gravity == pytest.approx((0, 0, -9.81 / L))
    assert scene.objects[0].shape.size == (0.3, 1.6, 0.17)
    (anna,) = own.people
    assert anna.take.scale == pytest.approx(1 / L)
    assert anna.take.positions() == pytest.approx(standing().positions() / L)


def test_wind_throws_a_light_body_as_it_does_in_metres():
    """Acceleration by drag, in metres: that of its own area and mass."""
    accelerations = []
    for size in (None, CHILD):
        scene = Scene(world=World(wind=(10.0, 0, 0)))
        own = scene if size is None else scene_for(scene, size)
        around = Surroundings(own, pose("stand"), 4)
        spec = make_spec()
        around.add_to(spec)
        model = spec.compile()
        force = around.forces(model, 0)[:, 0].sum()
        accelerations.append(force / 71.805 * (1 if size is None else size.scale))
    area, mass = L**2, 30.0 / 71.805
    assert accelerations[1] == pytest.approx(accelerations[0] * area / mass, rel=1e-4)


def test_another_person_is_felt_as_large_as_they_are():
    small = Person("Tim", standing().of_scale(0.8), (0.5, 0, 0))
    around = Surroundings(Scene(people=(small,)), pose("stand"), 4)
    spec = make_spec()
    around.add_to(spec)
    model = spec.compile()
    mine, theirs = model.geom("Pelvis").size, None
    for geom in range(model.ngeom):
        if model.geom(geom).name.startswith("scene:Tim:Pelvis"):
            theirs = model.geom_size[geom]
    assert theirs == pytest.approx(0.8 * np.array(mine))
    places, _ = around.places(model, 0, 0.0)
    assert places[0] == pytest.approx(0.8 * standing().positions()[0, 0] + [0.5, 0, 0])


def test_ways_are_metres_and_motions_as_large_as_who_performs_them():
    way = PathPrompt(0, 30, "way", ((0.0, 0.0), (2.0, 1.0)), 1.2)
    place = GoToPrompt(31, 60, "place", (3.0, 0.3), None, 90.0, origin=(0.5, 0.0, 45.0))
    motion = MotionPrompt(61, 64, "m", standing(), "world", tolerance_cm=0.5)
    asked = Timeline((way, place, motion), body=CHILD)
    own = in_own_lengths(asked)
    assert own.prompts[0].points[1] == pytest.approx((2 / L, 1 / L))
    assert own.prompts[0].speed == pytest.approx(1.2 / L)
    assert own.prompts[1].place == pytest.approx((3 / L, 0.3 / L))
    assert own.prompts[1].origin == pytest.approx((0.5 / L, 0, 45))
    assert np.array_equal(own.prompts[2].source.qpos, standing().qpos)
    assert own.prompts[2].tolerance_cm == pytest.approx(0.5 / L)
    back = in_metres(own, asked)
    assert back.prompts[:2] == asked.prompts[:2]
    assert back.prompts[2].tolerance_cm == 0.5 and back.scene is asked.scene
    assert in_own_lengths(Timeline((way,))).prompts == (way,)


def test_a_timeline_reads_back_with_its_body():
    timeline = Timeline((MotionPrompt(0, 3, "m", standing(), "world"),), body=CHILD)
    assert Timeline.from_json(timeline.to_json()).body == CHILD


@pytest.mark.parametrize("suffix", [".npz", ".bvh"])
def test_files_keep_the_size_of_who_moves(tmp_path, suffix):
    small = standing().of_scale(0.8)
    assert small.positions() == pytest.approx(0.8 * standing().positions())
    save_motion(small, tmp_path / f"take{suffix}")
    read = load_motion(tmp_path / f"take{suffix}")
    assert read.scale == pytest.approx(0.8, abs=1e-5)
    assert read.positions() == pytest.approx(small.positions(), abs=1e-4)
    assert read.of_scale(1.0).positions() == pytest.approx(standing().positions(), abs=2e-4)
