"""A fitted motion follows the source, obeys the body's limits and stands on the floor."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import walk

from runtime.body import JOINT_RANGES
from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics, to_rotation, to_wxyz
from runtime.errors import UserError
from runtime.motion import (
    CONTACT_BODIES,
    SkeletonClip,
    fit_to_body,
    lowest_points,
    read_clip,
    reference_contacts,
)
from runtime.motion.fitting.least_squares.linkage import BodyPoses, Linkage
from runtime.motion.formats.clip import clip_from_bvh
from runtime.progress import Cancelled

SHARED = Path(__file__).parents[2].parent / "shared" / "mocap"
CLIPS = {
    "accad/Male1_B3_Walk": 1.0,
    "accad/Male2_G8_RoundhouseLeft": 1.3,
    "accad/Male1_A10_LieToCrouch": 2.0,
    "accad/ma_E3_cross_left": 1.3,
    "cmu/07_01": 1.0,
}
"""Clips of all three skeletons, and the mean angle in degrees their limbs may be off."""


def mixamo_person(frames: int = 60, fps: float = 60.0) -> SkeletonClip:
    """A person with Mixamo's names and a T-pose, taller than the body, who turns and bends."""
    figures = {
        "Hips": (None, (0, 0, 1.05)),
        "Spine": ("Hips", (0, 0, 0.12)),
        "Spine1": ("Spine", (0, 0, 0.13)),
        "Spine2": ("Spine1", (0, 0, 0.13)),
        "Neck": ("Spine2", (0, 0, 0.2)),
        "Head": ("Neck", (0, -0.02, 0.1)),
    }
    for side, x in (("Left", 1), ("Right", -1)):
        figures |= {
            f"{side}UpLeg": ("Hips", (0.1 * x, 0, -0.06)),
            f"{side}Leg": (f"{side}UpLeg", (0, 0, -0.46)),
            f"{side}Foot": (f"{side}Leg", (0, 0, -0.44)),
            f"{side}ToeBase": (f"{side}Foot", (0.02 * x, -0.14, -0.06)),
            f"{side}Shoulder": ("Spine2", (0.06 * x, 0, 0.15)),
            f"{side}Arm": (f"{side}Shoulder", (0.13 * x, 0, 0)),
            f"{side}ForeArm": (f"{side}Arm", (0.29 * x, 0, 0)),
            f"{side}Hand": (f"{side}ForeArm", (0.27 * x, 0, 0)),
        }
    names = list(figures)
    parents = [names.index(parent) if parent else -1 for parent, _ in figures.values()]
    offsets = np.array([offset for _, offset in figures.values()], dtype=float)
    rest = np.zeros((len(names), 3))
    for joint, parent in enumerate(parents):
        rest[joint] = offsets[joint] + (rest[parent] if parent >= 0 else 0)
    phase = np.sin(2 * np.pi * np.arange(frames) / frames)
    turns = {
        "LeftArm": Rotation.from_euler("y", 70 + 10 * phase[:, None], degrees=True),
        "RightArm": Rotation.from_euler("y", -70 + 10 * phase[:, None], degrees=True),
        "LeftForeArm": Rotation.from_euler("z", -40 - 20 * phase[:, None], degrees=True),
        "Head": Rotation.from_euler("z", 40 * phase[:, None], degrees=True),
    }
    positions = np.zeros((frames, len(names), 3))
    world: list[Rotation] = []
    for joint, parent in enumerate(parents):
        turn = turns.get(names[joint], Rotation.identity(frames))
        if parent < 0:
            positions[:, joint] = offsets[joint]
            world.append(turn)
        else:
            positions[:, joint] = positions[:, parent] + world[parent].apply(offsets[joint])
            world.append(world[parent] * turn)
    return SkeletonClip(
        names=tuple(f"mixamorig:{name}" for name in names),
        parents=tuple(parents),
        fps=fps,
        positions=positions,
        rotations=np.stack([turn.as_quat(scalar_first=True) for turn in world], axis=1),
        rest_positions=rest,
        rest_rotations=np.tile([1.0, 0, 0, 0], (len(names), 1)),
        name="person",
    )


@pytest.fixture(scope="module")
def fitted():
    if not SHARED.is_dir():
        pytest.skip("needs the motion capture beside the project")
    return {name: fit_to_body(read_clip(SHARED / f"{name}.bvh")) for name in CLIPS}


@pytest.mark.parametrize("name", CLIPS)
def test_limbs_point_like_those_of_the_source(fitted, name):
    report = fitted[name].report
    assert report.direction_error_deg < CLIPS[name]
    assert report.joint_error_cm < 9.0


