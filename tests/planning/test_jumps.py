"""Keys in the air: the curve between them is one that gravity and legs allow."""

import numpy as np
import pytest

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.body.support_points import lowest_points
from runtime.body.weight import centre_of_mass
from runtime.motion.motion import CONTROL_FPS, Motion
from runtime.motion.poses import pose
from runtime.planning.between import EASE_ONLY
from runtime.planning.jumping.jumps import with_jumps
from runtime.planning.kinds.planner import BETWEEN_TIGHTNESS
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene.description import Scene, SceneObject, World
from runtime.scene.shapes import Box

KEYS = (0, 14, 25, 36, 52)
TOES = [BODY_NAMES.index(f"{side}_Toe") for side in "LR"]


def crouched(share: float = 0.5) -> np.ndarray:
    qpos = (1 - share) * pose("stand") + share * pose("crouch")
    qpos[3:7] /= np.linalg.norm(qpos[3:7])
    qpos[2] -= lowest_points(qpos[None]).min()
    return qpos


def moved(qpos: np.ndarray, up: float = 0.0, forward: float = 0.0) -> np.ndarray:
    result = qpos.copy()
    result[2] += up
    result[1] -= forward
    return result


def eased(poses: list[np.ndarray], keys: tuple[int, ...] = KEYS) -> np.ndarray:
    frames = np.arange(keys[-1] + 1)
    at = np.searchsorted(keys, frames, side="right").clip(1, len(keys) - 1)
    first, last = np.array(keys)[at - 1], np.array(keys)[at]
    share = (frames - first) / (last - first)
    share = (share**2 * (3 - 2 * share))[:, None]
    table = np.array(poses)
    qpos = (1 - share) * table[at - 1] + share * table[at]
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    return qpos


def jump(up: float = 0.2, forward: float = 0.3, keys: tuple[int, ...] = KEYS) -> np.ndarray:
    stand, low = pose("stand"), crouched()
    return eased(
        [
            stand,
            low,
            moved(stand, up, forward),
            moved(low, 0, 2 * forward),
            moved(stand, 0, 2 * forward),
        ],
        keys,
    )


def in_the_air(qpos: np.ndarray) -> np.ndarray:
    return np.flatnonzero(lowest_points(qpos).min(axis=1) > 0.03)


@pytest.mark.parametrize(("gravity", "keys"), [(9.81, KEYS), (4.0, (0, 20, 38, 56, 80))])
def test_the_centre_of_mass_falls_in_flight(gravity, keys):
    qpos, told = with_jumps(jump(keys=keys), list(keys), {}, gravity=gravity)
    air = in_the_air(qpos)
    assert len(air) >= 7 and (np.diff(air) == 1).all()
    seconds = (air - air[0]) / CONTROL_FPS
    fitted = np.polyfit(seconds, centre_of_mass(qpos[air]), 2)
    assert -2 * fitted[0, 2] == pytest.approx(gravity, rel=0.1)
    assert np.abs(2 * fitted[0, :2]).max() < 1.5, "and is neither pushed nor braked"
    assert [(entry.start, entry.end, entry.label) for entry in told] == [
        (*keys[1:3], "jump"),
        (*keys[2:4], "jump"),
    ]


def test_keys_are_as_keyed_and_the_rest_is_not_touched():
    before = jump()
    qpos, _ = with_jumps(before, list(KEYS), {})
    np.testing.assert_array_equal(qpos[list(KEYS)], before[list(KEYS)])
    np.testing.assert_array_equal(qpos[:14], before[:14])
    np.testing.assert_array_equal(qpos[37:], before[37:])
    steps = np.abs(np.diff(qpos, axis=0)).max(axis=0)
    assert steps[:3].max() * CONTROL_FPS < 3 and steps[7:].max() < 0.6, "without a jolt"
    assert np.abs(np.diff(qpos[:, :3], 2, axis=0)).max() < 0.05


def test_feet_stay_where_they_push_and_where_they_land():
    qpos, _ = with_jumps(jump(), list(KEYS), {})
    air = in_the_air(qpos)
    places = forward_kinematics(qpos)[0][:, TOES]
    pushing, landed = places[14 : air[0] - 1], places[air[-1] + 2 : 37]
    assert air[0] - 14 >= 3, "legs push for a while"
    for stance in (pushing, landed):
        assert np.linalg.norm(np.diff(stance, axis=0), axis=-1).max() < 0.03
    # The curve between keys has them hanging from the first frame on.
    hanging = forward_kinematics(jump())[0][14 : air[0] - 1, TOES, 2]
    assert pushing[..., 2].max() < hanging.max() - 0.02


