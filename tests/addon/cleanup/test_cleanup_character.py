"""Clean Up on a character that got its motion by retargeting, under a parent, in centimetres."""

import bpy
import numpy as np
import pytest
from motivo_source import motivo_addon
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.rig import curves
from performances import walk
from rigs import NAMINGS, Shape, build_rig

HIPS, FEET = "pelvis", ("foot_l", "foot_r")


@pytest.fixture
def hero(context, body):
    motivo_addon.register()
    rig = build_rig(context, NAMINGS["Unreal 4"], Shape(arms_down=40, roll=1, unit=0.01))
    rig.name = "Hero"
    retarget(context, body, walk(4), rig, detect_rig(rig), name="Hero Walk")
    context.view_layer.objects.active = rig
    yield rig
    motivo_addon.unregister()


def seen(rig, frame: float, bones=(HIPS, *FEET)) -> np.ndarray:
    """(n, 3) metres: heads of bones at a frame."""
    bpy.context.scene.frame_set(int(frame))
    posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([posed.matrix_world @ posed.pose.bones[bone].head for bone in bones])


FRAMES = range(1, 96, 7)


def test_baking_shows_the_same(hero):
    before = [seen(hero, frame) for frame in FRAMES]
    assert bpy.ops.motivo.clean_bake() == {"FINISHED"}
    assert curves.active_action(hero).name == "Hero Walk baked"
    assert "Hero Walk" in bpy.data.actions
    assert np.allclose([seen(hero, frame) for frame in FRAMES], before, atol=1e-4)


def test_reducing_keeps_feet_where_they_were_within_the_tolerance(hero):
    before = [seen(hero, frame) for frame in FRAMES]
    keys = sum(len(c.keyframe_points) for c in curves.curves_of(curves.active_action(hero)))
    bpy.context.scene.motivo_cleanup.degrees = 0.2
    assert bpy.ops.motivo.clean_reduce() == {"FINISHED"}
    left = sum(len(c.keyframe_points) for c in curves.curves_of(curves.active_action(hero)))
    assert left < 0.8 * keys
    assert np.abs(np.array([seen(hero, frame) for frame in FRAMES]) - before).max() < 0.02


def test_a_loop_ends_as_it_begins_and_goes_on_walking(hero):
    bpy.context.scene.motivo_cleanup.blend_seconds = 0.2
    assert bpy.ops.motivo.clean_loop() == {"FINISHED"}
    first, last = curves.keyed_range(hero)
    start, end = (seen(hero, frame) for frame in (first, last))
    assert np.allclose(start - start[0], end - end[0], atol=0.01)
    assert np.linalg.norm((end - start)[0, :2]) > 0.3


def test_the_mirror_image_walks_on_the_other_side(hero):
    before = [seen(hero, frame) for frame in FRAMES]
    assert bpy.ops.motivo.clean_mirror() == {"FINISHED"}
    after = [seen(hero, frame) for frame in FRAMES]
    for one, two in zip(before, after, strict=True):
        image = one[[0, 2, 1]] * (-1, 1, 1)
        assert np.allclose(image - image[0], two - two[0], atol=0.02)


def test_moving_is_in_metres_of_the_world(hero):
    before = [seen(hero, frame) for frame in FRAMES]
    settings = bpy.context.scene.motivo_cleanup
    settings.shift, settings.frames = (1, 2, 0), 10
    assert bpy.ops.motivo.clean_move() == {"FINISHED"}
    after = [seen(hero, frame + 10) for frame in FRAMES]
    assert np.allclose(after, np.array(before) + (1, 2, 0), atol=1e-3)


def test_the_strip_in_the_nla_plays_the_same(hero):
    before = [seen(hero, frame) for frame in FRAMES]
    assert bpy.ops.motivo.clean_to_nla() == {"FINISHED"}
    assert hero.animation_data.action is None
    assert np.allclose([seen(hero, frame) for frame in FRAMES], before, atol=1e-4)
