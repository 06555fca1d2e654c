"""Feet of what is planned between keys: they stand, step over where they have to, and reach."""

import numpy as np
import pytest

from runtime.body import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.evaluation.plans.keyed_cases import CASES, plan_case
from runtime.planning.graph.stretches import eased, mixed
from runtime.planning.paths import standing
from runtime.planning.shrinkage import ShrinkageSettings, shrinkage
from runtime.planning.treading import trodden

TOES = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]


def test_feet_that_never_lift_in_life_step_one_after_the_other():
    start, end = CASES["crouch and reach in 2.7 s"]()[:2]
    gap = eased(start[1], end[1], 40)
    before = forward_kinematics(gap)[0][:, TOES]
    assert before[:, 1, 2].max() < 0.06, "eased, its right foot is dragged over the floor"
    done, missed = trodden(np.repeat(gap[:1], 41, axis=0), gap)
    toes = forward_kinematics(done)[0][:, TOES]
    assert (toes[..., 2].max(axis=0) > 0.06).all() and missed < 0.01
    up = toes[..., 2] > 0.05
    assert not up.all(axis=1).any(), "one of them always stands"
    assert done[[0, -1]] == pytest.approx(gap[[0, -1]], abs=2e-3)


@pytest.mark.parametrize("case", ["0.8 m aside in 1.5 s", "half a turn in 1.5 s"])
def test_no_toe_skates_in_what_is_planned(case):
    _, figures, _ = plan_case(case)
    assert figures.skate_share == 0.0
    assert figures.slip_cm < 2.5 and figures.keys_world_cm < 1.0


def _walks(*asides: float) -> list[np.ndarray]:
    place = np.zeros((10, 24, 3))
    return [place + np.array([0.0, aside, 0.0]) for aside in asides]


def test_ways_that_agree_are_sure_and_others_are_brought_nearer_to_easing():
    smooth = _walks(0.0)[0]
    dear, clips = [1.0] * 3, [0, 1, 2]
    assert shrinkage(_walks(0.3, 0.32, 0.28), smooth, dear, clips) == [0.0] * 3
    doubted = shrinkage(_walks(0.3, -0.3, 0.6), smooth, dear, clips)
    assert all(0 < share <= ShrinkageSettings().most for share in doubted)


def test_a_cheap_way_is_sure_and_its_mirror_image_no_doubt():
    smooth = _walks(0.0)[0]
    assert shrinkage(_walks(0.3, -0.3), smooth, [0.1, 0.1], [0, 1]) == [0.0, 0.0]
    assert shrinkage(_walks(0.3, -0.3), smooth, [1.0, 1.0], [4, 4]) == [0.0, 0.0]


def test_a_mixture_is_either_at_its_ends():
    one = np.repeat(standing(np.zeros(2), 0.0)[None], 3, axis=0)
    other = np.repeat(standing(np.ones(2), 1.0)[None], 3, axis=0)
    assert mixed(one, other, 0.0) == pytest.approx(one)
    assert mixed(one, other, 1.0) == pytest.approx(other)
    assert np.linalg.norm(mixed(one, other, 0.5)[:, 3:7], axis=1) == pytest.approx(1.0)
