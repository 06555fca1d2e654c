"""Terrain as bodies feel it: pieces that are the surface that feet are put onto."""

import mujoco
import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import ServoBody
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, PathPrompt, Timeline
from runtime.scene import Scene, SceneObject, Terrain, World
from runtime.scene.ground import Ground
from runtime.scene.model import AT_ONCE, geoms_of, scene_geoms
from runtime.scene.surroundings import Surroundings
from runtime.scene.terrain import MOST_PIECES, NEAR_M, TOLERANCE_M, prisms, simulated

ORIGIN = np.zeros((1, 2))


def waves(high: float = 0.06) -> Terrain:
    x, y = np.linspace(-4, 4, 81), np.linspace(-2, 2, 41)
    return Terrain((8.0, 4.0), high * np.sin(np.pi * x)[None] * np.cos(np.pi * y / 2)[:, None])


@pytest.fixture(scope="module")
def hill():
    """Waves, moved and turned about the upright."""
    turn = (np.cos(0.2), 0.0, 0.0, np.sin(0.2))
    return Scene((SceneObject("hill", waves(), (0.5, 0.2, 0.3), turn),))


def test_pieces_are_the_surface_that_feet_are_put_onto(hill):
    body = ServoBody(surroundings=Surroundings(hill, pose("stand"), 4, near=ORIGIN))
    data = mujoco.MjData(body.model)
    # Out of the way.
    data.qpos[2] = 50.0
    mujoco.mj_kinematics(body.model, data)
    rng, hit = np.random.default_rng(0), np.empty(1, dtype=np.int32)
    points = np.column_stack([rng.uniform(-1, 1, (100, 2)), np.full(100, 2.0)])
    down = np.array([0.0, 0.0, -1.0])
    felt = [2 - mujoco.mj_ray(body.model, data, at, down, None, 1, -1, hit) for at in points]
    assert np.abs(felt - Ground(hill).heights(points)).max() < 1e-6
    assert np.ptp(felt) > 0.05


def test_it_is_felt_from_as_far_as_is_asked_and_no_deeper_than_it_is(hill):
    """Height fields were felt half as deep again as their margin."""
    around = Surroundings(hill, pose("stand"), 4, near=ORIGIN)
    body = ServoBody(surroundings=around)
    data = mujoco.MjData(body.model)
    data.qpos[:76] = pose("stand")
    for over in (0.0, 0.001, 0.004):
        data.qpos[2] = pose("stand")[2] + Ground(hill).heights(np.zeros((1, 3)))[0] + over - 0.02
        mujoco.mj_forward(body.model, data)
        mine = np.isin(data.contact.geom, scene_geoms(body.model)).any(axis=1)
        sunk = -data.contact.dist[mine].min()
        assert 0.005 - over < sunk < 0.05 - over


def test_level_ground_takes_few_pieces_and_waves_as_many_as_they_need():
    level = Terrain((8.0, 4.0), np.tile(np.linspace(0, 1, 81), (41, 1)))
    assert simulated(level).heights.size < 200
    coarse = simulated(waves())
    assert 200 < coarse.heights.size < waves().heights.size
    x, y = ((np.arange(n) + 0.5) / n for n in (200, 100))
    points = np.stack([*np.meshgrid(8 * x - 4, 4 * y - 2), np.full((100, 200), 3.0)], axis=-1)
    hill = Scene((SceneObject("hill", waves()),), World(floor=False))
    asked = 0.06 * np.sin(np.pi * points[..., 0]) * np.cos(np.pi * points[..., 1] / 2)
    assert np.abs(Ground(hill).heights(points) - asked).max() < 1.5 * TOLERANCE_M


def test_beside_it_and_above_where_one_looks_from_there_is_no_terrain():
    hill = Ground(Scene((SceneObject("hill", waves(), (0, 0, 0.5)),)))
    beside, above, on = hill.heights(np.array([[4.1, 0, 1.0], [0.5, 0, 0.0], [0.5, 0, 0.4]]))
    assert beside == pytest.approx(0) and above == pytest.approx(0)
    assert on == pytest.approx(0.56, abs=TOLERANCE_M)


def test_steps_stay_as_they_are_given():
    heights = np.repeat(np.array([[0.0, 0.2], [0.0, 0.2]]), 8, axis=1)
    stair = Terrain((2.0, 2.0), heights)
    assert simulated(stair) is stair


def test_pieces_are_there_where_somebody_goes():
    everywhere, here = prisms(waves()), prisms(waves(), ORIGIN)
    assert 0 < len(here) < len(everywhere) / 2
    assert np.abs(here[:, :3, :2]).max() < NEAR_M + 1.0
    assert not len(prisms(waves(), ORIGIN + 20.0))
    far = Scene((SceneObject("hill", waves(), (20.0, 0, 0)),))
    assert not len(
        scene_geoms(ServoBody(surroundings=Surroundings(far, pose("stand"), 4, near=ORIGIN)).model)
    )


@pytest.mark.parametrize(("first", "second"), [((0, 0), (0, 3.5)), ((0, 3), (0, 6))])
def test_a_way_over_nothing_is_refused(first, second):
    """It led a thousand metres down."""
    hill = Scene((SceneObject("hill", waves()),), World(floor=False))
    with pytest.raises(UserError, match=r"At frame \d+ a foot would come down where there is no"):
        build_reference(Timeline((PathPrompt(0, 75, "way", (first, second)),), hill))


def test_where_nothing_pulls_down_nothing_has_to_be_stood_on():
    """Who floats is where they were keyed to be."""
    still = Motion(30.0, np.repeat(pose("stand")[None], 10, axis=0))
    prompts = (MotionPrompt(0, 9, "float", still, "world"),)
    with pytest.raises(UserError, match="At frame 0 a foot would come down where there is no"):
        build_reference(Timeline(prompts, Scene(world=World(floor=False))))
    space = Scene(world=World(gravity=(0.0, 0.0, 0.0), floor=False))
    floating = build_reference(Timeline(prompts, space)).motion
    assert np.abs(floating.qpos[:, :3] - still.qpos[:, :3]).max() < 0.01


def test_many_pieces_are_all_there_and_each_is_called_by_its_number():
    """They are put into a model in batches."""
    around = Surroundings(
        Scene((SceneObject("hill", waves()), SceneObject("other", waves(), (0, 0, -3)))),
        pose("stand"),
        4,
        near=ORIGIN,
    )
    model = ServoBody(surroundings=around).model
    count = len(prisms(waves(), ORIGIN))
    assert count > 2 * AT_ONCE
    for name in ("hill", "other"):
        assert len(geoms_of(model, name)) == count
        assert (model.geom_bodyid[geoms_of(model, name)] == 0).all()


def test_what_is_too_rough_is_refused_by_its_name():
    rng = np.random.default_rng(0)
    rough = SceneObject("gravel", Terrain((3.0, 3.0), 0.05 * rng.random((60, 60))))
    around = Surroundings(Scene((rough,)), pose("stand"), 4, near=ORIGIN)
    with pytest.raises(
        UserError, match=rf"'gravel' is so rough .* at most {MOST_PIECES:,}.*smooth"
    ):
        ServoBody(surroundings=around)
