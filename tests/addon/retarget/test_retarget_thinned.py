"""A rig thinned to a few bones moves these as the whole rig does, and leaves no trace."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.characters.pruned_rig import bones_behind, pruned_copy
from motivo_source.motivo_addon.rig.sample import pose_matrices
from motivo_source.motivo_addon.rig.side_scene import side_scene

BONES = {
    # bone: (what it is on, its head, its tail)
    "root": ("", (0, 0, 0), (0, 1, 0)),
    "upper": ("root", (0, 0, 2), (0, -0.1, 1)),
    "lower": ("upper", (0, -0.1, 1), (0, 0, 0)),
    "goal": ("root", (0, 0, 0), (0, 1, 0)),
    "pole": ("", (0, -2, 1), (0, -3, 1)),
    "lever": ("", (1, 0, 0), (1, 1, 0)),
    "dial": ("", (2, 0, 0), (2, 1, 0)),
    "follower": ("upper", (1, 0, 2), (1, 0, 3)),
    "idle": ("follower", (1, 0, 3), (1, 0, 4)),
    "aside": ("", (5, 0, 0), (5, 1, 0)),
}
FRAMES = np.arange(1, 11)


@pytest.fixture
def rig(context):
    """A limb bent by its lower end, and a bone on it that copies a lever as far as a dial says."""
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    context.scene.collection.objects.link(rig)
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (parent, head, tail) in BONES.items():
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = head, tail
        bone.parent = data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="POSE")
    bend = rig.pose.bones["lower"].constraints.new("IK")
    bend.target, bend.subtarget, bend.chain_count = rig, "goal", 2
    bend.pole_target, bend.pole_subtarget = rig, "pole"
    copied = rig.pose.bones["follower"].constraints.new("COPY_ROTATION")
    copied.target, copied.subtarget = rig, "lever"
    driver = copied.driver_add("influence").driver
    driver.type = "SUM"
    variable = driver.variables.new()
    variable.type = "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].bone_target = rig, "dial"
    variable.targets[0].transform_type = "LOC_X"
    variable.targets[0].transform_space = "LOCAL_SPACE"
    driven = rig.pose.bones["aside"].constraints.new("COPY_LOCATION")
    driven.target, driven.subtarget = rig, "goal"
    driven.driver_add("influence")
    for frame, share in ((1, 0.0), (10, 1.0)):
        for name, place in (("goal", (0.3, 0.2, 0.8)), ("pole", (1, 0, 0)), ("dial", (1, 0, 0))):
            rig.pose.bones[name].location = np.multiply(place, share)
            rig.pose.bones[name].keyframe_insert("location", frame=frame)
        lever = rig.pose.bones["lever"]
        lever.rotation_mode = "XYZ"
        lever.rotation_euler = np.multiply((0.9, 0.4, -0.7), share)
        lever.keyframe_insert("rotation_euler", frame=frame)
    return rig


def test_what_bones_depend_on_is_found_through_constraints_and_drivers(rig):
    assert bones_behind(rig, ["aside"]) == {"aside", "goal", "root"}
    assert bones_behind(rig, ["follower"]) == set(BONES) - {"idle", "aside"}
    assert bones_behind(rig, ["lever"]) == {"lever"}


def test_a_limb_moves_without_the_rest_as_with_it(context, rig):
    names = ("upper", "lower", "follower")
    _, whole = pose_matrices(context, rig, FRAMES, names)
    assert np.ptp(whole, axis=0).max() > 0.1
    with pruned_copy(context, rig, names) as model:
        assert "idle" not in model.pose.bones and "aside" not in model.pose.bones
        _, alone = pose_matrices(context, model, FRAMES, names)
    np.testing.assert_allclose(alone, whole, atol=1e-5)


def test_it_does_not_wake_the_whole_rig(context, rig):
    bend = rig.data.driver_add('bones["follower"].bbone_easein').driver
    variable = bend.variables.new()
    variable.targets[0].id = rig
    variable.targets[0].data_path = 'pose.bones["lever"].rotation_euler[0]'
    with (
        pruned_copy(context, rig, ["follower"]) as model,
        side_scene(context, [model], "Looking") as scene,
    ):
        scene.frame_set(1)
        evaluated = {one.original for one in scene.view_layers[0].depsgraph.ids}
        assert model.data in evaluated and rig.data not in evaluated


def test_the_file_and_the_mode_are_as_before(context, rig):
    def state():
        lists = (bpy.data.objects, bpy.data.armatures, bpy.data.scenes, bpy.data.actions)
        return (
            [sorted(each.name for each in one) for one in lists],
            context.mode,
            len(rig.pose.bones),
        )

    before = state()
    with pytest.raises(ZeroDivisionError), pruned_copy(context, rig, ["upper"]):
        raise ZeroDivisionError
    assert state() == before and context.mode == "POSE"
    assert context.object == rig


@pytest.mark.parametrize("data_too", [True, False])
def test_an_overridden_rig_of_another_file_is_thinned_too(context, rig, tmp_path, data_too):
    bpy.ops.object.mode_set(mode="OBJECT")
    library = str(tmp_path / "rig.blend")
    bpy.data.libraries.write(library, {rig})
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Rig"]
    overridden = wanted.objects[0].override_create()
    if data_too:
        overridden.data = overridden.data.override_create()
    bpy.context.scene.collection.objects.link(overridden)
    _, whole = pose_matrices(bpy.context, overridden, FRAMES, ("upper",))
    with pruned_copy(bpy.context, overridden, ["upper"]) as model:
        assert "idle" not in model.pose.bones
        _, alone = pose_matrices(bpy.context, model, FRAMES, ("upper",))
    np.testing.assert_allclose(alone, whole, atol=1e-5)
    assert overridden.override_library is not None and "idle" in overridden.pose.bones
