"""The measures find the faults that were put into motions on purpose, and no others."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body.kinematics import forward_kinematics
from runtime.errors import UserError
from runtime.measures.quality import (
    float_mm,
    heading_aligned_error,
    measure_quality,
    normalised_jerk,
    penetration_mm,
    root_relative_error,
    skate_share,
    slide_share,
    world_error,
)
from runtime.motion import Motion, lowest_points
from runtime.motion.poses import pose

FRAMES = 31


@pytest.fixture
def still() -> np.ndarray:
    return np.repeat(pose("stand")[None], FRAMES, axis=0)


def test_keyframes_are_measured_against_what_was_keyed(still):
    motion = Motion(30, still)
    keyed = {0: motion.positions()[0], 10: motion.positions()[10] + [0, 0.3, 0.4]}
    assert measure_quality(motion, motion, keyed=keyed).keyframe_error_cm == pytest.approx(25)


def test_a_motion_against_itself_has_no_error(still):
    motion = Motion(30, still)
    keyed = {frame: motion.positions()[frame] for frame in (0, 30)}
    quality = measure_quality(motion, motion, np.zeros(FRAMES - 1), keyed)
    assert quality.joint_error_root_cm == quality.joint_error_world_cm == 0
    assert quality.keyframe_error_cm == 0
    assert quality.skate_share == quality.slide_share == 0
    assert quality.foot_penetration_max_mm < 1e-6 and quality.float_max_mm < 1e-6
    assert set(quality.to_dict()) == set(type(quality).__dataclass_fields__)


def test_a_shift_is_an_error_in_the_world_alone(still):
    moved = still + 0.1 * np.eye(76)[1]
    (there, _), (here, _) = forward_kinematics(moved), forward_kinematics(still)
    np.testing.assert_allclose(world_error(there, here), 0.1)
    np.testing.assert_allclose(root_relative_error(there, here), 0, atol=1e-12)


def test_a_turn_on_the_spot_vanishes_when_the_heading_is_taken_out(still):
    turned = still.copy()
    turn = Rotation.from_euler("z", 70, degrees=True)
    root = Rotation.from_quat(still[:, 3:7], scalar_first=True)
    turned[:, 3:7] = (turn * root).as_quat(scalar_first=True)
    (there, there_turned), (here, here_turned) = (
        forward_kinematics(turned),
        forward_kinematics(still),
    )
    assert root_relative_error(there, here).mean() > 0.1
    error = heading_aligned_error(there, there_turned, here, here_turned)
    np.testing.assert_allclose(error, 0, atol=1e-9)


def test_a_body_that_glides_skates_and_slides_in_the_frames_in_which_it_moves(still):
    gliding = still.copy()
    gliding[10:21, 0] += np.arange(11) * 0.5 / 30
    gliding[21:, 0] += 10 * 0.5 / 30
    positions, rotations = forward_kinematics(gliding)
    assert skate_share(positions, 30) == pytest.approx(10 / 30)
    assert slide_share(positions, rotations, 30) == pytest.approx(10 / 30)
    slow = still.copy()
    slow[:, 0] += np.arange(FRAMES) * 0.1 / 30
    assert skate_share(forward_kinematics(slow)[0], 30) == 0


def test_a_foot_in_the_air_neither_skates_nor_slides(still):
    flying = still.copy()
    flying[:, 2] += 0.1
    flying[:, 0] += np.arange(FRAMES) / 30
    positions, rotations = forward_kinematics(flying)
    assert skate_share(positions, 30) == 0
    assert slide_share(positions, rotations, 30) == 0


def test_depth_and_height_over_the_floor_are_told_in_millimetres(still):
    sunk = still.copy()
    sunk[5, 2] -= 0.012
    depth = penetration_mm(lowest_points(sunk))
    assert depth[5] == pytest.approx(12, abs=1e-6) and depth[4] == pytest.approx(0, abs=1e-6)
    raised = still.copy()
    raised[:, 2] += 0.03
    grounded = np.zeros(FRAMES, dtype=bool)
    grounded[:4] = True
    np.testing.assert_allclose(float_mm(lowest_points(raised), grounded), [30] * 4)


def test_jitter_shows_in_the_normalised_jerk_and_speed_does_not(still):
    swing = still.copy()
    swing[:, 7 + 45] += np.sin(np.linspace(0, 2 * np.pi, FRAMES))
    smooth = normalised_jerk(forward_kinematics(swing)[0], 30)
    assert normalised_jerk(forward_kinematics(swing)[0], 60) == pytest.approx(smooth)
    swing[:, 7:] += np.random.default_rng(0).normal(scale=0.02, size=(FRAMES, 69))
    assert normalised_jerk(forward_kinematics(swing)[0], 30) > 3 * smooth


def test_motions_of_different_length_are_not_compared(still):
    with pytest.raises(UserError, match="cut them alike"):
        measure_quality(Motion(30, still), Motion(30, still[:-1]))
