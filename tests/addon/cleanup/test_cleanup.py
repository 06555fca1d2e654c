"""Cleaning up the Action that plays: what Blender then shows is what was promised."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.cleanup.actions import (
    bake_clip,
    push_to_nla,
    reduce_keys,
    shift_in_time,
)
from motivo_source.motivo_addon.cleanup.mirror import mirrored
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import bake_motion, take_of
from motivo_source.motivo_addon.rig.clips import sample_clip
from motivo_source.runtime.body import SMPL_NAMES
from motivo_source.runtime.errors import UserError
from motivo_source.runtime.motion.mirror import mirror_motion

FRAMES = np.arange(1, 91)


@pytest.fixture
def walked(context, body, motion):
    bake_motion(context, body, motion, "Walk")
    return body


def _shown(body) -> dict[str, np.ndarray]:
    """What the curves say at every frame, by property."""
    found: dict[str, list] = {}
    for curve in curves.curves_that_move(body):
        found.setdefault(curve.data_path, []).append(curves.evaluate(curve, FRAMES))
    return {path: np.stack(tracks, axis=1) for path, tracks in found.items()}


@pytest.mark.parametrize(("degrees", "millimetres"), [(0.2, 0.5), (2.0, 10.0)])
def test_reduced_keys_stay_within_the_tolerance_at_every_frame(
    context, walked, degrees, millimetres
):
    before = _shown(walked)
    done = reduce_keys(context, walked, degrees, millimetres)
    assert done.after < 0.5 * done.before
    for path, values in _shown(walked).items():
        if path.endswith("location"):
            off = 1000 * np.linalg.norm(values - before[path], axis=1)
            assert off.max() <= millimetres
        else:
            unit = values / np.linalg.norm(values, axis=1, keepdims=True)
            # The chord of two unit quaternions is twice the sine of a quarter of the angle.
            chord = np.linalg.norm(unit - before[path], axis=1)
            assert np.degrees(4 * np.arcsin(chord / 2)).max() <= degrees
    assert done.degrees <= degrees and done.millimetres <= millimetres


def test_reduced_keys_of_euler_bones_stay_within_the_tolerance(context, body, motion):
    body.pose.bones["left_elbow"].rotation_mode = "YXZ"
    bake_motion(context, body, motion, "Walk")
    before = _shown(body)
    reduce_keys(context, body, 1.0, 5.0)
    path = 'pose.bones["left_elbow"].rotation_euler'
    assert np.degrees(np.abs(_shown(body)[path] - before[path])).max() <= 1.0


def test_a_baked_clip_plays_what_the_action_played(context, walked, joints_in_world):
    old = curves.active_action(walked)
    expected = [joints_in_world(context, walked, frame) for frame in (1, 40, 90)]
    new = bake_clip(context, walked, sample_clip(context, walked), "Baked", 1)
    assert curves.active_action(walked) == new != old and new.name == "Baked"
    assert old.use_fake_user and take_of(new)["metadata"] == take_of(old)["metadata"]
    for frame, joints in zip((1, 40, 90), expected, strict=True):
        np.testing.assert_allclose(joints_in_world(context, walked, frame), joints, atol=1e-5)


def test_what_constraints_do_is_baked_where_every_bone_is_asked_for(
    context, walked, joints_in_world
):
    goal = bpy.data.objects.new("Goal", None)
    context.collection.objects.link(goal)
    goal.location = (1.0, -2.0, 1.5)
    track = walked.pose.bones["head"].constraints.new("DAMPED_TRACK")
    track.target = goal
    clip = sample_clip(context, walked)
    bake_clip(context, walked, clip, "Visual", 1, every_bone=True)
    assert track.mute
    again = sample_clip(context, walked)
    np.testing.assert_allclose(again.posed, clip.posed, atol=1e-4)


def test_a_mirrored_body_is_what_the_motion_mirrored_is(context, walked, motion, joints_in_world):
    bake_clip(context, walked, mirrored(sample_clip(context, walked)), "Mirrored", 1)
    expected = mirror_motion(motion).positions()
    for index in (0, 30, 70):
        seen = joints_in_world(context, walked, 1 + index)
        # The simulated body's own sides differ by millimetres.
        np.testing.assert_allclose(seen - seen[0], expected[index] - expected[index][0], atol=0.02)


def test_keys_move_in_time_with_their_handles(context, walked):
    reduce_keys(context, walked, 1.0, 5.0)
    before = _shown(walked)
    shift_in_time(walked, 25)
    assert curves.keyed_range(walked) == (26.0, 115.0)
    for curve in curves.curves_that_move(walked):
        shown = curves.evaluate(curve, FRAMES + 25)
        np.testing.assert_allclose(shown, before[curve.data_path][:, curve.array_index], atol=1e-5)


def test_the_action_becomes_a_strip_that_plays_the_same(context, walked, joints_in_world):
    expected = joints_in_world(context, walked, 40)
    strip = push_to_nla(walked)
    assert curves.active_action(walked) is None and strip.name == "Walk"
    assert (strip.frame_start, strip.frame_end) == (1, 90)
    np.testing.assert_allclose(joints_in_world(context, walked, 40), expected, atol=1e-5)


def test_without_keys_there_is_a_sentence_and_nothing_happens(context, body):
    with pytest.raises(UserError, match="plays no Action"):
        reduce_keys(context, body, 1.0, 1.0)
    curves.assign(body, curves.new_action("Empty", body))
    for attempt in (lambda: push_to_nla(body), lambda: shift_in_time(body, 3)):
        with pytest.raises(UserError, match="'Empty' has no keys"):
            attempt()
    assert curves.active_action(body).name == "Empty"
    assert set(SMPL_NAMES) <= set(body.pose.bones.keys())
