"""What is done at the schedule's end."""

from dataclasses import replace

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.physics.tangent import CONTROLS, MUSCLES, NV
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.recording import record_helped
from runtime.performance.search.costs import Cost
from runtime.performance.search.finishing import KEY_PASSING
from runtime.performance.search.ilqg import Gains
from runtime.performance.search.optimiser import Effort, Optimiser, Solution, _State
from runtime.performance.search.schedule import stage_at
from runtime.performance.tightness import KeyHeld

FRAMES = 20


@pytest.fixture
def pushed():
    """A body that stands, held in some frames by a fifth of its weight; and feedback that does nothing."""
    body = ServoBody()
    qpos = np.repeat(pose("stand")[None], FRAMES, axis=0)
    qvel = np.zeros((FRAMES, NV))
    targets, _ = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1)
    control = np.zeros((FRAMES - 1, CONTROLS))
    control[4:12, MUSCLES] = 0.2
    state, parts = (qpos[:1], qvel[:1]), []
    for frame in range(FRAMES - 1):
        parts.append(dynamics.step(*state, control[frame : frame + 1], frame))
        state = parts[-1][:, -1, :76], parts[-1][:, -1, 76:]
    substates = np.concatenate(parts)
    states = np.concatenate([np.append(qpos[0], qvel[0])[None], substates[:, -1]])
    path = Trajectory(states[:, :76], states[:, 76:], control, substates)
    still = np.zeros((FRAMES - 1, CONTROLS))
    none = Gains(still, np.zeros((FRAMES - 1, CONTROLS, 2 * NV)), np.zeros(2 * NV), 0.0, 0.0)
    optimiser = Optimiser(dynamics, Cost(body.model, path.qpos, path.qvel), 0.1)
    yield optimiser, path, none
    dynamics.close()


def test_feedback_of_the_motion_itself_holds_what_older_feedback_lets_stray(pushed):
    optimiser, path, none = pushed
    before = optimiser._strays(path, none)
    assert before > 0.02
    assert optimiser._steadied(path, none)[1] < 0.85 * before


def test_feedback_that_holds_is_left_as_it_is(pushed):
    optimiser, path, none = pushed
    alone = replace(path, control=np.zeros_like(path.control))
    (calm,) = optimiser._problem.forward(alone, none, np.zeros(1))
    assert optimiser._steadied(calm, none) == (none, pytest.approx(0.0, abs=0.01))


def test_help_that_is_hardly_needed_goes(pushed):
    optimiser, path, none = pushed
    assert optimiser._held(path) == 8
    assert optimiser._wrench(path).max() == pytest.approx(0.2)
    found, _ = optimiser._gathered(path, none, 0.0, 1.0)
    assert optimiser._wrench(found).sum() < 0.5 * optimiser._wrench(path).sum()
    assert optimiser._held(found) <= 8, "and is not spread over more frames"


def test_what_soft_contacts_bore_is_borne_by_help_or_the_ground_itself():
    """What stays of a motion that was found in soft contacts is one of the body's own: nothing acts on
    it but the ground and the help that is told."""
    body = ServoBody()
    body.set_contact(stage_at(0.3).contact)
    raised = pose("stand").copy()
    raised[2] += 0.015
    qpos, qvel = np.repeat(raised[None], FRAMES, axis=0), np.zeros((FRAMES, NV))
    targets, _ = body.feed_forward(qpos, qvel)
    dynamics = Dynamics(body, targets, threads=1)
    try:
        parts, state = [], (qpos[:1], qvel[:1])
        control = np.zeros((FRAMES - 1, CONTROLS))
        for frame in range(FRAMES - 1):
            parts.append(dynamics.step(*state, control[frame : frame + 1], frame))
            state = parts[-1][:, -1, :76], parts[-1][:, -1, 76:]
        substates = np.concatenate(parts)
        states = np.concatenate([np.append(raised, qvel[0])[None], substates[:, -1]])
        soft = Trajectory(states[:, :76], states[:, 76:], control, substates)
        assert record_helped(body, targets, soft).unexplained.max() > 0.5
        optimiser = Optimiser(dynamics, Cost(body.model, qpos, qvel), 0.1)
        optimiser._problem.start = raised, qvel[0]
        optimiser._enter(1.0)
        led = optimiser._led_by_help(soft, 0.9)
        assert led is not None
        record = record_helped(body, targets, led[0])
    finally:
        dynamics.close()
    assert np.abs(led[0].substates[:-1, -1, :3] - led[0].qpos[1:-1, :3]).max() < 1e-9, (
        "without gaps"
    )
    assert (record.unexplained < record.help + 0.01).all()