@pytest.mark.parametrize("name", CLIPS)
def test_joint_limits_hold_and_nothing_is_below_the_floor(fitted, name):
    qpos = fitted[name].motion.qpos
    assert (qpos[:, 7:] >= JOINT_RANGES[:, 0] - 1e-9).all()
    assert (qpos[:, 7:] <= JOINT_RANGES[:, 1] + 1e-9).all()
    assert lowest_points(qpos).min() > -1e-4
    assert fitted[name].report.below_floor_share == 0


@pytest.mark.parametrize("name", CLIPS)
def test_angles_are_continuous(fitted, name):
    assert np.abs(np.diff(fitted[name].motion.qpos[:, 7:], axis=0)).max() < 0.9


@pytest.mark.parametrize("name", ["accad/Male1_B3_Walk", "cmu/07_01"])
def test_a_walk_alternates_its_feet_and_they_stay_where_they_stand(fitted, name):
    motion = fitted[name].motion
    contacts = reference_contacts(motion)
    left, right = (contacts[:, [k, k + 1]].any(axis=1) for k in (0, 2))
    assert (left | right).mean() > 0.85
    assert (left & ~right).mean() > 0.2
    assert (right & ~left).mean() > 0.2
    assert not contacts[:, 4:].any()
    ankles = motion.positions()[:, [BODY_NAMES.index(CONTACT_BODIES[k]) for k in (0, 2)]]
    both = contacts[:, [0, 2]] & contacts[:, [1, 3]]
    speed = np.linalg.norm(np.gradient(ankles[..., :2], axis=0), axis=-1) * motion.fps
    assert np.median(speed[both]) < 0.1


def test_any_rig_with_known_names_fits_at_30_frames_a_second():
    result = fit_to_body(mixamo_person())
    assert result.report.skeleton == "Mixamo"
    assert result.motion.fps == 30
    assert result.motion.frames == 30
    assert result.report.direction_error_deg < 2.0
    assert result.report.scale == pytest.approx(0.79 / 0.9, rel=0.02)


def test_the_head_looks_where_the_source_looks():
    clip = mixamo_person().resampled(30)
    _, rotations = forward_kinematics(fit_to_body(clip).motion.qpos)
    forward = rotations[:, BODY_NAMES.index("Head"), :, 2]
    heading = np.degrees(np.arctan2(forward[:, 0], -forward[:, 1]))
    expected = 40 * np.sin(2 * np.pi * np.arange(30) / 30)
    np.testing.assert_allclose(heading, expected, atol=6)


def test_turning_and_moving_the_source_turns_and_moves_the_result():
    clip = mixamo_person(20, 30.0)
    turn = Rotation.from_euler("z", 70, degrees=True)
    moved = replace(
        clip,
        positions=turn.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape)
        + [3.0, -2.0, 0.0],
        rotations=np.stack(
            [
                (turn * Rotation.from_quat(q, scalar_first=True)).as_quat(scalar_first=True)
                for q in clip.rotations
            ]
        ),
    )
    plain, other = fit_to_body(clip), fit_to_body(moved)
    expected = turn.apply(plain.motion.positions().reshape(-1, 3))
    expected += np.array([3.0, -2.0, 0.0]) * plain.report.scale
    error = np.linalg.norm(other.motion.positions().reshape(-1, 3) - expected, axis=1)
    assert error.max() < 0.01


def test_a_long_clip_is_seamless():
    clip = mixamo_person(700, 30.0)
    result = fit_to_body(clip)
    assert result.report.direction_error_deg < 2.0
    qpos = result.motion.qpos
    assert np.abs(np.diff(qpos[:, 7:], 2, axis=0)).max() < 0.01
    assert np.abs(np.diff(qpos[:, :3], 2, axis=0)).max() < 0.002


def test_a_clip_of_one_frame_is_a_pose():
    clip = mixamo_person()
    one = replace(clip, positions=clip.positions[:1], rotations=clip.rotations[:1])
    assert fit_to_body(one).motion.frames == 1


def test_names_that_say_nothing_are_read_by_shape():
    clip = mixamo_person()
    named = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    silent = replace(clip, names=tuple(f"bone{k}" for k in range(len(clip.names))))
    found = {joint: silent.names.index(bone) for joint, bone in silent.bones.joints.items()}
    limbs = [j for j in named if j.endswith(("hip", "knee", "ankle", "elbow", "wrist"))]
    assert {joint: found.get(joint) for joint in limbs} == {joint: named[joint] for joint in limbs}


