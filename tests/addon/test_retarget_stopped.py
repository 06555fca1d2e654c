"""A retarget that is stopped, or that fails, leaves the file as it was."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.retarget import control_keys
from motivo_source.motivo_addon.retarget.detect import detect_rig
from motivo_source.motivo_addon.retarget.solve import RetargetSettings
from motivo_source.motivo_addon.retarget.transfer import retarget, retarget_steps
from motivo_source.motivo_addon.steps import to_the_end, within
from performances import walk
from rigs import NAMINGS, Shape, build_rig

SETTINGS = RetargetSettings(root_motion="object", mute_constraints=True)


def state(rig) -> dict:
    action = rig.animation_data.action if rig.animation_data else None
    return {
        "action": action,
        "kept": action is not None and action.use_fake_user,
        "actions": set(bpy.data.actions.keys()),
        "objects": set(bpy.data.objects.keys()),
        "armatures": set(bpy.data.armatures.keys()),
        "scenes": set(bpy.data.scenes.keys()),
        "place": np.round(rig.matrix_basis, 6).tolist(),
        "pose": [np.round(bone.matrix_basis, 6).tolist() for bone in rig.pose.bones],
        "muted": [c.mute for bone in rig.pose.bones for c in bone.constraints],
        "frame": bpy.context.scene.frame_current,
    }


def prepare(rig, bones):
    """A pose, a key and a constraint of its own."""
    rig.rotation_mode = "XYZ"
    rig.location = (1, 2, 0)
    first = rig.pose.bones[bones["left_thigh"]]
    first.constraints.new("LIMIT_ROTATION")
    first.keyframe_insert("rotation_quaternion", frame=1)
    rig.pose.bones[bones["hips"]].location = (0.1, 0.2, 0.3)
    bpy.context.view_layer.update()


def stopped_at(steps, share: float) -> None:
    while next(steps) < share:
        pass
    steps.close()


@pytest.mark.parametrize("share", [0.15, 0.5, 0.75])
def test_stopped_it_changed_nothing(context, body, share):
    rig = build_rig(context, NAMINGS["Mixamo"], Shape(arms_down=45))
    rig_map = detect_rig(rig)
    prepare(rig, rig_map.bones)
    before = state(rig)
    stopped_at(retarget_steps(context, body, walk(2), rig, rig_map, SETTINGS), share)
    assert state(rig) == before
    retarget(context, body, walk(2), rig, rig_map, SETTINGS)
    assert state(rig) != before


@pytest.mark.parametrize("share", [0.3, 0.65, 0.9])
def test_stopped_between_controls_it_changed_nothing(context, body, rigify, share):
    rig_map = detect_rig(rigify)
    prepare(rigify, rig_map.bones)
    before = state(rigify)
    stopped_at(retarget_steps(context, body, walk(2), rigify, rig_map, SETTINGS), share)
    assert state(rigify) == before


def test_a_mistake_between_controls_leaves_the_rig_as_it_was(context, body, rigify, monkeypatch):
    def fails(*_args):
        raise ZeroDivisionError

    rig_map = detect_rig(rigify)
    prepare(rigify, rig_map.bones)
    before = state(rigify)
    monkeypatch.setattr(control_keys, "_own_motion", fails)
    with pytest.raises(ZeroDivisionError):
        retarget(context, body, walk(2), rigify, rig_map, SETTINGS)
    assert state(rigify) == before


def test_steps_tell_how_far_they_are_and_give_what_they_make():
    def work():
        yield 0.0
        yield 0.5
        return "made"

    told = list(within(work(), 0.2, 0.6))
    assert told == pytest.approx([0.2, 0.4])
    assert to_the_end(within(work(), 0, 1)) == "made"


def test_a_character_hears_all_the_way_how_far_it_is(context, body):
    rig = build_rig(context, NAMINGS["Unreal 4"])
    told = list(retarget_steps(context, body, walk(2), rig, detect_rig(rig)))
    assert len(told) > 4 and told == sorted(told) and told[0] >= 0 and told[-1] <= 1
