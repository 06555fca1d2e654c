"""What frames are paid for is climbed, and kept only where it holds and earns more."""

from dataclasses import replace

import numpy as np
import pytest

from runtime.motion.poses import pose
from runtime.performance.performer import Performer, PerformerSettings
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.tangent import NV
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.search.costs import Cost
from runtime.performance.search.earning import Earning, Earnings
from runtime.performance.search.optimiser import Effort, Optimiser
from runtime.performance.trials import Trials
from runtime.performance.windows import Performance, Window
from runtime.prompts.rewards import parse_reward
from runtime.prompts.rewards.slopes import features_at_rest, reward_slopes

FRAMES = 24


def earning_of(text: str, first: int = 0, last: int = FRAMES - 1) -> Earning:
    reward = parse_reward(text)
    return Earning(
        first,
        last,
        1.0,
        lambda qpos, qvel: reward.of(features_at_rest(qpos, qvel)),
        lambda qpos, qvel: reward_slopes(reward, qpos, qvel),
    )


def standing() -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(pose("stand")[None], FRAMES, axis=0), np.zeros((FRAMES, NV))


HAND = "near(left_hand_height, 1.2, 1.0)"


def test_what_is_missing_is_the_price_and_its_slope_the_rewards():
    body, (qpos, qvel) = ServoBody(), standing()
    cost = Cost(body.model, qpos, qvel, earnings=[earning_of(HAND, 4, 9)])
    path = Trajectory(qpos, qvel, np.zeros((FRAMES - 1, 75)), np.zeros(0))
    free, (gradient, curvature) = cost.value(path), cost.expand(path)
    cost.earnings.price = 10.0
    missing = 1 - cost.earnings.share(qpos, qvel)
    assert 0 < missing < 1
    assert cost.value(path) - free == pytest.approx(10 * 6 * missing)
    asked, bent = cost.expand(path)
    shoulder = 7 + 45 + np.argmax(np.abs(asked[5, 51:66] - gradient[5, 51:66]))
    change, step = asked - gradient, 1e-4
    ends = []
    for sign in (1, -1):
        moved = qpos.copy()
        moved[:, shoulder] += sign * step
        ends.append(cost.value(replace(path, qpos=moved)))
        cost.earnings.price = 0.0
        ends[-1] -= cost.value(replace(path, qpos=moved))
        cost.earnings.price = 10.0
    assert change[:, shoulder - 1].sum() == pytest.approx(
        (ends[0] - ends[1]) / (2 * step), rel=1e-3
    )
    assert not change[:4].any() and not change[10:].any(), "nothing else is paid"
    assert np.linalg.eigvalsh(bent[5] - curvature[5]).min() > -1e-9


def test_a_step_comes_to_the_most_and_no_farther():
    qpos, qvel = standing()
    earnings = Earnings([earning_of("near(left_hand_height, 1.2, 1.0)")])
    earnings.price = 7.0
    gradient, curvature = np.zeros((FRAMES, 150)), np.zeros((FRAMES, 150, 150))
    earnings.add_to(gradient, curvature, Trajectory(qpos, qvel, np.zeros(0), np.zeros(0)))
    along = gradient[3] / np.linalg.norm(gradient[3])
    step = (along @ gradient[3]) / (along @ curvature[3] @ along)
    missing = 1 - earnings.share(qpos, qvel)
    assert step * np.linalg.norm(gradient[3]) == pytest.approx(7.0 * missing)


def test_speeds_become_dearer_where_a_pose_is_kept_and_nowhere_else():
    body, (qpos, qvel) = ServoBody(), standing()
    qvel[:12, 20] = 0.5
    cost = Cost(body.model, qpos, qvel)
    before = cost.weights.copy()
    cost.rest(100.0)
    assert (cost.weights[:12] == before[:12]).all()
    assert (cost.weights[12:, :NV] == before[12:, :NV]).all()
    assert cost.weights[12:, NV:] == pytest.approx(100 * before[12:, NV:])
    cost.rest(100.0)
    assert cost.weights[12:, NV:] == pytest.approx(100 * before[12:, NV:]), "not once more"


def test_frames_are_those_of_the_window():
    one = earning_of(HAND, 10, 20)
    assert one.within(21, 40) is None and one.within(0, 10) is None
    inside = one.within(15, 18)
    assert inside is not None and (inside.first, inside.last) == (0, 2)
    assert Earnings([]).share(*standing()) == 1.0 and not Earnings([])


@pytest.fixture(scope="module")
def searched():
    """What was found of a body that stands and is paid for a higher hand."""
    from runtime.performance.physics.dynamics import Dynamics

    body, (qpos, qvel) = ServoBody(), standing()
    targets, wrench = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1)
    cost = Cost(body.model, qpos, qvel, earnings=[earning_of(HAND)])
    effort = Effort(tightened=(), polish=0)
    solution = Optimiser(dynamics, cost, pose_held=True).solve(
        None, qpos, qvel, wrench[:-1], effort
    )
    dynamics.close()
    return body, targets, solution


def test_a_hand_that_is_paid_for_is_raised(searched):
    _, _, solution = searched
    assert solution.unpaid is not None
    earnings = Earnings([earning_of(HAND)])
    paid, plain = (
        earnings.share(one.trajectory.qpos, one.trajectory.qvel)
        for one in (solution, solution.unpaid)
    )
    assert paid > plain + 0.05


def test_what_does_not_hold_or_earns_less_gives_way_to_what_was_there_before(searched):
    body, targets, solution = searched
    qpos, qvel = standing()
    wrench = np.zeros((FRAMES, 6))
    job = Window(qpos, qvel, targets, wrench, (qpos, qvel), None, 0.0, 1.0, 0, False, True, None)
    trials = Trials(body)
    trials._earnings = (earning_of(HAND),)
    start = solution.trajectory.qpos[0], solution.trajectory.qvel[0]

    def chosen(one):
        found = trials._alone(job, one, start, {}, lambda *told: None)
        assert found is not None
        return found[0]

    assert chosen(solution) is solution
    assert trials._unpaid is not None and trials._unpaid[0] is solution.unpaid
    thrown = replace(solution.trajectory, control=solution.trajectory.control + 1.5)
    assert chosen(replace(solution, trajectory=thrown)) is solution.unpaid
    assert trials._unpaid is None
    earns_less = replace(solution.unpaid, unpaid=solution)
    assert chosen(earns_less) is solution


@pytest.mark.parametrize(
    ("helped", "climbed", "chosen"),
    [((0.0, 0.2), True, 0), ((0.2, 0.0), True, 1), ((0.2, 0.2), True, 0), ((0.2, 0.0), False, 0)],
)
def test_what_is_held_for_being_paid_is_performed_without(monkeypatch, helped, climbed, chosen):
    """Where the first window that earns more ends, nothing may lead on from."""
    qpos, qvel = standing()
    steps = np.zeros(FRAMES - 1)
    tries = []

    def performed(self, *asked):
        tries.append(bool(self._earnings))
        self._climbed = climbed
        help_used = np.full(FRAMES - 1, helped[len(tries) - 1])
        return Performance(qpos, qvel, np.zeros((FRAMES, 6)), help_used, steps, steps > 0, steps)

    monkeypatch.setattr(Performer, "_in_windows", performed)
    performer = Performer(ServoBody(), PerformerSettings(threads=1))
    found = performer.perform(qpos, qvel, (qpos, qvel), earnings=[earning_of(HAND)])
    assert tries == [True, False][: 1 + (climbed and helped[0] > 0)]
    assert found.help[0] == helped[chosen]
