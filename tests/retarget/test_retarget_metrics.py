"""What is measured after a retarget, on poses whose faults are known."""

import numpy as np
import pytest

from runtime.motion import Motion
from runtime.numerics.rotations import about_axis
from runtime.progress import to_the_end
from runtime.retarget.metrics import measure
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig.contact_geometry import contact_geometry
from runtime.retarget.rig.stretched_body import stretched_body as person
from runtime.retarget.transfer.source_motion import SourceMotion
from runtime.skeletons.skeleton import SkeletonPose, pose_skeleton


@pytest.fixture
def source():
    """A second and a half of standing on the spot while the arms swing."""
    time = np.arange(45) / 30.0
    qpos = np.zeros((45, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    qpos[:, 7 + 3 * 16 : 7 + 3 * 20] = 0.4 * np.sin(3 * time)[:, None]
    from runtime.body.support_points import lowest_points

    qpos[:, 2] = -lowest_points(qpos).min(axis=1)
    contacts = np.zeros((45, 6), dtype=bool)
    contacts[:, :4] = True
    return SourceMotion.of(Motion(30.0, qpos, contacts=contacts))


@pytest.fixture
def same(source):
    """The body as a character, and its pose as the source has it."""
    character = person()
    rotations, positions = to_the_end(transfer_steps(source, character, lock_feet=False))
    return character, rotations, positions


def found(source, character, rotations, positions):
    pose = pose_skeleton(character.rest, rotations, positions)
    return measure(source, character, pose, contact_geometry(character, None))


def test_the_body_itself_has_no_fault(source, same):
    told = found(source, *same)
    assert told.legs_deg < 0.01 and told.arms_deg < 0.01 and told.within_share == 1
    assert told.ankle_cm < 0.5  # the body's own ankles differ by that
    assert told.skate_share == told.skate_share_source == 0
    assert told.penetration_mm < 5 and told.jerk_ratio == pytest.approx(1, abs=0.01)


def test_a_limb_that_points_elsewhere_is_told_in_degrees(source, same):
    character, rotations, positions = same
    bone = character.bones["left_shin"]
    aside = np.tile([0.0, 1.0, 0.0], (45, 1))
    bent = np.where(np.arange(45) < 9, np.radians(7.0), 0.0)
    rotations[bone] = about_axis(aside, bent) @ rotations[bone]
    told = found(source, character, rotations, positions)
    assert told.legs_deg == pytest.approx(7, abs=0.2) and told.arms_deg < 0.01
    assert told.within_share == pytest.approx(36 / 45)


def test_what_is_sunk_and_what_floats_is_told_in_millimetres(source, same):
    character, rotations, positions = same
    hips = character.bones["hips"]
    level = found(source, *same)
    sunk = found(source, character, rotations, {hips: positions[hips] - [0, 0, 0.03]})
    assert sunk.penetration_mm == pytest.approx(level.penetration_mm + 30, abs=5)
    assert sunk.deepest.endswith(("ankle", "foot")) and sunk.ankle_cm > 2.5
    floats = found(source, character, rotations, {hips: positions[hips] + [0, 0, 0.05]})
    assert floats.penetration_mm == 0 and 40 < floats.float_mm < 60


def test_standing_feet_that_slide_skate(source, same):
    character, rotations, positions = same
    hips = character.bones["hips"]
    slide = np.zeros((45, 3))
    slide[:, 0] = np.r_[np.zeros(34), np.arange(11)] / 30  # 1 m/s for the last ten steps
    told = found(source, character, rotations, {hips: positions[hips] + slide})
    assert told.skate_share == pytest.approx(10 / 44) and told.skate_share_source == 0


def test_jerks_are_told_as_a_multiple_of_the_sources(source, same):
    character, rotations, positions = same
    hips = character.bones["hips"]
    shake = 0.01 * np.random.default_rng(1).normal(size=(45, 3))
    assert found(source, character, rotations, {hips: positions[hips] + shake}).jerk_ratio > 3


def test_a_clip_of_one_frame_has_measures_too(source, same):
    character, rotations, positions = same
    one = SourceMotion(30.0, source.positions[:1], source.deltas[:1], source.contacts[:1])
    pose = pose_skeleton(character.rest, rotations, positions)
    told = measure(
        one,
        character,
        SkeletonPose(pose.positions[:1], pose.rotations[:1]),
        contact_geometry(character, None),
    )
    assert told.frames == 1 and told.skate_share == 0 and told.jerk_ratio == 1
