"""The FBX holds the take, nothing else, and reads the same in another program."""

import bpy
import numpy as np
import pytest
from assimp_scene import AssimpScene, needs_assimp
from mathutils import Matrix, Vector
from motivo_source.motivo_addon.export.fbx import export_fbx
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.runtime.body import SMPL_NAMES
from motivo_source.runtime.errors import UserError

SAMPLED = (0, 13, 44, 70, 89)


@needs_assimp
@pytest.mark.parametrize(("fps", "start"), [(30, 1), (60, 11)])
def test_assimp_reads_the_joints_where_the_motion_has_them(
    context, body, motion, tmp_path, fps, start
):
    context.scene.render.fps = fps
    bake_motion(context, body, motion, "Walk", start_frame=start)
    scene = AssimpScene(export_fbx(context, body, tmp_path / "walk.fbx"))
    for index in SAMPLED:
        np.testing.assert_allclose(scene.joints(index / 30), motion.positions()[index], atol=1e-3)


@needs_assimp
def test_a_placed_and_scaled_body_is_read_where_it_stands(context, body, motion, tmp_path):
    body.matrix_world = placed = (
        Matrix.Translation((3, -2, 0)) @ Matrix.Rotation(0.7, 4, "Z") @ Matrix.Scale(1.5, 4)
    )
    bake_motion(context, body, motion, "Walk")
    scene = AssimpScene(export_fbx(context, body, tmp_path / "walk.fbx"))
    expected = [placed @ Vector(point) for point in motion.positions()[44]]
    np.testing.assert_allclose(scene.joints(44 / 30), expected, atol=1e-3)


@needs_assimp
def test_only_the_active_action_of_this_armature_is_in_the_file(context, body, motion, tmp_path):
    bake_motion(context, body, motion, "Discarded")
    action = bake_motion(context, body, motion.cut(0, 30), "Kept")
    body.animation_data.nla_tracks.new().strips.new("Old", 200, bpy.data.actions["Discarded"])
    bpy.ops.mesh.primitive_cube_add()
    scene = AssimpScene(export_fbx(context, body, tmp_path / "walk.fbx"))
    (animation,) = scene.animations
    assert animation["name"].split("|")[-1] == action.name == "Kept"
    assert animation["duration"] / animation["tickspersecond"] == pytest.approx(30 / 30, abs=0.04)
    assert set(scene.parents) == {*SMPL_NAMES, "RootNode", "Motivo Body", "Motivo Body Mesh"}


@needs_assimp
def test_the_mesh_is_skinned_or_left_out(context, body, motion, tmp_path):
    bake_motion(context, body, motion, "Walk")
    with_mesh = AssimpScene(export_fbx(context, body, tmp_path / "mesh.fbx"))
    bones = {bone["name"] for mesh in with_mesh.data["meshes"] for bone in mesh.get("bones", [])}
    assert bones == set(SMPL_NAMES)
    without = AssimpScene(export_fbx(context, body, tmp_path / "bones.fbx", mesh=False))
    assert "Motivo Body Mesh" not in without.parents and not without.data.get("meshes")


@needs_assimp
def test_an_object_called_armature_is_renamed_in_the_file_alone(context, body, motion, tmp_path):
    body.name = "Armature"
    bake_motion(context, body, motion, "Walk")
    scene = AssimpScene(export_fbx(context, body, tmp_path / "walk.fbx"))
    assert "Root" in scene.parents and "Armature" not in scene.parents
    assert body.name == "Armature"


@needs_assimp
def test_a_body_without_action_is_written_in_its_pose(context, body, tmp_path):
    scene = AssimpScene(export_fbx(context, body, tmp_path / "body.fbx"))
    assert not scene.animations and set(SMPL_NAMES) < set(scene.parents)


@pytest.mark.skipif("fbx_import" not in dir(bpy.ops.wm), reason="from Blender 4.5 on")
def test_blenders_other_importer_reads_the_same_joints(
    context, body, motion, joints_in_world, tmp_path
):
    bake_motion(context, body, motion, "Walk")
    path = export_fbx(context, body, tmp_path / "walk.fbx")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    bpy.ops.wm.fbx_import(filepath=str(path))
    again = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    first, _ = curves.keyed_range(again)
    for index in SAMPLED:
        np.testing.assert_allclose(
            joints_in_world(bpy.context, again, first + index),
            motion.positions()[index],
            atol=1e-3,
        )


def test_exporting_leaves_everything_as_it_was(context, body, motion, tmp_path):
    bake_motion(context, body, motion, "Walk")
    bpy.ops.mesh.primitive_cube_add()
    context.view_layer.objects.active = body
    context.scene.frame_set(12)
    body.pose.bones["head"].rotation_quaternion = (1, 0, 0, 0)  # posed by hand, not keyed yet
    bpy.ops.object.mode_set(mode="POSE")
    before = _state(context, body)
    export_fbx(context, body, tmp_path / "walk.fbx")
    assert _state(context, body) == before


def _state(context, body):
    return {
        "names": {
            kind: sorted(item.name for item in getattr(bpy.data, kind))
            for kind in ("objects", "meshes", "armatures", "actions", "scenes", "materials")
        },
        "selected": sorted(thing.name for thing in context.selected_objects),
        "active": context.object.name,
        "mode": context.mode,
        "scene": context.scene.name,
        "frame": (context.scene.frame_current, context.scene.frame_start, context.scene.frame_end),
        "action": body.animation_data.action.name,
        "head": tuple(body.pose.bones["head"].rotation_quaternion),
        "pose": body.data.pose_position,
        "modifier": body.children[0].modifiers[0].object.name,
    }


def test_bad_paths_are_refused_in_words_and_change_nothing(context, body, motion, tmp_path):
    bake_motion(context, body, motion, "Walk")
    before = _state(context, body)
    with pytest.raises(UserError, match="There is no folder"):
        export_fbx(context, body, tmp_path / "missing" / "walk.fbx")
    with pytest.raises(UserError, match=r"end in \.fbx"):
        export_fbx(context, body, tmp_path / "walk.obj")
    (tmp_path / "folder.fbx").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        export_fbx(context, body, tmp_path / "folder.fbx")
    assert _state(context, body) == before
    assert [path.name for path in tmp_path.iterdir()] == ["folder.fbx"]


def test_a_failed_export_keeps_the_file_that_was_there(
    context, body, motion, tmp_path, monkeypatch
):
    bake_motion(context, body, motion, "Walk")
    path = tmp_path / "walk.fbx"
    path.write_bytes(b"the older take")

    def full_disk(*_args, **_settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("motivo_source.motivo_addon.export.fbx.write_fbx", full_disk)
    before = _state(context, body)
    with pytest.raises(UserError, match="could not be written"):
        export_fbx(context, body, path)
    assert path.read_bytes() == b"the older take"
    assert _state(context, body) == before


def test_a_deleted_armature_is_told(context, body, tmp_path):
    bpy.data.objects.remove(body)
    with pytest.raises(UserError, match="no longer in the scene"):
        export_fbx(context, body, tmp_path / "walk.fbx")
