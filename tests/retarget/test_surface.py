"""Points that follow bones, against skinning written out for one point."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.retarget.rig.skin_surface import Surface
from runtime.retarget.rig.stretched_body import stretched_body as person
from runtime.skeletons.skeleton import SkeletonPose


@pytest.fixture
def random():
    return np.random.default_rng(7)


@pytest.fixture
def rest():
    return person().rest


def some_surface(random, rest, count=400):
    bones = np.stack([random.choice(24, 3, replace=False) for _ in range(count)])
    weights = np.sort(random.dirichlet([1, 1, 1], count), axis=1)[:, ::-1]
    return Surface.of(rest, random.normal(size=(count, 3)), bones, weights)


def some_pose(random, frames=6):
    rotations = Rotation.random(frames * 24, random_state=3).as_matrix().reshape(frames, 24, 3, 3)
    return SkeletonPose(random.normal(size=(frames, 24, 3)), rotations)


def test_heights_are_those_of_linear_blend_skinning(random, rest):
    places = random.normal(size=(30, 3))
    bones = np.stack([random.choice(24, 2, replace=False) for _ in range(30)])
    weights = np.tile([0.7, 0.3], (30, 1))
    pose = some_pose(random)
    heights = Surface.of(rest, places, bones, weights).heights(pose)
    for point in (0, 13, 29):
        for frame in (0, 5):
            there = sum(
                weight
                * (
                    pose.positions[frame, bone]
                    + pose.rotations[frame, bone]
                    @ rest.axes[bone].T
                    @ (places[point] - rest.heads[bone])
                )
                for bone, weight in zip(bones[point], weights[point], strict=True)
            )
            assert heights[frame, point] == pytest.approx(there[2])


def test_at_rest_every_point_is_where_it_is_at_rest(random, rest):
    places = random.normal(size=(50, 3))
    bones = np.stack([random.choice(24, 2, replace=False) for _ in range(50)])
    surface = Surface.of(rest, places, bones, np.tile([0.5, 0.5], (50, 1)))
    heights = surface.heights(SkeletonPose(rest.heads[None], rest.axes[None]))
    assert np.allclose(heights[0], places[:, 2])


def test_the_outline_gets_as_low_as_all_points_of_a_bone(random, rest):
    places = random.normal(size=(4000, 3)) * (0.1, 0.3, 0.1)
    surface = Surface.of(rest, places, np.full((4000, 1), 5), np.ones((4000, 1)))
    outline = surface.outline()
    assert len(outline.owner) <= 100
    pose = some_pose(random, 200)
    missed = outline.heights(pose).min(axis=1) - surface.heights(pose).min(axis=1)
    assert missed.min() >= 0 and missed.max() < 0.03


def test_a_ball_reaches_lower_than_its_middle(rest):
    nothing = np.zeros((0, 1))
    surface = Surface.of(rest, np.zeros((0, 3)), nothing.astype(int), nothing)
    surface = surface.with_points(3, np.zeros((1, 3)), np.array([0.2]))
    heights = surface.heights(SkeletonPose(rest.heads[None], rest.axes[None]))
    assert heights[0, 0] == pytest.approx(rest.heads[3, 2] - 0.2)