def test_a_skeleton_without_legs_is_refused():
    clip = mixamo_person()
    count = len(clip.names)
    # Every joint at one place: neither names nor shape tell a person.
    nothing = replace(
        clip,
        names=tuple(f"bone{k}" for k in range(count)),
        name="lamp",
        positions=np.zeros_like(clip.positions),
        rest_positions=np.zeros_like(clip.rest_positions),
    )
    with pytest.raises(UserError, match="'lamp' has no legs"):
        fit_to_body(nothing)


def test_a_fit_can_be_cancelled():
    def stop(fraction, text="", preview=None):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_to_body(mixamo_person(), stop)


def test_jacobians_are_the_derivatives_of_the_kinematics():
    rng = np.random.default_rng(5)
    pose = BodyPoses.from_qpos(rng.normal(0, 0.5, (3, 76)))
    bodies, offsets = np.array([4, 13, 18, 0]), rng.normal(size=(4, 3))
    linkage = Linkage.of(pose)
    points = linkage.points(bodies, offsets)
    jacobian = linkage.point_jacobian(points, bodies)
    turning = linkage.vector_jacobian(linkage.vectors(bodies, offsets), bodies)
    for dof in range(75):
        step = np.zeros((3, 75))
        step[:, dof] = 1e-6
        after, before = (Linkage.of(pose.moved(sign * step)) for sign in (1, -1))
        slope = (after.points(bodies, offsets) - before.points(bodies, offsets)) / 2e-6
        np.testing.assert_allclose(jacobian[..., dof], slope, atol=1e-7)
        slope = (after.vectors(bodies, offsets) - before.vectors(bodies, offsets)) / 2e-6
        np.testing.assert_allclose(turning[..., dof], slope, atol=1e-7)


def test_the_linkage_stands_where_the_kinematics_say():
    rng = np.random.default_rng(6)
    qpos = rng.normal(0, 0.5, (4, 76))
    linkage = Linkage.of(BodyPoses.from_qpos(qpos))
    positions, rotations = forward_kinematics(qpos)
    np.testing.assert_allclose(linkage.positions, positions, atol=1e-12)
    np.testing.assert_allclose(linkage.rotations, rotations, atol=1e-12)


def test_axes_on_record_are_not_believed_where_an_importer_gave_bones_their_own():
    """FBX by way of Blender: ACCAD's names and rest pose, but each bone's axes along it."""
    plain = clip_from_bvh(walk(), "walk")
    called = {"Spine": "ToSpine", "Spine1": "Spine", "Spine2": "Spine1"}
    names = tuple(called.get(name, name) for name in plain.names)
    own = Rotation.random(len(names), random_state=3)
    rest = plain.rest_positions.copy()
    rest[:, 2] *= -1  # folded: it tells nothing
    clip = replace(
        plain,
        names=names,
        rest_positions=rest,
        rotations=np.stack(
            [
                to_wxyz(to_rotation(plain.rotations[:, joint]) * own[joint])
                for joint in range(len(names))
            ],
            axis=1,
        ),
        rest_rotations=to_wxyz(to_rotation(plain.rest_rotations) * own),
    )
    fitted, usual = fit_to_body(clip), fit_to_body(plain)
    assert fitted.report.skeleton == "ACCAD"
    points = [result.motion.positions() for result in (fitted, usual)]
    assert np.linalg.norm(points[0] - points[1], axis=-1).mean() < 0.03


def test_the_pelvis_does_not_give_way_to_a_leg_beyond_its_limits() -> None:
    """A dancer's thigh goes farther than the body's hip lets it; her pelvis hardly turns meanwhile."""
    path = SHARED / "cmu" / "05_14.bvh"
    if not path.is_file():
        pytest.skip("needs the motion capture beside the project")
    lines = path.read_text().split("MOTION")[1].splitlines()[3:]
    rows = np.array([[float(word) for word in line.split()] for line in lines if line.strip()])
    asked = Rotation.from_euler("ZYX", rows[:, 3:6], degrees=True)
    motion = fit_to_body(read_clip(path)).motion
    done = to_rotation(motion.qpos[:, 3:7])
    frames = min(len(done), len(asked))
    # Of the file's axes nothing is known: only how much it turns from frame to frame.
    own, source = ((one[: frames - 1].inv() * one[1:frames]).magnitude() for one in (done, asked))
    assert source.max() < 0.3
    assert own.max() < source.max() + 0.3