def test_a_jump_from_standing_dips_first():
    stand = pose("stand")
    keys = (0, 24, 48)
    qpos, _ = with_jumps(eased([stand, moved(stand, 0.3), stand], keys), list(keys), {})
    assert qpos[: in_the_air(qpos)[0], 2].min() < stand[2] - 0.05


def test_a_person_may_have_it_eased():
    before = jump()
    qpos, told = with_jumps(before, list(KEYS), {25: EASE_ONLY})
    assert not told
    np.testing.assert_array_equal(qpos, before)


def test_leaps_that_take_a_run_up_are_left_to_the_library():
    _, told = with_jumps(jump(forward=1.6), list(KEYS), {})
    assert not told


def test_keys_that_fly_from_the_first_frame_on_are_left_alone():
    stand = pose("stand")
    before = eased([moved(stand, 0.5), moved(stand, 0.6), moved(stand, 0.5)], (0, 12, 24))
    qpos, told = with_jumps(before, [0, 12, 24], {})
    assert not told
    np.testing.assert_array_equal(qpos, before)


@pytest.mark.parametrize(
    ("keys", "ups", "forwards", "said"),
    [
        ((0, 6, 12), (0.9,), (0.0,), "no body jumps that high in this time"),
        ((0, 12, 20, 28, 40), (0.5, 0.1, 0.5), (0.0, 0.0, 0.0), "no flight passes"),
        ((0, 14, 20, 26, 40), (0.1, 0.3, 0.1), (0.0, 0.5, 0.5), "no flight passes"),
    ],
)
def test_what_no_flight_can_be_stays_eased_and_is_told(keys, ups, forwards, said):
    stand, low = pose("stand"), crouched()
    air = [moved(stand, up, forward) for up, forward in zip(ups, forwards, strict=True)]
    before = eased([low, *air, moved(low, 0, forwards[-1] + 0.1)], keys)
    qpos, told = with_jumps(before, list(keys), {})
    assert said in told[0].note and told[0].choice == EASE_ONLY
    np.testing.assert_array_equal(qpos, before)


def test_a_flight_through_two_keys_meets_both_without_a_jolt():
    stand, low = pose("stand"), crouched()
    keys = (0, 14, 23, 28, 42)
    before = eased(
        [
            stand,
            low,
            moved(stand, 0.22, 0.3),
            moved(stand, 0.2, 0.42),
            moved(low, 0, 0.75),
        ],
        keys,
    )
    qpos, told = with_jumps(before, list(keys), {})
    assert [entry.label for entry in told] == ["jump"] * 3
    np.testing.assert_array_equal(qpos[list(keys)], before[list(keys)])
    assert np.abs(np.diff(qpos[:, :3], 2, axis=0)).max() < 0.05


def _timeline(keys: tuple[int, ...], scene: Scene | None = None) -> Timeline:
    stand, low = pose("stand"), crouched()
    qpos = eased([low, moved(stand, 0.2, 0.3), moved(low, 0, 0.6)], keys)
    prompt = MotionPrompt(0, keys[-1], source=Motion(CONTROL_FPS, qpos), keyframes=keys)
    return Timeline((prompt,), scene=scene)


def test_the_reference_has_the_jump_and_says_so():
    reference = build_reference(_timeline((0, 11, 22)))
    assert [choice["label"] for choice in reference.choices] == ["jump"] * 2
    assert len(in_the_air(reference.motion.qpos)) >= 7
    assert (reference.tightness >= BETWEEN_TIGHTNESS).all(), "a flight is more than easing"


def test_on_the_moon_one_flies_for_longer():
    moon = Scene(world=World(gravity=(0.0, 0.0, -1.62)))
    keys = (0, 25, 50)
    there, here = (build_reference(_timeline(keys, scene)) for scene in (moon, None))
    flights = [len(in_the_air(one.motion.qpos)) for one in (there, here)]
    assert flights[0] > 2 * flights[1] > 0
    onto_things = Scene(objects=(SceneObject("box", Box((0.1, 0.1, 0.1)), (2.0, 2.0, 0.05)),))
    assert not [
        choice
        for choice in build_reference(_timeline(keys, onto_things)).choices
        if choice["label"] == "jump"
    ]


