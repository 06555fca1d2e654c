"""Timelines become references that a body with weight can follow."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body import BODY_NAMES, JOINT_RANGES, build_model
from runtime.body.kinematics import forward_kinematics
from runtime.errors import UserError
from runtime.measures.quality import skate_share
from runtime.motion import Motion, lowest_points
from runtime.motion.joining import join
from runtime.motion.poses import pose
from runtime.performance.draft.servo import build_servo_model
from runtime.performance.draft.support import support_of
from runtime.planning.graph.stretches import velocities
from runtime.planning.mending.grounding import on_the_ground
from runtime.planning.mending.legs import place_foot
from runtime.planning.mending.repair import without_discontinuities
from runtime.planning.mending.toes import steady_path, steady_toes
from runtime.planning.reference import build_reference
from runtime.posing.limits import into_ranges
from runtime.prompts import MotionPrompt, PosePrompt, Timeline

ANKLES = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]


def reference(*prompts) -> np.ndarray:
    return build_reference(Timeline(prompts)).motion.qpos


def walking_root(frames: int, speed: float) -> Motion:
    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    qpos[:, 0] += np.arange(frames) * speed / 30
    return Motion(30, qpos)


def test_the_offset_leaves_out_the_start_of_the_source(squat):
    late = reference(MotionPrompt(0, 10, "", squat, "world", offset=20))
    np.testing.assert_allclose(late[:, 7:], squat.qpos[20:31, 7:], atol=0.1)


def test_an_offset_past_the_end_is_refused(squat):
    with pytest.raises(UserError, match="51 frames"):
        reference(MotionPrompt(0, 10, "", squat, "world", offset=51))


def test_a_source_that_ends_early_is_held(squat):
    held = reference(MotionPrompt(0, 100, "", squat.cut(0, 20)))
    assert len(held) == 101
    assert np.abs(np.diff(held[60:], axis=0)).max() < 1e-6


def test_a_source_at_another_rate_is_resampled(squat):
    fast = Motion(60, squat.qpos)
    assert np.abs(reference(MotionPrompt(0, 20, "", fast))[10] - squat.qpos[20]).max() < 0.1


def test_continue_goes_on_where_and_facing_where_the_prompt_before_ended(squat, standing):
    turned = standing.qpos.copy()
    turn = Rotation.from_euler("z", 130, degrees=True)
    root = Rotation.from_quat(turned[:, 3:7], scalar_first=True)
    turned[:, 3:7] = (turn * root).as_quat(scalar_first=True)
    turned[:, :2] += [5, -3]
    elsewhere = Motion(30, turned)
    first = MotionPrompt(0, 50, "", squat, "world")
    there = reference(first, MotionPrompt(51, 80, "", elsewhere, "continue"))
    np.testing.assert_allclose(there[-1, :7], squat.qpos[-1, :7], atol=0.02)
    away = reference(first, MotionPrompt(51, 300, "", elsewhere, "world"))
    np.testing.assert_allclose(away[-1, :2], turned[-1, :2], atol=0.05)


def test_a_gap_is_bridged_smoothly(squat):
    across = reference(MotionPrompt(0, 50, "", squat), MotionPrompt(80, 110, "", squat, offset=20))
    assert len(across) == 111
    assert np.abs(np.diff(across[:, 7:], axis=0)).max() < np.radians(12)


def test_prompts_that_overlap_are_crossfaded(squat, standing):
    both = reference(MotionPrompt(0, 50, "", squat), MotionPrompt(20, 49, "", standing))
    assert len(both) == 51
    assert np.abs(np.diff(both[:, 7:], axis=0)).max() < np.radians(12)
    np.testing.assert_allclose(both[19, 7:], squat.qpos[19, 7:], atol=0.1)


def test_a_pose_is_reached_and_held_where_the_person_stands(squat):
    moved = Motion(30, squat.qpos + np.eye(76)[0])
    posed = reference(
        MotionPrompt(0, 50, "", moved, "world"), PosePrompt(51, 120, "", tuple(pose("crouch")))
    )
    np.testing.assert_allclose(posed[-1, 7:], pose("crouch")[7:], atol=0.05)
    feet = forward_kinematics(posed[[50, -1]])[0][:, ANKLES]
    np.testing.assert_allclose(feet[1, :, :2], feet[0, :, :2], atol=0.06)


def test_a_motion_that_hovers_or_sinks_is_put_on_the_floor(squat):
    for lift in (0.06, -0.06):
        grounded = on_the_ground(squat.qpos + lift * np.eye(76)[2])
        assert np.abs(lowest_points(grounded).min(axis=1)).max() < 0.005


def test_a_jump_stays_in_the_air():
    qpos = np.repeat(pose("stand")[None], 60, axis=0)
    time = np.arange(60) / 30 - 1
    qpos[:, 2] += np.maximum(0.4 - 9.81 / 2 * time**2, 0)
    grounded = on_the_ground(qpos)
    assert lowest_points(grounded).min(axis=1)[30] == pytest.approx(0.4, abs=0.03)


def test_standing_feet_that_drift_are_held_in_place():
    drifting = walking_root(60, 0.1)
    feet = forward_kinematics(on_the_ground(drifting.qpos))[0][:, ANKLES, :2]
    assert np.ptp(feet, axis=0).max() < 0.03
    assert np.ptp(drifting.positions()[:, ANKLES, 0], axis=0).max() > 0.19


def test_a_foot_keyed_as_a_slide_is_lifted_to_step(keyed):
    ahead = pose("step")
    keys = keyed([(0, pose("stand")), (15, pose("stand")), (40, ahead), (60, ahead)])
    soles = lowest_points(on_the_ground(keys.qpos))[:, ANKLES].max(axis=1)
    assert soles[20:36].max() > 0.03
    assert soles[:12].max() < 0.01


def test_a_toe_that_rolls_off_moving_waits_until_it_is_up():
    frames = np.arange(40)
    rise = np.clip((frames - 18) / 6, 0, 1)
    path = np.zeros((40, 3))
    path[:, 0] = 0.12 * np.clip(frames - 18, 0, None) ** 2 / 30
    path[:, 2] = 0.02 + 0.15 * rise**2
    path[30:, 0] = path[30, 0]
    steady = steady_path(path, np.zeros(40, dtype=bool))
    assert skating(path).any() and not skating(steady).any()
    np.testing.assert_allclose(steady[:, 2], path[:, 2])
    assert np.linalg.norm(steady - path, axis=1).max() < 0.06
    np.testing.assert_allclose(steady[:5], path[:5], atol=0.01)


def test_a_toe_that_travels_low_is_carried_only_while_the_other_foot_stands():
    path = np.zeros((40, 3))
    path[:, 2] = 0.03
    path[10:31, 0] = np.linspace(0, 0.4, 21)
    path[31:, 0] = 0.4
    carried = steady_path(path, np.ones(40, dtype=bool))
    assert not skating(carried).any()
    assert carried[15:25, 2].min() > 0.05 and carried[[3, -3], 2].max() < 0.04
    alone = steady_path(path, np.zeros(40, dtype=bool))
    np.testing.assert_allclose(alone[:, 2], path[:, 2])


def skating(path: np.ndarray) -> np.ndarray:
    low = np.maximum(path[1:, 2], path[:-1, 2]) < 0.05
    return low & (np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1) * 30 > 0.2)


def test_toes_of_a_body_that_stands_are_left_alone(standing):
    np.testing.assert_array_equal(steady_toes(standing.qpos), standing.qpos)


def test_toes_that_carry_are_not_lifted_however_fast_they_glide():
    """Half a second at 1 m/s on both feet: lifted, they would leave the body 7 cm in the air."""
    qpos = np.repeat(pose("stand")[None], 75, axis=0)
    qpos[:, 0] += np.cumsum(np.r_[np.zeros(30), np.full(15, 1 / 30), np.zeros(30)])
    qpos[:, 2] -= lowest_points(qpos).min(axis=1)
    assert lowest_points(steady_toes(qpos)).min(axis=1).max() < 0.01


def test_a_foot_that_is_spun_upon_stays_down_and_turns_about_its_ball():
    """A quarter turn in a third of a second about the left heel, the right foot in the air: the toe
    glides at 0.7 m/s; lifted it would leave the body hovering, as it was it would skate."""
    qpos = np.repeat(pose("stand")[None], 60, axis=0)
    qpos[:, 7 + 3 * (BODY_NAMES.index("R_Knee") - 1)] = 1.2
    qpos[:, 2] -= lowest_points(qpos).min(axis=1)
    heel = forward_kinematics(qpos[:1])[0][0, ANKLES[0]]
    turns = Rotation.from_rotvec(np.clip(np.arange(60) - 25, 0, 10)[:, None] * [0, 0, 0.05 * np.pi])
    qpos[:, :3] = heel + turns.apply(qpos[:, :3] - heel)
    root = turns * Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    qpos[:, 3:7] = root.as_quat(scalar_first=True)
    steady = steady_toes(qpos)
    assert skate_share(forward_kinematics(qpos)[0], 30) > 0.15
    assert skate_share(forward_kinematics(steady)[0], 30) < 0.04
    assert lowest_points(steady).min(axis=1).max() < 0.02
    np.testing.assert_allclose(steady[:, :7], qpos[:, :7])


def test_the_leg_reaches_its_target_within_its_limits():
    qpos = np.repeat(pose("crouch")[None], 3, axis=0)
    positions, rotations = forward_kinematics(qpos)
    wanted = positions[:, 3] + np.array([[0, 0, 0], [0.05, 0.03, 0.04], [0, -0.04, 0.1]])
    placed = place_foot(qpos, "L", wanted, rotations[:, 3])
    reached, turned = forward_kinematics(placed)
    np.testing.assert_allclose(reached[:, 3], wanted, atol=0.004)
    np.testing.assert_allclose(turned[:, 3], rotations[:, 3], atol=0.05)
    assert (placed[:, 7:] >= JOINT_RANGES[:, 0]).all() and (
        placed[:, 7:] <= JOINT_RANGES[:, 1]
    ).all()
    others = np.ones(76, dtype=bool)
    others[7:16] = False
    np.testing.assert_array_equal(placed[:, others], qpos[:, others])


def test_angles_outside_the_ranges_find_the_same_rotation_inside():
    qpos = np.repeat(pose("crouch")[None], 2, axis=0)
    flipped = qpos.copy()
    flipped[:, 7:10] = [[a + np.pi, np.pi - b, c + np.pi] for a, b, c in qpos[:, 7:10]]
    flipped[:, 10] += 2 * np.pi
    np.testing.assert_allclose(into_ranges(flipped), qpos, atol=1e-9)


def test_a_join_keeps_pose_and_speed():
    before, after = walking_root(20, 1.0).qpos, walking_root(40, 0.5).qpos + np.eye(76)[1] * 0.2
    after[:, 0] += 0.6
    joined = join(before, after, 15)
    speeds = np.diff(np.concatenate([before, joined])[:, :2], axis=0)[18:21] * 30
    np.testing.assert_allclose(speeds[:, 0], 1, atol=0.15)
    np.testing.assert_allclose(speeds[:, 1], 0, atol=0.05)
    np.testing.assert_allclose(joined[20:], after[20:], atol=1e-9)


def test_an_impossible_jump_is_spread_out(standing):
    qpos = standing.qpos.copy()
    qpos[15:, 0] += 2
    mended = without_discontinuities(qpos)
    assert np.abs(np.diff(mended[:, 0])).max() < 0.4
    np.testing.assert_allclose(mended[-1], qpos[-1], atol=1e-9)


def test_velocities_of_a_steady_motion_are_exact_to_the_last_frame():
    qvel = velocities(walking_root(10, 1.2).qpos)
    np.testing.assert_allclose(qvel[:, 0], 1.2)
    assert qvel.shape == (10, 75)


def test_the_ground_bears_who_stands_and_nobody_who_hovers():
    model = build_servo_model()
    weight = model.body_subtreemass[1] * 9.81
    qpos = np.repeat(pose("stand")[None], 8, axis=0)
    on_floor = support_of(model, qpos, np.zeros((8, 75)))
    assert on_floor.borne.min() > 0.97
    assert np.abs(on_floor.missing[:, :3]).max() < 0.05 * weight
    in_air = support_of(model, qpos + np.eye(76)[2], np.zeros((8, 75)))
    np.testing.assert_allclose(in_air.missing[:, 2], weight, rtol=1e-6)
    assert in_air.borne.max() == 0


def test_standing_legs_carry_and_hanging_legs_do_not():
    model = build_servo_model()
    knees = [7 + 3 * (BODY_NAMES.index(f"{side}_Knee") - 1) - 7 for side in "LR"]
    crouched = np.repeat(pose("crouch")[None], 8, axis=0)
    still = np.zeros((8, 75))
    carrying = support_of(model, crouched, still).torques[:, knees]
    hanging = support_of(model, crouched + np.eye(76)[2], still).torques[:, knees]
    assert (np.abs(carrying) > 4 * np.abs(hanging)).all()


def test_the_policys_body_is_left_alone_by_the_servos_variant():
    body = build_model()
    build_servo_model(2.0)
    assert body.nu == 69 and body.na == 0
    np.testing.assert_array_equal(build_model().actuator_gainprm, body.actuator_gainprm)
