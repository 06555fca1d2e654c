"""What lies between keys, along paths and in behaviours comes from recorded people."""

import itertools

import numpy as np
import pytest

from runtime.body import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.errors import UserError
from runtime.motion import Motion
from runtime.motion.ground_frame import heading, moved, wrapped
from runtime.motion.poses import pose
from runtime.planning.graph.stretches import eased
from runtime.planning.paths import standing
from runtime.planning.reference import build_reference
from runtime.prompts import BehaviourPrompt, GoToPrompt, MotionPrompt, PathPrompt, Timeline

TOES = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]


def keyed(place, turn, frames, **given):
    """Two standing poses, eased as Blender would."""
    start = standing(np.zeros(2), 0.0)
    x = np.linspace(0, 1, frames + 1)
    ease = (x * x * (3 - 2 * x))[:, None]
    eased = np.repeat(start[None], frames + 1, axis=0)
    eased = moved(eased, turn * ease[:, 0], eased[:, :2], ease * np.array(place))
    prompt = MotionPrompt(
        0, frames, "keys", Motion(30.0, eased), "world", keyframes=(0, frames), **given
    )
    return build_reference(Timeline((prompt,))), eased


@pytest.mark.parametrize(
    ("place", "turn", "frames", "said"),
    [
        ((2.0, 0.0), 0.0, 60, "walk"),
        ((0.0, 0.8), 0.0, 45, "side step"),
        ((-1.0, 0.0), 0.0, 45, "walk backwards"),
        ((0.0, 0.0), np.pi, 45, "turn"),
    ],
)
def test_keys_far_apart_are_stepped_between_and_both_met(place, turn, frames, said):
    reference, eased = keyed(place, turn, frames)
    assert reference.choices[0]["label"] == f"{said}, from the library"
    asked = forward_kinematics(eased[[0, -1]])[0]
    done = forward_kinematics(reference.motion.qpos[[0, -1]])[0]
    assert np.linalg.norm(done - asked, axis=-1).max() < 0.06
    lifted = forward_kinematics(reference.motion.qpos)[0][:, TOES, 2]
    assert (lifted.max(axis=0) - lifted.min(axis=0)).min() > 0.03
    assert reference.tightness[0] == reference.tightness[-1] == 1
    assert reference.tightness[frames // 2] <= 0.5


def test_keys_near_each_other_are_eased_as_they_were():
    reference, eased = keyed((0.1, 0.0), 0.1, 30)
    assert reference.choices == ()
    assert np.abs(reference.motion.qpos[:, :2] - eased[:, :2]).max() < 0.02


def test_between_keys_a_third_of_a_second_apart_nobody_nods():
    """From a foot in the air to where it stands: the nearest way that was recorded bows the head."""
    keys = pose("passing"), pose("step")
    keys[0][1], keys[1][1] = -0.08, -0.2
    source = Motion(30.0, eased(*keys, 12))
    prompt = MotionPrompt(0, 12, "step", source, "world", keyframes=(0, 12))
    reference = build_reference(Timeline((prompt,)))
    assert "library" in reference.choices[0]["label"]
    up = forward_kinematics(reference.motion.qpos)[1][:, BODY_NAMES.index("Head"), 2, 1]
    bowed = np.degrees(np.arccos(np.clip(up, -1, 1)))
    assert bowed.max() < bowed[[0, -1]].max() + 15, bowed.round()


def test_the_person_may_take_another_way_or_ease_only():
    best, eased = keyed((2.0, 0.0), 0.0, 60)
    other, _ = keyed((2.0, 0.0), 0.0, 60, between=((0, 1),))
    only, _ = keyed((2.0, 0.0), 0.0, 60, between=((0, -1),))
    assert other.choices[0]["choice"] == 1
    assert other.choices[0]["clips"] != best.choices[0]["clips"]
    assert only.choices[0]["label"] == "eased"
    assert np.abs(only.motion.qpos[:, :2] - eased[:, :2]).max() < 0.05


ANGLE = np.linspace(0, 2 * np.pi, 40)
PATHS = {
    "straight": [(0, 0), (5, 0)],
    "circle": [(2 * np.sin(a), 2 - 2 * np.cos(a)) for a in ANGLE],
    "S": [(4 * a / 6.3, 0.9 * np.sin(a)) for a in ANGLE],
    "square corner": [(0, 0), (3, 0), (3, 3)],
}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_followed_within_ten_centimetres_and_ended_as_asked(name):
    points = np.array(PATHS[name], dtype=float)
    length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    frames = int(30 * (length / 1.2 + 1.5))
    prompt = PathPrompt(0, frames, name, tuple(map(tuple, points)), 1.2, facing=90.0)
    qpos = build_reference(Timeline((prompt,))).motion.qpos
    dense = np.concatenate([np.linspace(a, b, 50) for a, b in itertools.pairwise(points)])
    off = np.linalg.norm(qpos[:, None, :2] - dense, axis=-1).min(axis=1)
    assert off.max() < 0.1
    assert np.linalg.norm(qpos[-1, :2] - points[-1]) < 0.02
    assert abs(wrapped(heading(qpos[-1:])[0] - np.pi / 2)) < 0.05


def test_one_goes_to_a_place_from_wherever_one_is():
    first = GoToPrompt(0, 90, "there", (1.0, -2.0), facing=0.0)
    second = GoToPrompt(91, 200, "back", (0.0, 0.0), facing=180.0)
    timeline = Timeline((first, second))
    assert Timeline.from_json(timeline.to_json()) == timeline
    qpos = build_reference(timeline).motion.qpos
    np.testing.assert_allclose(qpos[90, :2], [1, -2], atol=0.05)
    np.testing.assert_allclose(qpos[-1, :2], [0, 0], atol=0.05)
    assert abs(wrapped(heading(qpos[-1:])[0] - np.pi)) < 0.05


def test_a_place_nobody_could_reach_in_time_is_refused_with_the_time_it_takes():
    with pytest.raises(UserError, match="takes at least"):
        build_reference(Timeline((GoToPrompt(0, 30, "far", (40.0, 0.0)),)))
    with pytest.raises(UserError, match="no style 'moonwalk'"):
        build_reference(Timeline((GoToPrompt(0, 60, "x", (1.0, 0.0), style="moonwalk"),)))


def test_a_behaviour_walks_at_its_speed_and_goes_on_from_where_the_body_is():
    start = MotionPrompt(0, 20, "stand", Motion(30.0, np.repeat(pose("stand")[None], 21, 0)))
    walk = BehaviourPrompt(21, 170, "walk", (("move-ego-0-2", 1.0),))
    qpos = build_reference(Timeline((start, walk))).motion.qpos
    jumps = np.linalg.norm(np.diff(qpos[:, :3], axis=0), axis=1)
    assert jumps.max() < 0.2
    late = np.linalg.norm(np.diff(qpos[60:, :2], axis=0), axis=1).mean() * 30
    assert 1.4 < late < 2.6


SQUARE = ((0.0, 0.0), (2.5, 0.0), (2.5, 2.5), (0.0, 2.5))


def test_a_closed_path_is_gone_round_and_round_at_its_speed_and_loops():
    prompt = PathPrompt(0, 570, "round", SQUARE, 1.2, closed=True)
    timeline = Timeline((prompt,))
    assert Timeline.from_json(timeline.to_json()) == timeline
    reference = build_reference(timeline)
    qpos = reference.motion.qpos
    (choice,) = reference.choices
    assert choice["metres"] == pytest.approx(20.0)  # two rounds fit, a third does not
    assert abs(choice["speed"] - 1.2) < 0.12 and "note" not in choice
    np.testing.assert_allclose(qpos[-1, :2], qpos[0, :2], atol=0.05)
    assert abs(wrapped(heading(qpos[-1:]) - heading(qpos[:1]))[0]) < 0.05
    np.testing.assert_allclose(qpos[-1, 7:], qpos[0, 7:], atol=0.1)


def test_a_speed_that_cannot_be_kept_is_told():
    prompt = PathPrompt(0, 90, "hurry", ((0, 0), (5, 0)), 1.0)
    (choice,) = build_reference(Timeline((prompt,))).choices
    assert choice["speed"] > 1.6 and "where 1.0 was asked for" in choice["note"]


def test_one_faces_an_object_on_the_way():
    there = np.array([2.0, -3.0])
    prompt = PathPrompt(0, 150, "watching", ((0, 0), (4, 0)), 1.0, toward=(tuple(there),))
    qpos = build_reference(Timeline((prompt,))).motion.qpos[30:-20]
    way = there - qpos[:, :2]
    off = np.degrees(wrapped(np.arctan2(way[:, 1], way[:, 0]) - heading(qpos)))
    # Shoulders and hips sway by ten degrees in any step.
    assert np.abs(off).mean() < 15


def test_a_key_of_a_hand_holds_the_hand_and_the_library_does_the_rest():
    start = standing(np.zeros(2), 0.0)
    x = np.linspace(0, 1, 61)[:, None]
    eased = np.repeat(start[None], 61, axis=0)
    eased[:, :2] = x * [2.0, 0.0]
    reaching = moved(
        pose("reach")[None], -heading(pose("reach")[None])[0], np.zeros(2), np.zeros(2)
    )
    arm = [7 + 3 * (BODY_NAMES.index(f"R_{part}") - 1) for part in ("Shoulder", "Elbow")]
    for hinge in arm:
        eased[30, hinge : hinge + 3] = reaching[0, hinge : hinge + 3]
    held = ((30, ("R_Shoulder", "R_Elbow", "R_Hand")),)
    source = Motion(30.0, eased)
    prompt = MotionPrompt(0, 60, "keys", source, "world", keyframes=(0, 30, 60), held=held)
    timeline = Timeline((prompt,))
    assert Timeline.from_json(timeline.to_json()).prompts[0].held == held
    reference = build_reference(timeline)
    assert reference.choices[0]["label"] == "walk, from the library"
    hand = BODY_NAMES.index("R_Hand")
    asked = forward_kinematics(eased[30:31])[0][0, hand]
    done = forward_kinematics(reference.motion.qpos)[0]
    assert np.linalg.norm(done[30, hand] - asked) < 0.08
    lifted = done[:, TOES, 2]
    assert (lifted.max(axis=0) - lifted.min(axis=0)).min() > 0.03  # and still it walks
    with pytest.raises(UserError, match="no keyframe"):
        MotionPrompt(0, 60, "x", source, keyframes=(0, 60), held=held)


def test_another_seed_takes_other_stretches_and_the_same_one_the_same():
    prompt = GoToPrompt(0, 90, "there", (2.0, -1.0))
    timeline = Timeline((prompt,))
    ways = {number: build_reference(timeline, variety=number) for number in (0, 1, 2, 3)}
    clips = {tuple(way.choices[0]["clips"]) for way in ways.values()}
    assert len(clips) > 1
    again = build_reference(timeline, variety=2)
    np.testing.assert_array_equal(again.motion.qpos, ways[2].motion.qpos)


def test_arms_and_poses_that_the_library_lacks_are_improved_on():
    start = MotionPrompt(0, 10, "stand", Motion(30.0, np.repeat(pose("stand")[None], 11, 0)))
    high = BehaviourPrompt(11, 130, "arms", (("raisearms-l-h", 1.0),))
    qpos = build_reference(Timeline((start, high))).motion.qpos
    hands = forward_kinematics(qpos[-20:])[0][
        :, [BODY_NAMES.index("L_Hand"), BODY_NAMES.index("R_Hand")], 2
    ]
    assert hands[:, 0].max() < 1.0 and hands[:, 1].min() > 1.6
    down = BehaviourPrompt(11, 190, "lie", (("lieonground-up", 1.0),))
    reference = build_reference(Timeline((start, down)))
    assert reference.choices[0]["label"] == "lieonground-up, a pose kept"
    assert forward_kinematics(reference.motion.qpos[-5:])[0][..., 2].max() < 0.5
