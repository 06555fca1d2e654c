"""Two-bone limbs and turns between vectors, against geometry."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.numerics.rotations import (
    about_axis,
    rotation_between,
    twist_angle,
    unit,
)
from runtime.retarget.contacts.two_bone_ik import two_bone_ik


@pytest.fixture
def random():
    return np.random.default_rng(4)


def legs(random, frames=200):
    """Joints of legs bent at random, bones 0.4 and 0.45 long."""
    start = random.normal(size=(frames, 3))
    middle = start + 0.4 * unit(random.normal(size=(frames, 3)))
    end = middle + 0.45 * unit(random.normal(size=(frames, 3)))
    return start, middle, end


def test_the_limb_ends_at_its_goal_and_keeps_its_bones(random):
    start, middle, end = legs(random)
    goal = start + unit(random.normal(size=start.shape)) * random.uniform(0.1, 0.8, (200, 1))
    upper, lower = two_bone_ik(start, middle, end, goal, np.tile([1.0, 0, 0], (200, 1)))
    knee = start + np.einsum("tij,tj->ti", upper, middle - start)
    foot = knee + np.einsum("tij,tj->ti", lower, end - middle)
    assert np.abs(foot - goal).max() < 1e-6
    assert np.allclose(np.linalg.norm(knee - start, axis=1), 0.4)


def test_a_goal_where_the_end_is_changes_nothing(random):
    start, middle, end = legs(random)
    for turn in two_bone_ik(start, middle, end, end, np.tile([0.0, 0, 1], (200, 1))):
        assert np.abs(turn - np.eye(3)).max() < 1e-6


def test_a_goal_out_of_reach_is_pointed_at(random):
    start, middle, end = legs(random)
    goal = start + 3 * unit(random.normal(size=start.shape))
    upper, lower = two_bone_ik(start, middle, end, goal, np.tile([1.0, 0, 0], (200, 1)))
    knee = start + np.einsum("tij,tj->ti", upper, middle - start)
    foot = knee + np.einsum("tij,tj->ti", lower, end - middle)
    assert ((unit(foot - start) * unit(goal - start)).sum(axis=1) > 1 - 1e-6).all()
    assert (np.linalg.norm(foot - start, axis=1) > 0.84).all()


def test_the_shortest_turn_takes_one_vector_into_the_other_even_straight_back(random):
    start = unit(random.normal(size=(100, 3)))
    end = unit(random.normal(size=(100, 3)))
    end[:3] = -start[:3]
    turn = rotation_between(start, end)
    assert np.allclose(np.einsum("tij,tj->ti", turn, start), end, atol=1e-9)
    assert np.allclose(np.linalg.det(turn), 1)
    angle = Rotation.from_matrix(turn).magnitude()
    assert np.allclose(np.cos(angle), (start * end).sum(axis=1), atol=1e-9)


def test_twist_about_an_axis_goes_on_past_a_whole_turn():
    axis = np.array([0.0, 0.6, 0.8])
    angle = np.linspace(0, 9, 100)
    swing = Rotation.from_rotvec([0.3, 0.8 * 0.2, -0.6 * 0.2])
    rotations = swing.as_matrix() @ about_axis(np.tile(axis, (100, 1)), angle)
    assert np.allclose(np.diff(twist_angle(rotations, axis)), np.diff(angle), atol=1e-6)