def test_what_is_held_is_not_tried_alone_but_what_was_stuck_before(pushed):
    _, path, none = pushed
    stuck = Solution(path, none, 0.8)
    assert Solution(path, none, 1.0, 0.03, held=True, stuck=stuck).unhelped() is stuck
    assert Solution(path, none, 1.0, 0.03, held=True).unhelped() is None
    gone = Solution(path, none, 1.0, 0.03, held=False, stuck=stuck)
    assert gone.unhelped() is gone, "help that was gathered until none was left"
    assert stuck.unhelped() is stuck


def test_no_place_of_the_schedule_is_tried_twice(pushed, monkeypatch):
    optimiser, path, _ = pushed
    tried: list[float] = []

    def linearised(trajectory, position, *_):
        tried.append(position)

    monkeypatch.setattr(optimiser, "_linearised", linearised)
    monkeypatch.setattr(optimiser, "_best", lambda *_: (None, 0.0, 0.0))
    found, position, *_ = optimiser._advance(path, 1.0, 0.9, 1.0, 0.0, True, 0.03)
    assert found is None and position == 0.9
    assert tried[0] == 1.0 and len(tried) == len(set(tried)), "nearer each time"
    assert len(tried) == 3
    tried.clear()
    optimiser._advance(path, 1.0, 0.9, 1.0, 0.0, True, 0.01)
    assert len(tried) == 5, "nearer than that"


@pytest.mark.parametrize(
    ("at", "stalled", "gain", "passes"),
    [(0.9, 0.0, 0.01, 12), (0.9, 0.1, 0.01, 3), (0.9, 0.1, 0.3, 12), (0.5, 0.1, 0.01, 12)],
)
def test_what_leads_nowhere_is_given_up_where_it_is_to_be(
    pushed, monkeypatch, at, stalled, gain, passes
):
    """After a pass that led no farther and one that gained too little, all that is left of the schedule
    is tried once more at once; as long as passes gain enough they go on, and early in the schedule."""
    optimiser, path, none = pushed
    led: list[float] = []
    told = iter(range(100))

    def advanced(best, cost, position, stride, damping, finish, shortest):
        led.append(stride)
        next(told)
        return None, position, stride, damping, 0.0

    def corrected(best, model, damping):
        next(told)
        return (best, none, costs.pop()), damping, 0.25

    costs = [100.0 * (1 - gain) ** (20 - n) for n in range(20)]
    monkeypatch.setattr(optimiser, "_advance", advanced)
    monkeypatch.setattr(optimiser, "_linearised", lambda *_: None)
    monkeypatch.setattr(optimiser, "_correct", corrected)
    effort = Effort(passes=12, stalled=stalled)
    state = _State(path, none, 100.0, at)
    end = optimiser._followed(state, effort, np.inf)
    assert end.position == at and next(told) == passes
    if passes < 12:
        assert led[-1] == 1.0, "the rest at once, before it is given up"


@pytest.fixture
def missed(pushed):
    """The same body with a key 4.5 cm beside where it stands, that may be missed by 2 cm."""
    optimiser, path, _ = pushed
    joints = forward_kinematics(path.qpos[10:11])[0][0] + np.array([0.045, 0.0, 0.0])
    asked = path.qpos.copy()
    asked[:, 0] += 0.045
    model = optimiser._dynamics.body.model
    cost = Cost(model, asked, path.qvel, keys=[KeyHeld(10, joints, 0.02)])
    return Optimiser(optimiser._dynamics, cost), path


def test_a_key_that_is_missed_becomes_dearer_and_no_other_frame(missed):
    optimiser, path = missed
    assert optimiser._problem.states.keys_missed(path) == {10: pytest.approx(2.25)}
    usual = optimiser._problem.states.weights.copy()
    assert optimiser._press_keys(path)
    share = optimiser._problem.states.weights / usual
    assert (share[9:12, :NV] > 1).all() and (share[9:12, NV:] == 1).all(), "its pose, not its speed"
    assert (np.delete(share, slice(9, 12), axis=0) == 1).all()


