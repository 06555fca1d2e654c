"""Reducing, looping, mirroring and moving a clip: what must hold for the arrays."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from motivo_source.motivo_addon.cleanup.loop import best_seam, looped
from motivo_source.motivo_addon.cleanup.mirror import counterparts, mirrored
from motivo_source.motivo_addon.cleanup.offset import moved
from motivo_source.motivo_addon.cleanup.reduction import apart, cubic, kept_keys, slopes
from motivo_source.motivo_addon.rig.clip import Clip
from scipy.spatial.transform import Rotation

NAMES = ("root", "hips", "Thigh_L", "Shin_L", "Thigh_R", "Shin_R")
PARENTS = (-1, 0, 1, 2, 1, 4)
HEADS = np.array([[0, 0, 0], [0, 0, 1.0], [0.1, 0, 1], [0.1, 0, 0.5], [-0.1, 0, 1], [-0.1, 0, 0.5]])


def walk(frames: int = 61, fps: float = 30.0) -> Clip:
    """Two and a bit steps forward along -y, with swinging legs and a slight turn."""
    rest = np.tile(np.eye(4), (6, 1, 1))
    rest[:, :3, 3] = HEADS
    time = np.arange(frames) / fps
    posed = np.empty((frames, 6, 4, 4))
    swing = 0.5 * np.sin(2 * np.pi * 1.03 * time)
    turns = {1: ("z", 0.1 * time), 2: ("x", swing), 3: ("x", -np.abs(swing))}
    turns |= {4: ("x", -swing), 5: ("x", -np.abs(np.cos(3 * time)))}
    for bone, parent in enumerate(PARENTS):
        local = np.tile(
            rest[bone] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[bone], (frames, 1, 1)
        )
        if bone in turns:
            axis, angles = turns[bone]
            local[:, :3, :3] = (
                Rotation.from_euler(axis, angles[:, None]).as_matrix().reshape(-1, 3, 3)
            )
        if bone == 1:
            local[:, 1, 3] -= 1.2 * time
            local[:, 2, 3] += 0.03 * np.sin(4 * np.pi * time) + 0.01 * time
        posed[:, bone] = local if parent < 0 else posed[:, parent] @ local
    placed = np.tile(np.eye(4), (frames, 1, 1))
    return Clip("Walk", fps, NAMES, PARENTS, rest, placed, posed)


@pytest.mark.parametrize("tolerance", [0.001, 0.02, 0.3])
def test_no_frame_is_further_off_than_the_tolerance(tolerance):
    rng = np.random.default_rng(0)
    frames = np.arange(200.0)
    values = np.stack([np.sin(frames / 9), np.cumsum(rng.normal(0, 0.02, 200))], axis=1)
    kept = kept_keys(frames, values, tolerance, apart)
    tangents = slopes(frames, values)
    for first, last in pairwise(kept):
        between = np.arange(first, last + 1)
        shown = cubic(frames, values, tangents, first, last, frames[between])
        assert apart(shown, values[between]).max() <= tolerance
    assert {0, 199} <= set(kept.tolist())


def test_smooth_motion_needs_few_keys_and_a_line_two():
    frames = np.arange(300.0)
    wave = np.sin(2 * np.pi * frames / 60)[:, None]
    assert len(kept_keys(frames, wave, 0.01, apart)) <= 40
    assert kept_keys(frames, frames[:, None] * 0.1, 1e-6, apart).tolist() == [0, 299]


def test_a_loop_ends_in_the_pose_it_begins_with_and_goes_on_from_where_it_is():
    clip = walk()
    loop = looped(clip, "hips", 0.3)
    # Seen from the hips the ends are the same pose.
    seen = np.linalg.inv(loop.posed[:, 1])[:, None] @ loop.posed
    np.testing.assert_allclose(seen[0, 2:], seen[-1, 2:], atol=1e-9)
    assert loop.joints[0, 1, 2] == pytest.approx(loop.joints[-1, 1, 2])
    # It travels as before, and the middle is left alone.
    np.testing.assert_allclose(loop.joints[:, 1, :2], clip.joints[:, 1, :2], atol=1e-9)
    np.testing.assert_allclose(loop.posed[20:40], clip.posed[20:40], atol=1e-9)


def test_a_loop_on_the_spot_comes_back_to_where_it_began():
    loop = looped(walk(), "hips", 0.3, travel="remove")
    np.testing.assert_allclose(loop.joints[0], loop.joints[-1], atol=1e-9)


def test_the_best_seam_is_a_whole_stride_apart():
    period = 30 / 1.03
    first, last = best_seam(walk(90), "hips", 0.5)
    strides = (last - first) / period
    assert strides == pytest.approx(round(strides), abs=0.05)


@pytest.mark.parametrize("frames", [2, 61])
def test_twice_mirrored_is_the_same_and_once_swaps_the_sides(frames):
    clip = walk(frames)
    image = mirrored(clip)
    across = clip.joints[:, [0, 1, 4, 5, 2, 3]] * (-1, 1, 1)
    np.testing.assert_allclose(image.joints, across, atol=1e-9)
    np.testing.assert_allclose(mirrored(image).posed, clip.posed, atol=1e-9)


@pytest.mark.parametrize(
    "names",
    [
        ("Bip01 L Thigh", "Bip01 R Thigh"),
        ("mixamorig:LeftUpLeg", "mixamorig:RightUpLeg"),
        ("thigh_l", "thigh_r"),
        ("upperleg.L", "upperleg.R"),
        ("left_hip", "right_hip"),
        ("J_Bip_L_UpperLeg", "J_Bip_R_UpperLeg"),
        ("lThigh", "rThigh"),
        ("bone_007", "bone_019"),
    ],
)
def test_counterparts_are_found_in_every_naming(names):
    rest = np.tile(np.eye(4), (4, 1, 1))
    rest[:, :3, 3] = [[0, 0, 0], [0, 0, 1], [0.1, 0, 1], [-0.1, 0, 1]]
    bones = ("Pelvis", "Spine1", *names)
    assert counterparts(bones, rest).tolist() == [0, 1, 3, 2]


def test_a_moved_clip_begins_elsewhere_and_is_the_same_performance():
    clip = walk()
    away = moved(clip, "hips", np.array([2.0, 0.0, 0.5]), np.pi / 2)
    np.testing.assert_allclose(away.joints[0, 1], clip.joints[0, 1] + (2, 0, 0.5), atol=1e-9)
    # Forward along -y becomes forward along x.
    step, old = away.joints[-1, 1] - away.joints[0, 1], clip.joints[-1, 1] - clip.joints[0, 1]
    np.testing.assert_allclose(step, (-old[1], old[0], old[2]), atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.inv(away.posed[:, :1]) @ away.posed,
        np.linalg.inv(clip.posed[:, :1]) @ clip.posed,
        atol=1e-9,
    )


def test_bones_keep_their_heads_where_a_stretched_parent_would_shear_them():
    clip = walk()
    posed = clip.posed.copy()
    posed[:, 2, :3, 1] *= 1.4  # the left thigh is longer and no wider
    basis = replace(clip, posed=posed).basis()
    world = np.empty_like(posed)
    for bone, parent in enumerate(PARENTS):
        rest = clip.rest[bone]
        if parent < 0:
            world[:, bone] = rest @ basis[:, bone]
        else:
            world[:, bone] = (
                world[:, parent] @ np.linalg.inv(clip.rest[parent]) @ rest @ basis[:, bone]
            )
    np.testing.assert_allclose(world[..., :3, 3], clip.joints, atol=1e-9)
