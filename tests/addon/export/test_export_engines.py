"""Files for engines hold what the scene shows, as other programs read them."""

import json
import shutil
import subprocess

import bpy
import numpy as np
import pytest
from assimp_scene import AssimpScene, needs_assimp
from conftest import ROOT
from mathutils import Matrix
from motivo_source.motivo_addon.export import engines
from motivo_source.motivo_addon.export.engines import export_takes
from motivo_source.motivo_addon.export.presets import PRESETS, ExportSettings
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.runtime.body import SMPL_NAMES
from motivo_source.runtime.errors import UserError
from motivo_source.runtime.motion import load_motion
from motivo_source.runtime.motion.formats.amass import read_amass
from ufbx_scene import UfbxScene, needs_ufbx

SAMPLED = (0, 13, 44, 70, 89)
TIMES = [index / 30 for index in SAMPLED]


@pytest.fixture
def walked(context, body, motion):
    bake_motion(context, body, motion, "Walk", start_frame=11)
    return body


def _one(context, armature, folder, preset, **settings):
    settings = ExportSettings(preset=preset, template="{take}_{engine}", **settings)
    (file,) = export_takes(context, armature, folder, settings, hips="pelvis")
    return file


@pytest.mark.parametrize("preset", PRESETS)
def test_every_file_is_read_back_and_agrees_to_a_tenth_of_a_millimetre(
    context, walked, tmp_path, preset
):
    file = _one(context, walked, tmp_path, preset)
    (clip,) = file.clips
    assert file.path == tmp_path / f"Walk_{preset}{PRESETS[preset].suffix}"
    assert file.path.is_file() and file.bytes == file.path.stat().st_size
    assert (clip.name, clip.frames, clip.fps) == ("Walk", 90, 30.0)
    assert file.error_mm < 0.1
    assert clip.comparison.joints == 24 and clip.comparison.frames >= 25
    assert [path.name for path in tmp_path.iterdir()] == [file.path.name]
    json.dumps(file.to_dict())


@needs_assimp
@pytest.mark.parametrize("preset", ["unity", "fbx", "godot"])
def test_assimp_reads_the_joints_where_the_motion_has_them(
    context, walked, motion, tmp_path, preset
):
    scene = AssimpScene(_one(context, walked, tmp_path, preset).path)
    for index in SAMPLED:
        np.testing.assert_allclose(scene.joints(index / 30), motion.positions()[index], atol=1e-3)


@needs_ufbx
def test_unreal_finds_its_own_axes_centimetres_and_nodes_that_are_neither_turned_nor_scaled(
    context, walked, motion, tmp_path
):
    scene = UfbxScene.read(_one(context, walked, tmp_path, "unreal").path, TIMES)
    assert (scene.up, scene.front, scene.unit) == ("+Z", "-Y", 0.01)
    assert scene.parents["pelvis"] == "Motivo Body"
    for frame, index in enumerate(SAMPLED):
        np.testing.assert_allclose(
            scene.node("Walk", frame, "Motivo Body"), np.eye(4)[:3], atol=1e-6
        )
        np.testing.assert_allclose(
            scene.joints("Walk", frame, SMPL_NAMES), 100 * motion.positions()[index], atol=0.05
        )


@needs_ufbx
def test_unity_finds_metres_y_up_and_no_quarter_turn_on_the_root(context, walked, motion, tmp_path):
    scene = UfbxScene.read(_one(context, walked, tmp_path, "unity").path, TIMES)
    assert (scene.up, scene.front, scene.unit) == ("+Y", "+Z", 1.0)
    for frame, index in enumerate(SAMPLED):
        np.testing.assert_allclose(
            scene.node("Walk", frame, "Motivo Body"), np.eye(4)[:3], atol=1e-6
        )
        y_up = motion.positions()[index][:, [0, 2, 1]] * (1, 1, -1)
        np.testing.assert_allclose(scene.joints("Walk", frame, SMPL_NAMES), y_up, atol=1e-3)


