"""What was found for one round performs those that follow, and what does not hold is not kept."""

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.motion.ground_frame import moved as put
from runtime.motion.ground_frame import planar
from runtime.motion.repeats import Repeat
from runtime.performance.performer import Performer
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.recording import record
from runtime.performance.repeating import (
    RepeatSettings,
    end_to_repeat,
    kept_poses,
    repeat_at,
    repeated,
    undisturbed,
)
from runtime.performance.search.ilqg import Gains
from runtime.performance.search.optimiser import Solution


def test_poses_that_are_kept_are_found_and_movement_is_not(moved):
    still = np.repeat(moved("stand")[None], 120, axis=0)
    moving = still.copy()
    moving[:, 7] += np.linspace(0, 0.5, 120)
    assert kept_poses(still) == [Repeat(0, 1, 119)]
    assert kept_poses(moving) == []
    both = np.concatenate([moving[:40], np.repeat(moving[39:40], 100, axis=0)])
    (kept,) = kept_poses(both)
    assert kept.first in (38, 39) and kept.last == 139
    assert kept_poses(still[:30]) == [], "too short to be worth it"


def test_a_repeat_ends_before_what_follows_and_is_none_where_a_push_strikes(moved):
    still = np.repeat(moved("stand")[None], 200, axis=0)
    still[150:, 7] += np.linspace(0, 0.5, 50)
    round_ = Repeat(150, 10, 199)
    kept, last = undisturbed(still, [round_], [])
    assert kept == Repeat(0, 1, kept.last) and kept.last < 140
    assert last == round_, "nothing follows it"
    assert undisturbed(still, [round_], [20]) == [round_]


def test_a_window_ends_behind_one_round_if_a_round_fits_into_it():
    walk = Repeat(30, 20, 300)
    left = end_to_repeat(0, 100, [walk])
    assert left is not None and left >= 50
    assert repeat_at(left, left, [walk]) is walk
    assert repeat_at(45, 45, [walk]) is None, "no whole round is done yet"
    assert repeat_at(280, 60, [walk]) is None, "little is left of it"
    assert end_to_repeat(0, 100, [Repeat(30, 90, 300)]) is None
    assert end_to_repeat(0, 100, []) is None


def test_a_round_that_is_turned_and_moved_is_performed_as_the_first_is(moved):
    """Feedback is for differences along the floor's axes: it has to turn with the round. By a right
    angle, for friction is a pyramid along these axes too."""
    rng, period, turn = np.random.default_rng(1), 8, np.pi / 2
    body, about, place = ServoBody(), np.array([0.3, -0.2]), np.array([1.5, 0.4])
    round_ = np.repeat(moved("stand")[None], 2 * period + 1, axis=0)
    round_[:, :2] += about + np.linspace(0, 0.02, len(round_))[:, None]
    reference = round_.copy()
    there = put(round_[: period + 1], turn, round_[0, :2], place)
    reference[period:] = there
    feedback = 0.05 * rng.normal(size=(2 * period, 75, 150))
    control = np.zeros((2 * period, 75))
    path = Trajectory(round_, 0.1 * rng.normal(size=(len(round_), 75)), control, np.empty(0))
    gains = Gains(control, feedback, np.zeros(150), 0.0, 0.0)
    targets = np.repeat(round_[:1, 7:], len(round_), axis=0)
    start = round_[0].copy(), path.qvel[0] + 0.05 * rng.normal(size=75)
    own = record(body, targets, path, feedback, start, {}, lambda: None)
    turned = put(start[0][None], turn, round_[0, :2], place)[0], start[1].copy()
    turned[1][:2] = planar(np.array(turn)) @ start[1][:2]
    again = repeated(
        body,
        targets,
        Solution(path, gains, 1.0),
        period,
        turned,
        reference,
        period,
        lambda: None,
        RepeatSettings(away_round_m=9.0),
    )
    assert again is not None
    wanted = put(own.qpos[: period + 1], turn, round_[0, :2], place)
    apart = forward_kinematics(again.qpos[:period])[0] - forward_kinematics(wanted[:period])[0]
    assert np.abs(apart).max() < 1e-9
    assert np.abs(own.qpos[:period] - round_[:period]).max() > 1e-3, "something was corrected"


@pytest.fixture
def windows(monkeypatch):
    """Frames of each window that is searched."""
    searched: list[int] = []
    solve = Performer._solve

    def counted(self, job, *args):
        searched.append(job.frames)
        return solve(self, job, *args)

    monkeypatch.setattr(Performer, "_solve", counted)
    return searched


def test_standing_for_five_seconds_is_searched_for_once(perform, moved, windows):
    take = perform([(0, moved("stand")), (150, moved("stand"))])
    measures = take.metadata["measures"]
    assert len(windows) == 1 and windows[0] < 60
    assert measures["assistance_share"] == 0 and measures["held_frames"] == []
    joints = forward_kinematics(take.qpos)[0]
    assert np.linalg.norm(joints[150] - joints[60], axis=-1).max() < 0.01, (
        "it neither leans nor creeps"
    )


def test_what_does_not_hold_is_searched_for(perform, moved, windows, monkeypatch):
    monkeypatch.setattr("runtime.performance.performer.repeated", lambda *args, **named: None)
    take = perform([(0, moved("stand")), (110, moved("stand"))])
    assert sum(windows) > 110
    assert take.metadata["measures"]["held_frames"] == []


def test_a_round_that_does_not_hold_is_not_taken(moved):
    body = ServoBody()
    still = np.repeat(moved("stand")[None], 80, axis=0)
    nothing = np.zeros((79, 75))
    path = Trajectory(still, np.zeros((80, 75)), nothing, np.empty(0))
    # Without feedback nobody stands for long.
    gains = Gains(nothing, np.zeros((79, 75, 150)), np.zeros(150), 0.0, 0.0)
    solution = Solution(path, gains, 1.0)
    start = still[0], np.concatenate([[0.1], np.zeros(74)])
    given = body, still[:, 7:], solution, 1, start, still, 1, lambda: None
    assert repeated(*given) is None
    longer = RepeatSettings(shortest=1, back=2)
    kept = repeated(*given, longer)
    assert kept is not None and len(kept.qpos) < 60, "up to where it still does"
    apart = forward_kinematics(kept.qpos)[0] - forward_kinematics(still[:1])[0]
    assert np.linalg.norm(apart, axis=-1).mean(axis=1).max() <= longer.away_m
