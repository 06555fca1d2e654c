"""Who gets up from the floor has the weight over hands or feet when the seat leaves it."""

import numpy as np

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.evaluation.plans.keyed_cases import CASES, plan_case
from runtime.planning.graph.stretches import eased
from runtime.planning.rising import risen, rises
from runtime.posing.balance import centre_of_mass
from runtime.posing.library import library_poses

SIT = "sit on the floor and stand in 5.7 s"
ANKLES, HANDS = (
    [BODY_NAMES.index(f"{side}_{part}") for side in "LR"] for part in ("Ankle", "Hand")
)


def behind_feet(qpos: np.ndarray) -> np.ndarray:
    """(T,) metres by which the centre of mass is behind the ankles; all face along +x."""
    ankles = forward_kinematics(qpos)[0][:, ANKLES, 0].mean(axis=1)
    return np.asarray(ankles - centre_of_mass(qpos)[:, 0])


def test_the_body_is_over_its_feet_before_it_rises():
    (_, start), (_, end) = CASES[SIT]()[2:4]
    before, done = eased(start, end, 85), risen(start, end, 85)
    for frames, over in ((before, False), (done, True)):
        half_up = int(np.argmax(frames[:, 2] > 0.4))
        assert (behind_feet(frames)[half_up] < 0.05) == over
    ends = forward_kinematics(done[[0, -1]])[0] - forward_kinematics(np.stack([start, end]))[0]
    assert np.abs(ends).max() < 0.02


def test_hands_push_while_the_seat_leaves_the_floor():
    (_, start), (_, end) = CASES[SIT]()[2:4]
    positions = forward_kinematics(risen(start, end, 85))[0]
    seat = positions[:, 0, 2] - positions[0, 0, 2]
    leaving = (seat > 0.005) & (seat < 0.05)
    assert leaving.any() and positions[leaving][:, HANDS, 2].max() < 0.1
    feet = positions[:, ANKLES]
    assert np.linalg.norm(feet - feet[0], axis=-1).max() < 0.05, "and the feet stay"


def test_only_who_sits_with_feet_ahead_gets_up_so():
    (_, start), (_, end) = CASES[SIT]()[2:4]
    assert rises(start, end) and not rises(end, start)
    poses = {name: np.array(pose.qpos) for name, pose in library_poses().items()}
    assert not rises(poses["lie-back"], end), "who lies has to sit up first"
    assert not rises(poses["kneel-two"], end)
    assert not rises(poses["deep-squat"], end)


def test_it_is_done_where_nothing_of_the_library_is_near():
    reference, figures, _ = plan_case(SIT)
    up = reference.motion.qpos[85:]
    half_up = int(np.argmax(up[:, 2] > 0.4))
    assert behind_feet(up)[half_up] < 0.05
    assert figures.keys_world_cm < 1.0 and figures.skate_share == 0.0


def test_one_sits_down_as_one_gets_up():
    reference, _, _ = plan_case(SIT)
    labels = [choice["label"] for choice in reference.choices]
    assert labels == ["sit down, leaning over the feet", "eased", "get up, leaning over the feet"]
    down = reference.motion.qpos[:76]
    half_down = int(np.argmax(down[:, 2] < 0.4))
    assert behind_feet(down)[half_down] < 0.05, "eased, one falls on the seat"
    hands = forward_kinematics(down)[0][:, HANDS, 2].max(axis=1)
    landing = (down[:, 2] > down[-1, 2] + 0.005) & (down[:, 2] < down[-1, 2] + 0.05)
    assert landing.any() and hands[landing].min() < 0.1
