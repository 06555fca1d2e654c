"""Where the ground is, and a motion of a flat floor put onto it."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.body.support_points import lowest_points
from runtime.measures.quality import heights_over
from runtime.measures.scene import penetration
from runtime.motion import Motion
from runtime.motion.contacts import reference_contacts
from runtime.motion.ground_frame import moved
from runtime.motion.poses import pose
from runtime.planning.mending.legs import place_foot
from runtime.planning.terrain.footfalls import Way, plan_footfalls
from runtime.planning.terrain.onto_scene import onto_scene
from runtime.scene import Box, Mesh, Scene, SceneObject, Terrain, World
from runtime.scene.ground import Ground
from runtime.scene.surroundings import Surroundings

STEP, TREAD = 0.17, 0.3


def stairs(count: int = 4) -> Scene:
    return Scene(
        tuple(
            SceneObject(
                f"step {n}",
                Box((6.0, 2.0, STEP * n)),
                (1.0 + TREAD * (n - 1) + 3.0, 0.0, STEP * n / 2),
            )
            for n in range(1, count + 1)
        )
    )


def stairs_down(count: int = 4) -> Scene:
    """A landing at the height of the origin, and each step lower than the one before."""
    edges = [-6.0, *(0.75 + TREAD * np.arange(count)), 12.0]
    return Scene(
        tuple(
            SceneObject(
                f"step {n}",
                Box((edges[n + 1] - edges[n], 2.0, 1.0)),
                ((edges[n] + edges[n + 1]) / 2, 0.0, -STEP * n - 0.5),
            )
            for n in range(count + 1)
        ),
        World(floor=False),
    )


def ramp(degrees: float) -> Scene:
    turn = Rotation.from_euler("y", -degrees, degrees=True)
    place = turn.apply([2.0, 0.0, -0.1]) + [0.7, 0, 0]
    return Scene(
        (
            SceneObject(
                "ramp", Box((4.0, 2.0, 0.2)), tuple(place), tuple(turn.as_quat(scalar_first=True))
            ),
        )
    )


@pytest.fixture(scope="module")
def walk():
    """A walk along +x from the library, on a flat floor."""
    from runtime.library import load_library
    from runtime.library.library import Stretch
    from runtime.planning.mending.grounding import on_the_ground

    library = load_library()
    first = int(library.starts[library.names.index("accad_Male1_B3_Walk")])
    qpos = on_the_ground(library.qpos(Stretch(first + 10, first + 120)))
    way = qpos[-1, :2] - qpos[0, :2]
    return moved(qpos, -np.arctan2(way[1], way[0]), qpos[0, :2].copy(), np.zeros(2))


def test_rays_find_floor_objects_slopes_and_terrain():
    scene = Scene(
        (
            SceneObject("box", Box((1, 1, 0.4)), (3, 0, 0.2)),
            SceneObject("hill", Terrain((2, 2), np.array([[0.0, 1], [0, 1]]) * 0.5), (-5, 0, 0)),
        )
    )
    ground = Ground(scene)
    points = np.array([[0, 0, 0.1], [3, 0, 0.3], [3, 0, -0.2], [-5, 0, 0.1], [-4.5, 0, 0.5]])
    assert ground.heights(points) == pytest.approx([0, 0.4, 0, 0.25, 0.375], abs=1e-6)
    sloped = Ground(Scene(world=World(slope=10, uphill=90)))
    assert sloped.heights(np.array([[5.0, 1.0, 0.0]])) == pytest.approx(np.tan(np.radians(10)))
    tilt = sloped.normals(np.array([[5.0, 1.0, 0.0]]))[0]
    assert tilt == pytest.approx([0, -np.sin(np.radians(10)), np.cos(np.radians(10))], abs=1e-4)


def test_on_a_flat_scene_nothing_changes(walk):
    result, _ = onto_scene(walk, Ground(Scene()))
    assert (result == walk).all()


def test_a_person_takes_one_stair_after_the_other(walk):
    ground = Ground(stairs())
    plan = plan_footfalls(walk, ground, Way(walk))
    heights = [fall.height for fall in plan]
    assert max(heights) == pytest.approx(4 * STEP)
    assert np.diff(heights).max() == pytest.approx(STEP)
    result, _ = onto_scene(walk, ground)
    depth = penetration(Motion(30, result), Surroundings(stairs(), result[0], len(result)))
    assert depth.max() < 0.01
    assert reference_contacts(Motion(30, result), ground=ground)[:, :4].any(axis=1).mean() > 0.9
    assert result[-1, 2] - walk[-1, 2] == pytest.approx(4 * STEP, abs=0.03)
    turns = np.abs(np.diff(result, axis=0))
    assert turns[:, 7:].max() < 0.8


def test_feet_clear_the_edges_that_they_step_down_from(walk):
    scene = stairs_down()
    ground = Ground(scene)
    result, plan = onto_scene(walk, ground)
    assert np.diff([fall.height for fall in plan]).min() == pytest.approx(-STEP)
    depth = penetration(Motion(30, result), Surroundings(scene, result[0], len(result)))
    assert depth.max() < 0.01
    assert result[-1, 2] - walk[-1, 2] == pytest.approx(-4 * STEP, abs=0.03)


def test_a_box_of_one_high_step_is_gone_onto_with_both_feet(walk):
    scene = Scene((SceneObject("crate", Box((6, 1.6, 0.4)), (3.85, 0, 0.2)),))
    result, plan = onto_scene(walk, Ground(scene))
    assert {fall.side for fall in plan if fall.height > 0.39} == {"L", "R"}
    depth = penetration(Motion(30, result), Surroundings(scene, result[0], len(result)))
    assert depth.max() < 0.005


def test_soles_lie_flat_on_a_ramp(walk):
    ground = Ground(ramp(15))
    result, plan = onto_scene(walk, ground)
    last = plan[-1]
    assert np.degrees(np.arccos(last.normal[2])) == pytest.approx(15, abs=0.5)
    middle = (last.start + last.stop) // 2
    side = {"L": 3, "R": 7}[last.side]
    over = heights_over(Motion(30, result), ground)[middle]
    flat = lowest_points(walk)[middle]
    assert over[side] == pytest.approx(flat[side], abs=0.015)


def test_hulls_and_boxes_are_one_ground():
    box = stairs(1)
    corners = np.array([[x, y, z] for x in (1.0, 7) for y in (-1.0, 1) for z in (0.0, STEP)])
    from scipy.spatial import ConvexHull

    hull = Scene((SceneObject("step", Mesh(corners, ConvexHull(corners).simplices, "hull")),))
    points = np.random.default_rng(0).uniform([0, -1.5, 0], [8, 1.5, 0.3], (200, 3))
    assert Ground(hull).heights(points) == pytest.approx(Ground(box).heights(points), abs=1e-6)


def test_who_stands_is_raised_where_they_stand():
    standing = np.repeat(pose("stand")[None], 20, axis=0)
    scene = Scene((SceneObject("box", Box((2, 2, 0.4)), (0, 0, 0.2)),))
    result, _ = onto_scene(standing, Ground(scene))
    assert result[:, 2] == pytest.approx(standing[:, 2] + 0.4, abs=1e-3)


def test_who_sits_down_on_what_is_close_behind_their_heels_stays_there():
    """Hips that go back and come again lead over themselves: they jumped from frame to frame between
    the directions of that way, by as much as the feet were moved along it."""
    standing = np.repeat(pose("stand")[None], 60, axis=0)
    positions, rotations = forward_kinematics(standing)
    share = np.sin(np.linspace(0, np.pi, 60))
    qpos = standing.copy()
    qpos[:, 1] += 0.2 * share
    qpos[:, 2] -= 0.3 * share
    for side in "LR":
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        qpos = place_foot(qpos, side, positions[:, ankle], rotations[:, ankle])
    heels = float(positions[0, BODY_NAMES.index("L_Ankle"), 1]) + 0.06
    chair = SceneObject("chair", Box((0.46, 0.42, 0.45)), (0, heels + 0.02 + 0.21, 0.225))
    result, plan = onto_scene(qpos, Ground(Scene((chair,))))
    assert Way(qpos).stands
    assert [(fall.moved, fall.shifted) for fall in plan] == [(0, 0), (0, 0)]
    assert np.abs(result - qpos).max() < 1e-3
