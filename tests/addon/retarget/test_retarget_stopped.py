"""A retarget that is stopped, or that fails, leaves the file as it was."""

import bpy
import pytest
from motivo_source.motivo_addon.characters import control_keys
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget, retarget_steps
from motivo_source.runtime.progress import to_the_end, within
from motivo_source.runtime.retarget.settings import RetargetSettings
from performances import walk
from rigs import NAMINGS, Shape, build_rig

CHANNELS = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale")
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
        "slot": getattr(rig.animation_data, "action_slot", None) if action else None,
        "animated": rig.animation_data is not None,
        "pose": [tuple(getattr(o, c)) for o in (rig, *rig.pose.bones) for c in CHANNELS],
        "properties": [
            (bone.name, name, value)
            for bone in rig.pose.bones
            for name, value in bone.items()
            if isinstance(value, (bool, int, float))
        ],
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
    hips = rig.pose.bones[bones["hips"]]
    hips.location, hips.scale = (0.1, 0.2, 0.3), (-1, 1, 1)
    head = rig.pose.bones[bones["head"]]
    head.rotation_mode, head.rotation_euler = "XYZ", (7.0, 0, 0)
    bpy.context.view_layer.update()


def stopped_at(steps, share: float) -> None:
    """As in a window: between the steps the scene is looked at, and plays what is there."""
    while next(steps) < share:
        bpy.context.view_layer.update()
        bpy.context.scene.frame_set(1)
    steps.close()
    bpy.context.view_layer.update()


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


@pytest.mark.parametrize("broken", ["assign", "in_the_way"])
def test_a_mistake_with_a_character_that_never_moved(context, body, monkeypatch, broken):
    """The last step of a rig without controls, where its Action is put on."""
    from motivo_source.motivo_addon.characters import write_action

    def fails(*_args):
        raise ZeroDivisionError

    rig = build_rig(context, NAMINGS["Mixamo"])
    rig_map = detect_rig(rig)
    before = state(rig)
    assert not before["animated"]
    owner = write_action.curves if broken == "assign" else write_action
    monkeypatch.setattr(owner, broken, fails)
    with pytest.raises(ZeroDivisionError):
        retarget(context, body, walk(2), rig, rig_map, SETTINGS)
    assert state(rig) == before


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
