"""The body a person adds is the simulated body, standing at rest."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.bodies import is_body
from motivo_source.motivo_addon.rig.body.armature import add_body, require_body
from motivo_source.runtime.body import BODY_NAMES, PARENTS, SMPL_NAMES, load_figures
from motivo_source.runtime.body.kinematics import forward_kinematics
from motivo_source.runtime.body.rest_pose import rest_pose
from motivo_source.runtime.errors import UserError


def _points(body) -> np.ndarray:
    mesh = body.children[0].data
    points = np.empty(len(mesh.vertices) * 3)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def test_joints_stand_where_the_simulated_body_has_them_at_zero_angles(body):
    qpos = np.zeros((1, 76))
    qpos[0, 2] = body.data.bones["pelvis"].head_local.z
    qpos[0, 3:5] = np.sqrt(0.5)
    heads = np.array([body.data.bones[name].head_local for name in SMPL_NAMES])
    np.testing.assert_allclose(heads, forward_kinematics(qpos)[0][0], atol=1e-6)


def test_bones_are_named_and_parented_as_in_smpl(body):
    assert [bone.name for bone in body.data.bones] != []
    assert {bone.name for bone in body.data.bones} == set(SMPL_NAMES)
    for name, parent in zip(SMPL_NAMES, PARENTS, strict=True):
        bone = body.data.bones[name]
        assert (bone.parent.name if bone.parent else None) == (
            SMPL_NAMES[parent] if parent >= 0 else None
        )


def test_bone_axes_are_those_the_conversion_counts_on(body):
    axes = np.array([body.data.bones[name].matrix_local.to_3x3() for name in SMPL_NAMES])
    np.testing.assert_allclose(axes, rest_pose().bone_axes, atol=1e-5)


def test_it_stands_on_the_floor_looks_along_minus_y_and_has_its_left_on_plus_x(body):
    points = _points(body)
    assert points[:, 2].min() == pytest.approx(0.0, abs=1e-4)
    assert 1.6 < points[:, 2].max() < 1.8
    bones = body.data.bones
    assert bones["left_hand"].head_local.x > 0.6 and bones["right_hand"].head_local.x < -0.6
    assert bones["left_foot"].tail_local.y < bones["left_ankle"].head_local.y - 0.1


def test_every_vertex_follows_exactly_one_bone(body):
    skin = body.children[0]
    assert {group.name for group in skin.vertex_groups} == set(SMPL_NAMES)
    assert all(
        len(vertex.groups) == 1 and vertex.groups[0].weight == 1.0 for vertex in skin.data.vertices
    )


def test_limbs_are_seen_where_the_simulation_has_them(body):
    """The outermost points of hands and feet are the ends of their boxes."""
    skin, points = body.children[0], _points(body)
    owner = np.array([vertex.groups[0].group for vertex in skin.data.vertices])
    rest = rest_pose()
    for figure in load_figures()["bodies"]:
        geom = figure["geoms"][0]
        if figure["name"].split("_")[-1] not in ("Toe", "Hand"):
            continue
        index = BODY_NAMES.index(figure["name"])
        # In the T-pose a body's (x, y, z) is (x, -z, y) in the armature.
        centre, half = np.array(geom["pos"])[[0, 2, 1]] * (1, -1, 1), np.array(geom["size"])
        own = points[owner == skin.vertex_groups[SMPL_NAMES[index]].index] - rest.heads[index]
        low, high = centre - half[[0, 2, 1]], centre + half[[0, 2, 1]]
        assert (own.min(axis=0) > low - 0.021).all() and (own.max(axis=0) < high + 0.021).all()
        reach = np.abs(centre[:2]).argmax()
        assert (
            np.isclose(own[:, reach], high[reach], atol=1e-5).any()
            or np.isclose(own[:, reach], low[reach], atol=1e-5).any()
        )


def test_it_is_active_selected_and_found_again_even_as_a_copy(context, body):
    assert context.object == body and body.select_get()
    assert is_body(body) and is_body(body.copy())
    assert context.mode == "OBJECT"


def test_a_second_body_from_another_objects_edit_mode_is_whole_too(context, body):
    bpy.ops.object.mode_set(mode="POSE")
    second = add_body(context)
    assert second != body and require_body(second) == second
    # Both look the same: no second set of materials.
    assert len(bpy.data.materials) == 2


def test_it_appears_even_when_the_active_collection_is_hidden(context):
    hidden = bpy.data.collections.new("Hidden")
    context.scene.collection.children.link(hidden)
    layer = context.view_layer.layer_collection.children["Hidden"]
    context.view_layer.active_layer_collection = layer
    layer.exclude = True
    body = add_body(context)
    assert body.visible_get() and require_body(body)


def test_a_body_that_lost_a_bone_or_was_deleted_is_refused_in_words(context, body):
    bpy.ops.object.mode_set(mode="EDIT")
    body.data.edit_bones.remove(body.data.edit_bones["head"])
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(UserError, match="all its bones"):
        require_body(body)
    bpy.data.objects.remove(body)
    with pytest.raises(UserError, match="no longer in the scene"):
        require_body(body)
    with pytest.raises(UserError, match="no longer in the scene"):
        require_body(None)