@needs_ufbx
@pytest.mark.parametrize("preset", ["unreal", "unity"])
def test_a_small_turned_character_under_a_parent_is_written_at_its_size_without_scale(
    context, walked, tmp_path, preset
):
    parent = bpy.data.objects.new("Parent", None)
    context.collection.objects.link(parent)
    parent.matrix_world = Matrix.Translation((1, 2, 0)) @ Matrix.Rotation(0.7, 4, "Z")
    walked.parent = parent
    walked.scale = (0.5, 0.5, 0.5)
    prop = bpy.data.objects.new("Prop", bpy.data.meshes.new("Prop"))
    prop.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 2, 0)], [], [(0, 1, 2)])
    context.collection.objects.link(prop)
    prop.parent, prop.parent_type, prop.parent_bone = walked, "BONE", "left_wrist"
    prop.location, prop.scale = (0.1, 0.2, 0.3), (0.3, 0.3, 0.3)
    context.scene.frame_set(11)
    seen = prop.evaluated_get(context.evaluated_depsgraph_get())
    expected = np.array([seen.matrix_world @ vertex.co for vertex in prop.data.vertices])
    file = _one(context, walked, tmp_path, preset)
    assert file.error_mm < 0.1
    scene = UfbxScene.read(file.path)
    for name in ("Motivo Body", "pelvis", "left_knee", "Prop"):
        axes = scene.node("Walk", 0, name)[:, :3]
        np.testing.assert_allclose(np.linalg.norm(axes, axis=0), 1.0, atol=1e-5)
    wrist = scene.node("Walk", 0, "Prop")
    vertices = np.array(scene.vertices["Prop"]) @ wrist[:, :3].T + wrist[:, 3]
    if preset == "unity":
        expected = expected[:, [0, 2, 1]] * (1, 1, -1)
    np.testing.assert_allclose(vertices * scene.unit, expected, atol=2e-3)