def test_a_key_that_nobody_can_meet_costs_no_more_than_the_most_and_is_let_go(missed):
    optimiser, path = missed
    usual = optimiser._problem.states.weights.copy()
    for _ in range(20):
        optimiser._press_keys(path)
    assert not optimiser._press_keys(path)
    share = optimiser._problem.states.weights / usual
    assert share.max() == pytest.approx(KEY_PASSING.most)
    assert optimiser._release_keys() and not optimiser._release_keys()
    assert np.array_equal(optimiser._problem.states.weights, usual)


def test_a_key_that_comes_no_nearer_by_being_dearer_is_given_up(missed):
    optimiser, path = missed
    usual = optimiser._problem.states.weights.copy()

    def moved(metres):
        qpos = path.qpos.copy()
        qpos[:, 0] += metres
        return replace(path, qpos=qpos)

    assert optimiser._press_keys(moved(0.01)) and optimiser._press_keys(moved(0.015))
    assert optimiser._pressed, "as long as it is no farther than at first"
    assert optimiser._press_keys(moved(0.005))
    assert np.array_equal(optimiser._problem.states.weights, usual)
    assert not optimiser._press_keys(moved(0.01)), "and is not pressed again"


def test_a_key_that_is_met_costs_what_it_did(missed):
    optimiser, path = missed
    moved = path.qpos.copy()
    moved[:, 0] += 0.04
    assert not optimiser._press_keys(replace(path, qpos=moved))


def test_a_key_that_is_missed_by_far_is_left_as_it_is(missed):
    optimiser, path = missed
    moved = path.qpos.copy()
    moved[:, 0] -= 0.1
    assert not optimiser._press_keys(replace(path, qpos=moved))


def test_keys_beside_each_other_are_priced_each_for_itself(missed):
    optimiser, path = missed
    beside = forward_kinematics(path.qpos)[0] + np.array([0.045, 0.0, 0.0])
    both = [KeyHeld(frame, beside[frame], 0.02) for frame in (10, 11)]
    model = optimiser._dynamics.body.model
    asked = path.qpos.copy()
    asked[:, 0] += 0.045
    optimiser = Optimiser(optimiser._dynamics, Cost(model, asked, path.qvel, keys=both[:1]))
    for _ in range(3):
        optimiser._press_keys(path)
    optimiser._problem.states._keys = both
    optimiser._press_keys(path)
    once, often = KEY_PASSING.factor, KEY_PASSING.factor**4
    assert optimiser._key_prices()[8:14] == pytest.approx([1, often, often, often, once, 1])


def test_a_key_is_let_go_where_nothing_leads_on_until_the_search_is_farther(missed, monkeypatch):
    optimiser, path = missed
    pressed, positions = [], iter([0.6, 0.6, 0.6, 0.7])
    none = Gains(path.control, np.zeros((1,)), np.zeros(2 * NV), 0.0, 0.0)
    outcomes = iter([True, False, True, True])

    def advanced(best, cost, position, stride, damping, finish, shortest):
        pressed.append(bool(optimiser._pressed))
        found = (best, none, cost) if next(outcomes) else None
        return found, next(positions), stride, damping, 1.0

    monkeypatch.setattr(optimiser, "_advance", advanced)
    monkeypatch.setattr(optimiser, "_linearised", lambda *_: None)
    monkeypatch.setattr(optimiser, "_correct", lambda best, *_: ((best, none, 1.0), 0.0, 1.0))
    optimiser._followed(_State(path, none, 10.0, 0.55), Effort(passes=5), np.inf)
    assert pressed == [True, True, False, False]
    assert not optimiser._press_keys(path) or optimiser._pressed, (
        "and is pressed again from there on"
    )


def test_a_key_that_the_reference_misses_is_not_pressed(missed):
    optimiser, path = missed
    (key,) = optimiser._problem.states._keys
    cost = Cost(optimiser._dynamics.body.model, path.qpos, path.qvel, keys=[key])
    assert cost.keys_missed(path) == {}
