"""People of other proportions stand where the body stands, over the floor, their limbs as it has them."""

import numpy as np
import pytest
from motivo_plain.motivo_addon.retarget.measures import measure
from motivo_plain.motivo_addon.retarget.performer import Performance
from motivo_plain.motivo_addon.retarget.skeleton import pose_rig
from motivo_plain.motivo_addon.retarget.solve import perform
from motivo_plain.motivo_addon.retarget.support import outside_of
from motivo_plain.motivo_addon.retarget.surface import Surface
from motivo_plain.runtime.body.figures import BODY_NAMES, JOINT_NAMES
from motivo_plain.runtime.body.kinematics import forward_kinematics
from motivo_plain.runtime.motion import Motion
from motivo_plain.runtime.motion.contacts import lowest_points
from people import person

PEOPLE = {
    "the body": {},
    "long thighs": {"knee": 1.15},
    "short shins": {"ankle": 0.85},
    "wide hips": {"hip": 1.6},
    "long trunk, long arms": {"spine2": 1.4, "elbow": 1.2, "wrist": 1.2},
}


@pytest.fixture(scope="module")
def squat():
    """Three seconds down and up again, turned to the side meanwhile, both feet flat where they are."""
    time = np.arange(90) / 30.0
    bend = 0.45 * (1 - np.cos(2 * np.pi * time / 3))
    qpos = np.zeros((90, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    for side in "LR":
        for joint, angle in (("Hip_x", -bend), ("Knee_x", 2 * bend), ("Ankle_x", -bend)):
            qpos[:, 7 + JOINT_NAMES.index(f"{side}_{joint}")] = angle
    qpos[:, 7 + JOINT_NAMES.index("Torso_x")] = 0.5 * bend
    feet = forward_kinematics(qpos)[0][:, [BODY_NAMES.index(f"{s}_Ankle") for s in "LR"]]
    qpos[:, :2] = -(feet - feet[:1]).mean(axis=1)[:, :2]
    qpos[:, 2] = -lowest_points(qpos).min(axis=1)
    contacts = np.zeros((90, 6), dtype=bool)
    contacts[:, :4] = True
    return Performance.of(Motion(30.0, qpos, contacts=contacts))


def performed(source, character, skin=None):
    turns, placed = perform(source, character, skin=skin)
    return pose_rig(character.rest, turns, placed)


@pytest.mark.parametrize("size", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("stretch", PEOPLE.values(), ids=PEOPLE.keys())
def test_feet_stand_still_and_limbs_keep_their_directions(squat, stretch, size):
    character = person(stretch, size)
    pose = performed(squat, character)
    told = measure(squat, character, pose, outside_of(character, None))
    assert told.legs_deg < 3 and told.arms_deg < 3
    assert told.ankle_cm < 1.0 * max(size, 1)
    assert told.skate_share == 0 and told.penetration_mm < 5 * size and told.float_mm < 10
    for side in ("left", "right"):
        ankle = pose.positions[:, character.bones[f"{side}_foot"]]
        assert np.ptp(ankle[:, :2], axis=0).max() < 0.01 * size


@pytest.mark.parametrize("stretch", PEOPLE.values(), ids=PEOPLE.keys())
def test_bones_keep_their_lengths(squat, stretch):
    character = person(stretch)
    pose = performed(squat, character)
    rest = character.rest
    for joint in range(1, 24):
        parent = rest.parents[joint]
        length = np.linalg.norm(pose.positions[:, joint] - pose.positions[:, parent], axis=1)
        assert np.allclose(length, np.linalg.norm(rest.heads[joint] - rest.heads[parent]))


def test_skin_that_would_sink_is_kept_out_of_the_floor(squat):
    character = person()
    hips = character.bones["hips"]
    # A tail, half a metre long, hanging from the hips behind the person.
    points = character.rest.heads[hips] + np.linspace([0, 0.2, 0], [0, 0.35, -0.8], 40)
    tail = Surface.of(character.rest, points, np.full((40, 1), hips), np.ones((40, 1)))
    bare = tail.heights(performed(squat, character)).min()
    kept = tail.heights(performed(squat, character, tail)).min()
    assert bare < -0.05 and kept > -0.01


def test_a_body_does_what_the_body_does_in_the_air(squat):
    air = Performance(
        30.0, squat.positions + [0, 0, 1.0], squat.deltas, np.zeros_like(squat.contacts)
    )
    character = person()
    pose = performed(air, character)
    for role, joint in (
        ("hips", "pelvis"),
        ("left_foot", "left_ankle"),
        ("right_hand", "right_wrist"),
    ):
        # Left and right differ by some millimetres; the character is the same body.
        off = pose.positions[:, character.bones[role]] - air.joint(joint)
        assert np.abs(off).max() < 0.015


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_clips_of_a_few_frames_are_performed(squat, frames):
    few = Performance(
        30.0, squat.positions[:frames], squat.deltas[:frames], squat.contacts[:frames]
    )
    assert np.isfinite(performed(few, person({"knee": 1.2})).positions).all()
