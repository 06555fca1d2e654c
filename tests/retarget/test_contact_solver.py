"""People of other proportions stand where the body stands, over the floor, their limbs as it has them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body import SMPL_NAMES
from runtime.body.figures import BODY_NAMES, JOINT_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.body.support_points import lowest_points
from runtime.motion import Motion
from runtime.progress import to_the_end
from runtime.retarget.metrics import measure
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig.contact_geometry import contact_geometry
from runtime.retarget.rig.skin_surface import Surface
from runtime.retarget.rig.stretched_body import stretched_body as person
from runtime.retarget.transfer.source_motion import SourceMotion
from runtime.skeletons.skeleton import pose_skeleton

PEOPLE = {
    "the body": {},
    "long thighs": {"knee": 1.15},
    "short shins": {"ankle": 0.85},
    "wide hips": {"hip": 1.6},
    "long trunk, long arms": {"spine2": 1.4, "elbow": 1.2, "wrist": 1.2},
}


SHORT_LEGS = {"knee": 0.5, "ankle": 0.5}
"""Legs half as long under a trunk that is not: the knight's kind."""


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
    return SourceMotion.of(Motion(30.0, qpos, contacts=contacts))


def performed(source, character, skin=None):
    rotations, positions = to_the_end(transfer_steps(source, character, skin=skin))
    return pose_skeleton(character.rest, rotations, positions)


@pytest.mark.parametrize("size", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("stretch", PEOPLE.values(), ids=PEOPLE.keys())
def test_feet_stand_still_and_limbs_keep_their_directions(squat, stretch, size):
    character = person(stretch, size)
    pose = performed(squat, character)
    told = measure(squat, character, pose, contact_geometry(character, None))
    assert told.legs_deg < 3 and told.arms_deg < 3
    assert told.ankle_cm < 1.0 * max(size, 1)
    assert told.skate_share == 0 and told.penetration_mm < 5 * size and told.float_mm < 10
    for side in ("left", "right"):
        ankle = pose.positions[:, character.bones[f"{side}_foot"]]
        assert np.ptp(ankle[:, :2], axis=0).max() < 0.01 * size


def test_legs_half_as_long_stand_and_keep_their_directions(squat):
    character = person(SHORT_LEGS)
    pose = performed(squat, character)
    told = measure(squat, character, pose, contact_geometry(character, None))
    assert told.legs_deg < 5 and told.arms_deg < 5 and told.limbs_off_deg < 20
    assert told.skate_share == 0 and told.penetration_mm < 5 and told.warnings == ()


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


@pytest.fixture(scope="module")
def high_knee():
    """Three seconds on the right leg, the left one lifted high and put down again."""
    time = np.arange(90) / 30.0
    lifted = np.clip(np.sin(np.pi * (time - 0.5) / 2), 0, None) ** 2
    qpos = np.zeros((90, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    for joint, angle in (("L_Hip_x", -0.9 * lifted), ("L_Knee_x", 1.5 * lifted)):
        qpos[:, 7 + JOINT_NAMES.index(joint)] = angle
    # A standing leg is never quite straight.
    for joint, angle in (("R_Hip_x", -0.5), ("R_Knee_x", 0.8), ("R_Ankle_x", -0.3)):
        qpos[:, 7 + JOINT_NAMES.index(joint)] = angle
    foot = forward_kinematics(qpos)[0][:, BODY_NAMES.index("R_Ankle")]
    qpos[:, :2] = (foot[:1] - foot)[:, :2]
    qpos[:, 2] = -lowest_points(qpos).min(axis=1)
    contacts = np.zeros((90, 6), dtype=bool)
    contacts[:, 2:4] = True
    return SourceMotion.of(Motion(30.0, qpos, contacts=contacts))


@pytest.mark.parametrize(
    "stretch", [{"knee": 1.3, "ankle": 0.8}, {"knee": 0.8, "ankle": 1.2}], ids=str
)
def test_a_foot_in_the_air_is_as_high_as_the_bodys(high_knee, stretch):
    """Thighs and shins of other lengths: both legs give way for it, by less than 3 degrees."""
    character = person(stretch)
    told = measure(
        high_knee, character, performed(high_knee, character), contact_geometry(character, None)
    )
    assert told.ankle_swinging_cm < 1 and told.legs_deg < 3
    assert told.skate_share == 0 and told.penetration_mm < 5


def test_legs_that_cannot_reach_the_floor_keep_their_directions(squat):
    """A belly that lifts the hips far: feet that should stand still are given up."""
    character = person()
    hips = character.bones["hips"]
    points = character.rest.heads[hips] + np.linspace([0, 0, -1.0], [0, 0.1, -1.2], 40)
    belly = Surface.of(character.rest, points, np.full((40, 1), hips), np.ones((40, 1)))
    told = measure(squat, character, performed(squat, character, belly), belly)
    assert told.penetration_mm < 10
    assert told.legs_deg < 3.2


def test_skin_that_stays_behind_lifts_nobody(squat):
    """What a bone beside the person carries: a plinth, or vertices that were given no bone."""
    character = person()
    rest = character.rest
    ground = replace(
        rest,
        names=(*rest.names, "ground"),
        parents=np.append(rest.parents, -1),
        **{
            part: np.concatenate([getattr(rest, part), getattr(rest, part)[:1]])
            for part in ("heads", "tails", "axes")
        },
    )
    character = replace(character, rest=ground, locked_pose=ground)
    plinth = ground.heads[24] - np.linspace([0, 0, 1.5], [0.2, 0, 1.5], 40)
    skin = Surface.of(ground, plinth, np.full((40, 1), 24), np.ones((40, 1)))
    bare, kept = (performed(squat, character, found).positions for found in (None, skin))
    assert np.allclose(bare, kept)


def test_a_trunk_that_trembles_within_shakes_no_head(squat):
    """Simulated joints of the spine tremble against each other; on a longer spine that would show."""
    shaken = squat.deltas.copy()
    angle = np.radians(0.5) * np.sin(2 * np.pi * 11 * np.arange(90) / 30.0)
    turn = Rotation.from_euler("x", angle[:, None]).as_matrix()
    shaken[:, SMPL_NAMES.index("spine1")] = turn @ shaken[:, SMPL_NAMES.index("spine1")]
    character = person({"spine2": 1.6})
    heads = []
    for deltas in (squat.deltas, shaken):
        pose = performed(replace(squat, deltas=deltas), character)
        third = np.diff(pose.positions[:, character.bones["head"]], n=3, axis=0)
        heads.append(float(np.linalg.norm(third, axis=1)[5:-5].mean()))
    assert heads[1] < heads[0] + 1e-3


def test_a_body_does_what_the_body_does_in_the_air(squat):
    air = SourceMotion(
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
    few = SourceMotion(
        30.0, squat.positions[:frames], squat.deltas[:frames], squat.contacts[:frames]
    )
    assert np.isfinite(performed(few, person({"knee": 1.2})).positions).all()
