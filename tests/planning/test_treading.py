"""Feet of what is planned between keys: they stand, step over where they have to, and reach."""

import numpy as np
import pytest

from runtime.body import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.evaluation.plans.keyed_cases import CASES, plan_case
from runtime.motion.motion import CONTROL_FPS
from runtime.planning.between import usual_first
from runtime.planning.graph.search import Found
from runtime.planning.graph.stretches import Run, eased, mixed
from runtime.planning.paths import standing
from runtime.planning.shrinkage import ShrinkageSettings
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


@pytest.mark.parametrize(
    "case", ["2 m ahead in 2 s", "0.8 m aside in 1.5 s", "1.2 m ahead, 1 m left in 2 s"]
)
def test_a_swinging_foot_does_not_dash(case):
    reference, _, _ = plan_case(case)
    toes = forward_kinematics(reference.motion.qpos)[0][:, TOES]
    speeds = np.linalg.norm(np.diff(toes, axis=0), axis=-1) * CONTROL_FPS
    assert speeds.max() < 6.0, "what it waits for at the floor is not made up for in a frame or two"


SMOOTH = np.zeros((10, 24, 3))


def _walks(*asides: float) -> list[np.ndarray]:
    return [SMOOTH + np.array([0.0, aside, 0.0]) for aside in asides]


def _chosen(
    asides: list[float], costs: list[float], clips: list[int], ahead: float = 0.0
) -> list[Found]:
    """The ways as they are offered, each known by its first node, its place in ``costs``; between
    keys that are ``ahead`` metres apart."""
    going = np.linspace(0, ahead, 10)[:, None, None] * np.array([1.0, 0.0, 0.0])
    ways = [Found((Run(index, index + 1),), cost) for index, cost in enumerate(costs)]
    return usual_first(ways, [way + going for way in _walks(*asides)], SMOOTH + going, clips)


def test_ways_that_agree_are_sure_and_others_are_brought_nearer_to_what_is_likely():
    sure = _chosen([0.3, 0.32, 0.28], [1.0] * 3, [0, 1, 2])
    assert [way.shrinkage for way in sure] == [0.0] * 3 and not sure[0].others
    doubted = _chosen([0.3, -0.3, 0.6], [1.0] * 3, [0, 1, 2])
    assert all(0 < way.shrinkage <= ShrinkageSettings().most for way in doubted)
    assert all(len(way.others) == 2 and way not in way.others for way in doubted)


def test_steps_of_several_people_are_not_mixed():
    asides, costs, clips = [0.3, -0.3, 0.6], [1.0] * 3, [0, 1, 2]
    assert all(way.shrinkage > 0 for way in _chosen(asides, costs, clips, ahead=0.05))
    assert not any(way.shrinkage for way in _chosen(asides, costs, clips, ahead=0.3))


def test_a_cheap_way_is_sure_and_its_mirror_image_no_doubt():
    assert [way.shrinkage for way in _chosen([0.3, -0.3], [0.1, 0.1], [0, 1])] == [0.0, 0.0]
    assert [way.shrinkage for way in _chosen([0.3, -0.3], [1.0, 1.0], [4, 4])] == [0.0, 0.0]


def test_of_dear_ways_what_most_do_comes_first_and_of_cheap_ones_the_cheapest():
    asides, clips = [-0.4, 0.3, 0.31, 0.29], [0, 1, 2, 3]
    dear = _chosen(asides, [0.8, 0.9, 0.9, 0.9], clips)
    assert dear[0].runs[0].start != 0 and dear[-1].runs[0].start == 0
    cheap = _chosen(asides, [0.1, 0.2, 0.2, 0.2], clips)
    assert cheap[0].runs[0].start == 0


def test_a_mixture_is_either_at_its_ends():
    one = np.repeat(standing(np.zeros(2), 0.0)[None], 3, axis=0)
    other = np.repeat(standing(np.ones(2), 1.0)[None], 3, axis=0)
    assert mixed(one, other, 0.0) == pytest.approx(one)
    assert mixed(one, other, 1.0) == pytest.approx(other)
    assert np.linalg.norm(mixed(one, other, 0.5)[:, 3:7], axis=1) == pytest.approx(1.0)
