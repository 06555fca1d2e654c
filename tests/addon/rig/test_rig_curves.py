"""Curves are written and read the same way on every version of Blender."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.rig import curves


@pytest.fixture
def owner(context):
    thing = bpy.data.objects.new("Thing", None)
    context.scene.collection.objects.link(thing)
    return thing


def _moving(owner, name, values):
    action = curves.new_action(name, owner)
    frames = np.arange(len(values)) + 1.0
    curves.write_curves(
        action, owner, frames, {curves.Channel("location", 0): np.array(values, dtype=float)}
    )
    return action


def test_an_assigned_action_moves_the_object(context, owner):
    curves.assign(owner, _moving(owner, "Walk", [0, 2, 4]))
    context.scene.frame_set(2)
    assert owner.location.x == pytest.approx(2.0)
    context.scene.frame_set(2, subframe=0.5)
    assert owner.location.x == pytest.approx(3.0)


def test_a_new_action_waits_until_it_is_assigned(owner):
    _moving(owner, "Walk", [0, 1])
    assert curves.active_action(owner) is None
    assert curves.keyed_range(owner) is None


def test_two_objects_share_an_action_and_keep_apart_where_there_are_slots(context, owner):
    other = bpy.data.objects.new("Other", None)
    context.scene.collection.objects.link(other)
    action = _moving(owner, "Both", [0, 2])
    curves.assign(owner, action)
    if not curves.HAS_SLOTS:
        curves.assign(other, action)
        context.scene.frame_set(2)
        assert other.location.x == pytest.approx(2.0)
        return
    action.slots.new("OBJECT", other.name)
    curves.assign(other, action)
    curves.write_curves(
        action, other, np.array([1.0, 9.0]), {curves.Channel("location", 0): np.array([5.0, 6.0])}
    )
    context.scene.frame_set(9)
    assert (owner.location.x, other.location.x) == pytest.approx((2.0, 6.0))
    assert curves.keyed_range(other) == (1.0, 9.0) and curves.keyed_range(owner) == (1.0, 2.0)
    curves.clear_curves(action, other)
    assert curves.keyed_range(other) is None and curves.keyed_range(owner) == (1.0, 2.0)


def test_going_back_to_an_action_moves_the_object_again(context, owner):
    first, second = _moving(owner, "First", [0, 1]), _moving(owner, "Second", [0, 7])
    for action, expected in ((first, 1.0), (second, 7.0), (first, 1.0)):
        curves.assign(owner, action)
        context.scene.frame_set(2)
        assert owner.location.x == pytest.approx(expected)


def test_an_object_renamed_since_still_plays_its_action(context, owner):
    action = _moving(owner, "Walk", [0, 3])
    owner.name = "Somebody"
    curves.assign(owner, action)
    context.scene.frame_set(2)
    assert owner.location.x == pytest.approx(3.0)


def test_keys_made_by_hand_are_read_back(context, owner):
    for frame, height in ((3, 1.0), (11, 2.5)):
        owner.location.z = height
        owner.keyframe_insert("location", index=2, frame=frame)
    (curve,) = curves.curves_that_move(owner)
    np.testing.assert_allclose(curves.read_keys(curve), [[3, 1.0], [11, 2.5]])
    assert curves.keyed_range(owner) == (3.0, 11.0)
    ends = curves.evaluate(curve, np.array([3.0, 7.0, 11.0]))
    assert ends[0] == 1.0 and 1.0 < ends[1] < 2.5 and ends[2] == 2.5


def test_writing_a_channel_again_replaces_it_and_groups_are_made_once(owner):
    action = curves.new_action("Take", owner)
    channels = {curves.Channel("location", axis): np.zeros(3) for axis in range(3)}
    groups = dict.fromkeys(channels, "pelvis")
    curves.write_curves(action, owner, np.arange(3.0), channels, groups)
    channels = {channel: np.ones(2) for channel in channels}
    curves.write_curves(action, owner, np.arange(2.0), channels, groups)
    written = curves.curves_of(action, owner)
    assert len(written) == 3
    assert {curve.group.name for curve in written} == {"pelvis"}
    assert all(len(curve.keyframe_points) == 2 for curve in written)


def test_lines_between_keys_are_straight_and_smoothing_them_later_does_not_overshoot(owner):
    action = _moving(owner, "Walk", [0, 0, 4])
    (curve,) = curves.curves_of(action, owner)
    assert curve.evaluate(2.25) == pytest.approx(1.0)
    for key in curve.keyframe_points:
        key.interpolation = "BEZIER"
    curve.update()
    assert 0.0 <= curve.evaluate(1.5) <= 0.01