def test_a_crouch_is_passed_through_where_there_is_no_time_to_rise_from_rest():
    keys = (0, 8, 22, 33, 44, 60, 70)
    stand, low = pose("stand"), crouched(0.65)
    poses = [stand, stand, low, moved(stand, 0.3, 0.3), moved(low, 0, 0.6)]
    before = eased([*poses, moved(stand, 0, 0.6), moved(stand, 0, 0.6)], keys)
    qpos, told = with_jumps(before, list(keys), {})
    assert {"jump"} == {entry.label for entry in told}
    assert 8 in [entry.start for entry in told], "it begins where the body stands still"
    np.testing.assert_array_equal(qpos[list(keys)], before[list(keys)])
    np.testing.assert_array_equal(qpos[:8], before[:8])
    np.testing.assert_array_equal(qpos[61:], before[61:])
    assert qpos[8:22, 2].min() < low[2] - 0.02, "hips are deepest before the key"
    assert qpos[23, 2] - qpos[21, 2] > 0.03, "and rise as they pass it"
    air = in_the_air(qpos)
    fitted = np.polyfit((air - air[0]) / CONTROL_FPS, centre_of_mass(qpos[air]), 2)
    assert -2 * fitted[0, 2] == pytest.approx(9.81, rel=0.1)
    balls = forward_kinematics(qpos[8 : air[0] - 1])[0][:, TOES]
    assert np.linalg.norm(balls - balls[0], axis=-1).max() < 0.04
    assert np.abs(np.diff(qpos[:, :3], 2, axis=0)).max() < 0.05, "without a jolt"
    # Feet that stand elsewhere before the crouch would have to step: then it is as it was.
    elsewhere = [moved(stand, 0, -0.4), moved(stand, 0, -0.4), *poses[2:4], poses[4]]
    stays, told = with_jumps(eased(elsewhere, keys[:5]), list(keys[:5]), {})
    assert "no body jumps that high" in told[0].note
    np.testing.assert_array_equal(stays, eased(elsewhere, keys[:5]))


def test_two_jumps_do_not_both_have_the_floor_between_them():
    stand, low = pose("stand"), crouched(0.75)
    keys = (0, 14, 25, 36, 52, 63, 74, 90)
    ups = (moved(stand, 0.3), moved(stand, 0.3))
    before = eased([stand, low, ups[0], low, low, ups[1], low, stand], keys)
    qpos, told = with_jumps(before, list(keys), {})
    starts = [entry.start for entry in told if entry.label == "jump"]
    assert starts == [0, 14, 25, 36], "the first passes both crouches, and has the floor behind it"
    assert [entry.choice for entry in told if entry.start == 52] == [EASE_ONLY]
    np.testing.assert_array_equal(qpos[list(keys)], before[list(keys)])
    np.testing.assert_array_equal(qpos[52:], before[52:])
    # A hop's key in the air, however low, is no rest.
    hop = moved(stand, 0.08)
    hops = eased([stand, hop, low, moved(stand, 0.3), low], (0, 11, 22, 33, 44))
    assert 11 not in [entry.start for entry in with_jumps(hops, [0, 11, 22, 33, 44], {})[1]][2:]


@pytest.mark.parametrize("keys", [(0, 60, 80), (0, 20, 60)])
def test_a_body_waits_before_a_jump_and_after_it_and_its_feet_stay(keys):
    stand = pose("stand")
    before = eased([stand, moved(stand, 0.2, 0.3), moved(stand, 0, 0.6)], keys)
    qpos, told = with_jumps(before, list(keys), {})
    assert {entry.label for entry in told} == {"jump"}
    air = in_the_air(qpos)
    balls = forward_kinematics(qpos)[0][:, TOES]
    for stance in (balls[: air[0] - 1], balls[air[-1] + 2 :]):
        assert np.linalg.norm(np.diff(stance, axis=0), axis=-1).max() < 0.03
    waits = qpos[: air[0] - 18] if keys[1] > 30 else qpos[air[-1] + 19 :]
    assert len(waits) > 10 and np.ptp(waits[:, :3], axis=0).max() < 0.02
    along = -qpos[:, 1]
    assert along.min() > along[0] - 0.02 and along.max() < along[-1] + 0.02


def test_only_gaps_of_a_jump_keep_it_from_being_one():
    before = jump()
    without, _ = with_jumps(before, list(KEYS), {})
    qpos, told = with_jumps(before, list(KEYS), {36: EASE_ONLY})
    assert [entry.label for entry in told] == ["jump", "jump"]
    np.testing.assert_array_equal(qpos, without)


def test_no_leg_pushes_in_a_frame():
    stand = pose("stand")
    before = eased([stand, moved(stand, 0.12), stand], (0, 5, 10))
    _, told = with_jumps(before, [0, 5, 10], {})
    assert "no body jumps that high" in told[0].note
