"""Toes that rest low keep their places where poses are followed loosely: speeds alone do not see
feet that hop from one frame to the next, at rest in each of them."""

import numpy as np
import pytest

from runtime.motion.poses import pose
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.tangent import NV
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.search.costs import LEAP_FRAMES, Cost, CostScales

FRAMES = 4


def cost_of(tightness: float | None, scales: CostScales | None = None) -> Cost:
    qpos = np.repeat(pose("stand")[None], FRAMES, axis=0)
    weights = None if tightness is None else np.full((FRAMES, 2 * NV), tightness)
    cost = Cost(ServoBody().model, qpos, np.zeros((FRAMES, NV)), weights, scales)
    cost.hold_toes(1.0)
    return cost


def hopped(by: float) -> Trajectory:
    """All of it ahead in the last two frames, and at rest in every frame."""
    qpos = np.repeat(pose("stand")[None], FRAMES, axis=0)
    qpos[2:, 0] += by
    return Trajectory(qpos, np.zeros((FRAMES, NV)), np.zeros((FRAMES - 1, 0)), np.zeros(0))


FREE = CostScales(toe_place_m=1e6)


def test_a_hop_costs_where_poses_are_free_and_no_more_than_before_where_they_are_not():
    of_hop = [cost_of(0.02, scales).value(hopped(0.02)) for scales in (None, FREE)]
    two_toes_in_two_frames = 0.5 * 4 * ((1 - 0.02) * 0.02 / CostScales().toe_place_m) ** 2
    assert of_hop[0] - of_hop[1] == pytest.approx(two_toes_in_two_frames, rel=1e-3)
    for tightness in (None, 1.0, 3.0):
        one, other = (cost_of(tightness, scales).value(hopped(0.02)) for scales in (None, FREE))
        assert one == pytest.approx(other)


def test_nothing_is_held_while_contacts_are_wide():
    cost = cost_of(0.02)
    cost.hold_toes(0.0)
    assert cost.value(hopped(0.02)) == pytest.approx(cost_of(0.02, FREE).value(hopped(0.02)))


def test_its_slope_is_that_of_its_value():
    cost, step = cost_of(0.02), 1e-5
    gradient, curvature = cost.expand(hopped(0.02))
    values = [cost.value(hopped(0.02 + way * step)) for way in (-1, 1)]
    # The last two frames are moved as one.
    assert gradient[2:, 0].sum() == pytest.approx((values[1] - values[0]) / (2 * step), rel=1e-3)
    bare = cost_of(0.02, FREE).expand(hopped(0.02))[1]
    added = 2 * (0.98 / CostScales().toe_place_m) ** 2
    assert curvature[1, 0, 0] - bare[1, 0, 0] == pytest.approx(added, rel=1e-3)


def test_toes_that_leave_the_floor_for_a_leap_are_free():
    qpos = np.repeat(pose("stand")[None], 60, axis=0)
    qpos[20:30, 2] += 0.3
    cost = Cost(ServoBody().model, qpos, np.zeros((60, NV)), np.full((60, 2 * NV), 0.02))
    cost.hold_toes(1.0)
    free = Cost(ServoBody().model, qpos, np.zeros((60, NV)), np.full((60, 2 * NV), 0.02))

    def price(frame: int) -> float:
        """Of the places of toes, of somebody who stands 1 cm aside in one frame."""
        beside = qpos.copy()
        beside[frame, 0] += 0.01
        path = Trajectory(beside, np.zeros((60, NV)), np.zeros((59, 75)), np.zeros(0))
        return cost.value(path) - free.value(path)

    near = range(20 - LEAP_FRAMES, 30 + LEAP_FRAMES)
    assert all((price(frame) > 0.01) == (frame not in near) for frame in range(60))