@needs_ufbx
def test_modifiers_before_the_skin_are_in_the_mesh_at_their_own_size(context, walked, tmp_path):
    plate = bpy.data.objects.new("Plate", bpy.data.meshes.new("Plate"))
    plate.data.from_pydata([(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)], [], [(0, 1, 2, 3)])
    context.collection.objects.link(plate)
    plate.parent = walked
    plate.vertex_groups.new(name="head").add(range(4), 1.0, "REPLACE")
    plate.modifiers.new("Skin", "ARMATURE").object = walked
    thick = plate.modifiers.new("Thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.2, 1.0
    scene = UfbxScene.read(_one(context, walked, tmp_path, "unreal").path)
    vertices = np.array(scene.vertices["Plate"])
    assert len(vertices) == 8
    assert np.ptp(vertices, axis=0).max() == pytest.approx(100.0, abs=0.01)
    assert np.ptp(vertices, axis=0).min() == pytest.approx(20.0, abs=0.01)
    assert len(plate.data.vertices) == 4 and [m.name for m in plate.modifiers] == ["Skin", "Thick"]


@needs_ufbx
@pytest.mark.parametrize("scale_length", [0.01, 1.0])
def test_scenes_in_other_units_are_written_at_their_real_size(
    context, body, motion, tmp_path, scale_length
):
    context.scene.unit_settings.scale_length = scale_length
    body.scale = (1 / scale_length,) * 3
    bake_motion(context, body, motion, "Walk")
    file = _one(context, body, tmp_path, "unreal")
    assert file.error_mm < 0.1
    joints = UfbxScene.read(file.path, [1.0]).joints("Walk", 0, SMPL_NAMES)
    np.testing.assert_allclose(joints, 100 * motion.positions()[30], atol=0.05)


@needs_assimp
@pytest.mark.parametrize("fps", [24, 60])
def test_frames_between_the_keys_are_on_the_way_the_joints_turn(
    context, walked, motion, tmp_path, fps
):
    file = _one(context, walked, tmp_path, "godot", fps=float(fps))
    expected = motion.resampled(fps).positions()
    assert (file.clips[0].frames, file.clips[0].fps) == (len(expected), fps)
    scene = AssimpScene(file.path)
    for index in (1, len(expected) // 2, len(expected) - 1):
        np.testing.assert_allclose(scene.joints(index / fps), expected[index], atol=1e-3)


@needs_ufbx
@pytest.mark.parametrize("root", ["hips", "bone", "object", "in_place"])
def test_the_root_carries_what_was_asked_for(context, walked, motion, tmp_path, root):
    file = _one(context, walked, tmp_path, "unreal", root=root)
    assert file.error_mm < 0.1
    scene = UfbxScene.read(file.path, TIMES)
    carrier = {"bone": "root", "object": "Motivo Body"}.get(root)
    assert scene.parents["pelvis"] == ("root" if root == "bone" else "Motivo Body")
    for frame, index in enumerate(SAMPLED):
        seen = scene.joints("Walk", frame, SMPL_NAMES) / 100
        expected = motion.positions()[index]
        if root == "in_place":
            expected = expected - (expected[0] - motion.positions()[0, 0]) * (1, 1, 0)
        np.testing.assert_allclose(seen, expected, atol=1e-3)
        if carrier:
            node = scene.node("Walk", frame, carrier)
            assert node[2, 3] == pytest.approx(0, abs=1e-3)
            # Under the hips, turned about the vertical only.
            np.testing.assert_allclose(node[2, :3], (0, 0, 1), atol=1e-5)
            here = node[:2, :2] @ scene_rest_hips() + node[:2, 3] / 100
            np.testing.assert_allclose(here, expected[0, :2], atol=1e-3)


def scene_rest_hips() -> np.ndarray:
    """(2,) metres: where the hips rest over the object's origin."""
    from motivo_source.runtime.body.rest_pose import rest_pose

    return rest_pose().heads[0, :2]


def test_other_programs_of_this_project_read_what_was_written(context, walked, motion, tmp_path):
    again = load_motion(_one(context, walked, tmp_path, "bvh").path)
    np.testing.assert_allclose(again.positions(), motion.positions(), atol=1e-4)
    amass = read_amass(_one(context, walked, tmp_path, "amass").path)
    np.testing.assert_allclose(amass.positions, motion.positions(), atol=1e-4)


def test_all_takes_go_to_a_file_each_or_into_one(context, walked, motion, tmp_path):
    bake_motion(context, walked, motion.cut(0, 30), "Short")
    each = ExportSettings(preset="godot", all_takes=True, template="{take}")
    files = export_takes(context, walked, tmp_path, each)
    assert [file.path.name for file in files] == ["Short.glb", "Walk.glb"]
    for preset in ("unreal", "godot"):
        together = ExportSettings(preset=preset, all_takes=True, one_file=True)
        (file,) = export_takes(context, walked, tmp_path, together)
        assert file.path.stem == "Motivo Body_takes"
        assert [(clip.name, clip.frames) for clip in file.clips] == [("Short", 30), ("Walk", 90)]
        assert file.error_mm < 0.1
    assert curves.active_action(walked).name == "Short"


def test_the_mesh_stays_at_home_if_asked(context, walked, tmp_path):
    with_mesh = _one(context, walked, tmp_path, "godot").bytes
    assert _one(context, walked, tmp_path, "godot", mesh=False).bytes < 0.7 * with_mesh


@needs_ufbx
def test_the_object_is_never_called_armature_for_unreal(context, walked, tmp_path):
    walked.name = "Armature"
    file = _one(context, walked, tmp_path, "unreal")
    assert "Armature" not in UfbxScene.read(file.path).parents
    assert any("'Root'" in note for note in file.notes)


@pytest.mark.parametrize(
    ("preset", "there"),
    [("unreal", False), ("unity", False), ("godot", False), ("fbx", True), ("gltf", True)],
)
def test_engines_get_no_controls_but_all_that_carries_a_bone_that_deforms(
    context, walked, tmp_path, preset, there
):
    bpy.ops.object.mode_set(mode="EDIT")
    bones = walked.data.edit_bones
    for name, parent in (("control", "pelvis"), ("master", None)):
        bones.new(name).tail = (0, 0, 0.1)
        bones[name].parent = bones.get(parent) if parent else None
        bones[name].use_deform = False
    bones["pelvis"].parent = bones["master"]
    bpy.ops.object.mode_set(mode="OBJECT")
    file = _one(context, walked, tmp_path, preset)
    assert file.error_mm < 0.1
    assert file.clips[0].comparison.left_out == (() if there else ("control",))
    assert not walked.data.bones["master"].use_deform


def test_bones_that_are_stretched_unevenly_are_told_for_fbx(context, walked, tmp_path):
    assert not _one(context, walked, tmp_path, "unreal").notes
    thigh = walked.pose.bones["left_hip"]
    thigh.scale = (1.0, 1.4, 1.0)
    thigh.keyframe_insert("scale", frame=11)
    assert any("stretched" in note for note in _one(context, walked, tmp_path, "unreal").notes)
    file = _one(context, walked, tmp_path, "godot")
    assert not file.notes and file.error_mm < 0.1


_VALIDATOR = ROOT / "build" / "node_modules" / "gltf-validator"


@pytest.mark.skipif(
    not (shutil.which("node") and _VALIDATOR.is_dir()),
    reason="needs node and: npm install --prefix build gltf-validator@2.0.0-dev.3.10",
)
@pytest.mark.parametrize("root", ["as_is", "bone"])
def test_the_validator_of_khronos_finds_no_fault(context, walked, tmp_path, root):
    path = _one(context, walked, tmp_path, "godot", root=root).path
    script = (
        "require(process.argv[1]).validateBytes(new Uint8Array(require('fs')"
        ".readFileSync(process.argv[2]))).then(r => console.log(JSON.stringify(r.issues)))"
    )
    done = subprocess.run(
        ["node", "-e", script, str(_VALIDATOR), str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = {message["code"] for message in json.loads(done.stdout)["messages"]}
    # Blender's way of writing skinned meshes, which all engines read.
    assert found <= {"NODE_SKINNED_MESH_NON_ROOT"}


@pytest.mark.parametrize("preset", ["unreal", "godot", "usd", "bvh", "amass"])
def test_exporting_leaves_everything_as_it_was(context, walked, motion, tmp_path, preset):
    bake_motion(context, walked, motion.cut(0, 30), "Short")
    bpy.ops.mesh.primitive_cube_add()
    context.view_layer.objects.active = walked
    context.scene.frame_set(12)
    bpy.ops.object.mode_set(mode="POSE")
    # Posed by hand, not keyed yet.
    walked.pose.bones["head"].rotation_quaternion = (1, 0, 0, 0)
    before = _state(context, walked)
    settings = ExportSettings(preset=preset, all_takes=True, one_file=True)
    export_takes(context, walked, tmp_path, settings)
    assert _state(context, walked) == before


def _state(context, armature):
    return {
        "names": {
            prop.identifier: sorted(item.name for item in getattr(bpy.data, prop.identifier))
            for prop in bpy.types.BlendData.bl_rna.properties
            if prop.type == "COLLECTION"
        },
        "selected": sorted(thing.name for thing in context.selected_objects),
        "active": context.object.name,
        "mode": context.mode,
        "window": context.window.scene.name,
        "scene": context.scene.name,
        "frame": (context.scene.frame_current, context.scene.frame_start, context.scene.frame_end),
        "rate": context.scene.render.fps,
        "action": armature.animation_data.action.name,
        "head": tuple(armature.pose.bones["head"].rotation_quaternion),
        "modifier": armature.children[0].modifiers[0].object.name,
        "users": {action.name: action.users for action in bpy.data.actions},
    }


def test_a_file_that_differs_is_reported_as_such(context, walked, tmp_path, monkeypatch):
    write = engines.write_glb

    def careless(stage, path, *settings):
        strip = stage.armature.animation_data.nla_tracks[0].strips[0]
        for curve in curves.curves_of(strip.action):
            if curve.data_path.endswith('["left_knee"].rotation_quaternion'):
                curves.shift_keys(curve, 5)
        write(stage, path, *settings)

    monkeypatch.setattr(engines, "write_glb", careless)
    file = _one(context, walked, tmp_path, "godot")
    assert file.error_mm > 10
    assert "check the file before you use it" in file.in_words()
    assert file.clips[0].comparison.bone in ("left_ankle", "left_foot")


def test_what_cannot_be_exported_is_said_in_words_and_changes_nothing(
    context, walked, tmp_path, monkeypatch
):
    def refuses(words, folder=tmp_path, **settings):
        before = _state(context, walked)
        with pytest.raises(UserError, match=words):
            export_takes(context, walked, folder, ExportSettings(**settings), hips="pelvis")
        assert _state(context, walked) == before
        assert not list(tmp_path.iterdir())

    refuses("There is no folder", tmp_path / "missing")
    refuses("No folder is chosen", "")
    refuses("is not saved", "//clips")
    refuses("is empty", template=" ")
    refuses("no preset 'maya'", preset="maya")
    refuses("Choose the root 'hips'", preset="amass", root="bone")
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        refuses("cannot be written to")
    with monkeypatch.context() as patch:

        def in_use(*_arguments, **_settings):
            raise PermissionError(13, "in use")

        patch.setattr(engines, "write_fbx", in_use)
        refuses("close the program that uses it")
    walked.scale = (1, 2, 1)
    refuses("scaled unevenly")
    walked.scale = (-1, 1, 1)
    refuses("mirrored or flattened")
    walked.scale = (1, 1, 1)
    curves.assign(walked, curves.new_action("Empty", walked))
    refuses("'Empty' has no keys")
    walked.animation_data.action = None
    with pytest.raises(UserError, match="plays no Action"):
        export_takes(context, walked, tmp_path, ExportSettings())


def test_a_character_without_takes_and_no_body_is_told(context, tmp_path):
    bpy.ops.object.armature_add()
    with pytest.raises(UserError, match="has no takes"):
        export_takes(context, context.object, tmp_path, ExportSettings(all_takes=True))
    with pytest.raises(UserError, match="a Motivo body only"):
        export_takes(context, context.object, tmp_path, ExportSettings(preset="amass"))
