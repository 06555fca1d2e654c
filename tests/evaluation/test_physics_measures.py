"""Measures of physics find what is no physics: a hand, a lean nobody could hold, a muscle too strong."""

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.measures.asked import asked_error_cm, keys_met, skate_of_asked
from runtime.measures.balance import distance_outside, support_share
from runtime.measures.physics import held_stretches, physics_measures
from runtime.measures.told import held_sentence, missed_sentence, sentences
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.draft.rollout import Rollout
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.recording import record
from runtime.scene import Scene, World
from runtime.scene.surroundings import Surroundings


def _still(qpos: np.ndarray, frames: int = 12) -> Motion:
    return Motion(30, np.repeat(qpos[None], frames, axis=0))


def _leaning(degrees: float) -> np.ndarray:
    """Standing like a plank, turned about the axis through the soles."""
    from scipy.spatial.transform import Rotation

    qpos = pose("stand").copy()
    turn = Rotation.from_euler("x", degrees, degrees=True)
    qpos[:3] = turn.apply(qpos[:3])
    root = turn * Rotation.from_quat(qpos[3:7], scalar_first=True)
    qpos[3:7] = root.as_quat(scalar_first=True)
    return qpos


def test_the_pressure_of_a_standing_body_is_inside_its_soles():
    assert support_share(_still(pose("stand"))) == 1.0


@pytest.mark.parametrize("degrees", [-20, 20])
def test_a_body_held_in_a_lean_is_found_out(degrees):
    leaning = _leaning(degrees)
    lowest = forward_kinematics(leaning[None])[0][0, :, 2].min()
    leaning[2] -= max(lowest - 0.02, 0)
    share = support_share(_still(leaning))
    assert share is not None and share < 0.1


def test_a_body_that_is_dragged_to_and_fro_is_found_out():
    """Its pose is balanced at every moment; what moves it cannot come from the floor."""
    motion = _still(pose("stand"), 60)
    motion.qpos[:, 0] += 0.05 * np.sin(np.arange(60) * 2 * np.pi / 12)
    share = support_share(motion)
    assert share is not None and share < 0.7


def test_who_does_not_stand_has_no_balance_to_measure():
    flying = pose("stand").copy()
    flying[2] += 0.5
    assert support_share(_still(flying)) is None


def test_distances_to_a_hull_are_those_of_geometry():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]], dtype=float)
    assert distance_outside(np.array([0.3, 0.8]), square) == 0
    assert distance_outside(np.array([0.5, -0.2]), square) == pytest.approx(0.2)
    assert distance_outside(np.array([1.3, 1.4]), square) == pytest.approx(0.5)
    assert distance_outside(
        np.array([0.2, 0.0]), np.array([[0.0, 0.0], [0.1, 0]])
    ) == pytest.approx(0.1)
    assert distance_outside(np.array([3.0, 4.0]), np.zeros((1, 2))) == pytest.approx(5)


def _recorded(strength: float, offset: float, body: ServoBody | None = None):
    """Six frames of standing while a knee is told to be elsewhere by ``offset`` radians."""
    body = body or ServoBody(strength)
    qpos, qvel = np.repeat(pose("stand")[None], 6, axis=0), np.zeros((6, 75))
    targets, _ = body.feed_forward(qpos, qvel)
    control = np.zeros((5, 75))
    control[:, 3] = offset
    substates = np.zeros((5, body.substeps, 151))
    found = Trajectory(qpos, qvel, control, substates)
    gains = np.zeros((5, 75, 150))
    return record(body, targets, found, gains, (qpos[0], qvel[0]), {}, lambda: None)


def test_torques_of_the_bodys_own_muscles_stay_within_their_limits():
    told = _recorded(1.0, 1.5)
    assert 0.9 < told.torque.max() < 1.01, "the knee gives all it can, and no more"
    assert _recorded(1.0, 0.0).torque.max() < 0.5


def test_a_recording_with_muscles_that_are_too_strong_is_caught():
    body = ServoBody()
    body.plain.actuator_forcelimited[:] = 0
    assert _recorded(1.0, 1.5, body).torque.max() > 1.2
    motion = _still(pose("stand"), 6)
    measures = physics_measures(motion, _as_simulated(_recorded(3.0, 1.5)))
    assert measures["torque_max_share"] > 1.2
    assert measures["torque_over_share"] > 0


def _as_simulated(told):
    class Simulated:
        assistance, torque = told.help, told.torque
        unexplained, airborne = told.unexplained, told.airborne

    return Simulated()


