"""The published scores agree with the golden ones, and say what they are meant to say."""

import json
from pathlib import Path

import numpy as np
import pytest

from runtime.evaluation.metrics import (
    earth_movers_distance,
    goal_scores,
    pose_distance,
    proximity,
    tracking_scores,
)

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "metrics.npz")
VALUES = json.loads(str(GOLDEN["values"]))


@pytest.mark.parametrize("episode", range(4))
def test_tracking_scores_agree_with_the_reference(episode):
    scores = tracking_scores(GOLDEN["a"][episode], GOLDEN["b"][episode])
    expected = VALUES["tracking"][episode]
    assert scores.keys() == expected.keys()
    for name, value in expected.items():
        assert scores[name] == pytest.approx(value, abs=1e-4, rel=0), name


def test_goal_scores_agree_with_the_reference():
    scores = goal_scores(GOLDEN["goal_obs"], GOLDEN["goal"])
    assert scores == pytest.approx(VALUES["goal"], abs=1e-4)


def test_proximity_falls_from_two_to_four():
    distance = np.array([0, 2, 3, 4, 9])
    np.testing.assert_allclose(proximity(distance), [1, 1, 0.5, 0, 0])


def test_distance_looks_at_the_pose_alone():
    rng = np.random.default_rng(0)
    one = rng.normal(size=358)
    other = one.copy()
    other[214:] += 100
    assert pose_distance(one, other) == 0
    other[213] += 3
    assert pose_distance(one, other) == pytest.approx(3)


def test_earth_movers_distance_forgets_the_order_and_counts_the_way():
    rng = np.random.default_rng(0)
    motion = rng.normal(size=(12, 358))
    assert earth_movers_distance(rng.permutation(motion), motion) == pytest.approx(0, abs=0.01)
    shifted = motion.copy()
    shifted[:, 5] += 0.25
    assert earth_movers_distance(shifted, motion) == pytest.approx(0.25, abs=1e-3)


def test_one_lost_frame_costs_success_but_little_proximity():
    motion = np.zeros((50, 358))
    done = motion.copy()
    done[20, 0] = 2.1
    scores = tracking_scores(done, motion)
    assert scores["success"] == 0
    assert scores["proximity"] > 0.99


def test_one_body_far_away_fails_the_strictest_measure_only():
    motion = np.zeros((5, 358))
    done = motion.copy()
    done[2, 1] = 0.6  # one of 23 bodies, 60 cm off in one frame
    scores = tracking_scores(done, motion)
    assert scores["success_phc_linf"] == 0
    assert scores["success_phc_mean"] == 1


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="compared"):
        tracking_scores(np.zeros((3, 358)), np.zeros((4, 358)))