def test_a_recording_that_is_held_by_a_hidden_hand_is_caught():
    body = ServoBody()
    assert _recorded(1.0, 0.0, body).unexplained.max() < 1e-3
    body.plain.opt.gravity[2] = -9.81 / 2
    assert _recorded(1.0, 0.0, body).unexplained.min() > 0.3


def test_on_the_moon_nothing_hidden_lifts_the_body():
    moon = Scene(world=World(gravity=(0, 0, -1.62)))
    body = ServoBody(1.0, Surroundings(moon, pose("stand"), 6))
    assert _recorded(1.0, 0.0, body).unexplained.max() < 1e-3
    body.plain.opt.gravity[2] = -9.81
    assert _recorded(1.0, 0.0, body).unexplained.min() > 0.3


def test_a_body_that_hangs_in_the_air_is_seen_in_its_states():
    flying = _still(pose("stand"), 8)
    flying.qpos[:, 2] += 0.5
    told = physics_measures(flying, _as_simulated(_recorded(1.0, 0.0)))
    assert told["float_share"] == 1.0 and told["support_share"] is None


def test_help_in_the_middle_is_told_by_frame_and_by_how_much():
    shares = np.zeros(100)
    shares[40:53] = np.linspace(0.1, 0.31, 13)
    shares[46] = 0.0  # a breath parts nothing
    shares[70:76] = 0.04
    held = held_stretches(shares)
    assert [(s["first"], s["last"]) for s in held] == [(40, 52), (70, 75)]
    assert held[0]["max"] == pytest.approx(0.31) and 0.1 < held[0]["mean"] < 0.31
    metadata = {"measures": {"held": held}, "help": shares.tolist()}
    assert held_sentence(metadata) == (
        "An invisible hand carries it at frames 40-52 by up to 31 % of its weight and 70-75 by up to 4 %."
    )
    scene = held_sentence(metadata, lambda frame: 101 + 2 * frame)
    assert "181-205" in scene and "241-251" in scene
    draft = {**metadata, "settings": {"quality": "draft"}}
    assert held_sentence(draft).startswith(
        "As a draft it is carried by an invisible hand at frames 40-52"
    )


def test_nothing_is_told_of_a_take_without_a_fault():
    motion = _still(pose("stand"))
    calm = Rollout(motion.qpos, motion.velocities(), np.zeros((12, 6), bool), np.zeros(11))
    assert sentences({"measures": physics_measures(motion, calm), "help": [0.0] * 11}) == []


def test_many_stretches_are_counted():
    shares = np.zeros(200)
    for first in range(0, 200, 20):
        shares[first : first + 3] = 0.5
    metadata = {"measures": {"held": held_stretches(shares)}, "help": shares.tolist()}
    assert "6 more" in held_sentence(metadata) and "15 % of all frames" in held_sentence(metadata)


def test_keys_that_were_missed_are_told_with_their_distance_and_limb():
    motion = _still(pose("stand"), 30)
    keyed = {f: forward_kinematics(motion.qpos[f : f + 1])[0][0] for f in (0, 10, 20)}
    keyed[10] = keyed[10] + [0.1, 0, 0]
    keyed[20] = keyed[20].copy()
    hand = 17
    keyed[20][hand, 2] += 0.3
    keys = keys_met(motion, keyed, dict.fromkeys(keyed, 4.0))
    assert [key["off_cm"] for key in keys] == pytest.approx([0, 10, 30 / 24], abs=0.01)
    assert keys[2]["worst_cm"] == pytest.approx(30)
    said = missed_sentence({"keys": keys})
    assert "frame 10" in said and "10.0 cm" in said and "20" not in said
    strict = keys_met(motion, keyed, {**dict.fromkeys(keyed, 4.0), 20: 1.0})
    assert "20" in missed_sentence({"keys": strict})


def test_the_error_against_what_was_asked_knows_nothing_of_mending():
    motion = _still(pose("stand"), 5)
    asked = {f: forward_kinematics(motion.qpos[:1])[0][0] + [0, 0.02, 0] for f in (1, 2, 9)}
    assert asked_error_cm(motion, asked) == pytest.approx(2.0)
    assert asked_error_cm(motion, {}) is None


def test_skate_of_the_source_is_that_of_what_was_recorded():
    joints = np.zeros((10, 24, 3))
    joints[:, :, 0] = np.arange(10)[:, None] * 0.1  # 3 m/s, all on the floor
    asked = dict(enumerate(joints))
    assert skate_of_asked(asked, 10) == 1.0
    del asked[4]
    assert skate_of_asked(asked, 10) is None
