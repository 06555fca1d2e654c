"""Whatever a person is in the middle of, exporting writes the motion and leaves it as it was."""

import shutil
import subprocess

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.export.engines import export_takes
from motivo_source.motivo_addon.export.presets import ExportSettings
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.motivo_addon.rig.clips import sample_clip
from motivo_source.runtime.errors import UserError
from performances import walk
from rigs import NAMINGS, build_rig


@pytest.fixture
def walked(context, body):
    bake_motion(context, body, walk(2), "Walk")
    context.view_layer.objects.active = body
    context.scene.frame_set(1)
    return body


def in_mode(mode):
    def enter(body):
        mesh = body.children[0]
        mesh.hide_select = False
        mesh.select_set(True)
        bpy.context.view_layer.objects.active = mesh
        bpy.ops.object.mode_set(mode=mode)

    return enter


def another_mesh_is_edited(body):
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="EDIT")


def it_is_posed(body):
    bpy.ops.object.mode_set(mode="POSE")
    body.pose.bones["head"].rotation_quaternion = (1, 0, 0, 0)


def it_is_hidden(body):
    body.hide_set(True)
    body.children[0].hide_set(True)


def it_is_disabled_in_viewports(body):
    body.hide_viewport = body.children[0].hide_viewport = body.children[0].hide_render = True


def _in_a_collection(body):
    collection = bpy.data.collections.new("Cast")
    bpy.context.scene.collection.children.link(collection)
    for thing in (body, *body.children):
        for home in list(thing.users_collection):
            home.objects.unlink(thing)
        collection.objects.link(thing)
    return bpy.context.view_layer.layer_collection.children["Cast"]


def its_collection_is_excluded(body):
    _in_a_collection(body).exclude = True


def its_collection_is_hidden(body):
    _in_a_collection(body).hide_viewport = True


def its_collection_is_disabled(body):
    _in_a_collection(body).collection.hide_viewport = True


def another_scene_is_shown(body):
    bpy.context.window.scene = bpy.data.scenes.new("Other")


STATES = {
    "its mesh is edited": in_mode("EDIT"),
    "its weights are painted": in_mode("WEIGHT_PAINT"),
    "its mesh is sculpted": in_mode("SCULPT"),
    **{
        state.__name__.replace("_", " "): state
        for state in (
            another_mesh_is_edited,
            it_is_posed,
            it_is_hidden,
            it_is_disabled_in_viewports,
            its_collection_is_excluded,
            its_collection_is_hidden,
            its_collection_is_disabled,
            another_scene_is_shown,
        )
    },
}


def _seen() -> dict[str, object]:
    context = bpy.context
    layer = context.view_layer
    return {
        "names": {
            kind.identifier: sorted(item.name for item in getattr(bpy.data, kind.identifier))
            for kind in bpy.types.BlendData.bl_rna.properties
            if kind.type == "COLLECTION"
        },
        "window": (context.window.scene.name, context.mode, context.scene.frame_current_final),
        "active": layer.objects.active and layer.objects.active.name,
        "selected": sorted(thing.name for thing in layer.objects if thing.select_get()),
        "hidden": sorted(thing.name for thing in layer.objects if thing.hide_get()),
        "disabled": {t.name: (t.hide_viewport, t.hide_render) for t in bpy.data.objects},
        "modes": {thing.name: thing.mode for thing in bpy.data.objects},
        "collections": [
            (child.name, child.exclude, child.hide_viewport, child.collection.hide_viewport)
            for child in layer.layer_collection.children
        ],
        "actions": {action.name: action.users for action in bpy.data.actions},
        "poses": {
            thing.name: [tuple(bone.rotation_quaternion) for bone in thing.pose.bones]
            for thing in bpy.data.objects
            if thing.pose
        },
    }


@pytest.mark.parametrize("preset", ["unreal", "godot"])
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_exporting_while(walked, tmp_path, state, preset):
    state(walked)
    before = _seen()
    settings = ExportSettings(preset=preset)
    (file,) = export_takes(bpy.context, walked, tmp_path, settings, hips="pelvis")
    assert file.error_mm < 0.1 and not file.notes
    assert _seen() == before
    assert np.ptp(sample_clip(bpy.context, walked).posed, axis=0).max() > 0.5, "it stands still"


def test_what_moves_nothing_is_refused(walked, tmp_path):
    walked.data.pose_position = "REST"
    with pytest.raises(UserError, match="Switch it to Pose Position"):
        export_takes(bpy.context, walked, tmp_path, ExportSettings())
    walked.data.pose_position = "POSE"
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(UserError, match="Edit Mode"):
        export_takes(bpy.context, walked, tmp_path, ExportSettings())
    assert not list(tmp_path.iterdir()) and bpy.context.mode == "EDIT_ARMATURE"


def test_a_body_and_a_character_disabled_in_viewports_are_read_and_moved(context, walked):
    rig = build_rig(context, NAMINGS["Mixamo"])
    walked.hide_viewport = rig.hide_viewport = True
    retarget(context, walked, None, rig, detect_rig(rig))
    assert walked.hide_viewport and rig.hide_viewport
    assert np.ptp(sample_clip(context, rig).posed, axis=0).max() > 0.5


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own with hardly any room."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs to be allowed to mount a disk")
    yield folder
    # Lazily: the glTF exporter that failed still holds its file.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("preset", ["unreal", "godot", "usd", "bvh", "amass"])
def test_a_full_disk_is_told_and_nothing_is_left_on_it(walked, small_disk, preset):
    (small_disk / "old").write_bytes(bytes(8000))
    before = _seen()
    with pytest.raises(UserError, match="the disk is full"):
        export_takes(bpy.context, walked, small_disk, ExportSettings(preset=preset), hips="pelvis")
    assert _seen() == before
    assert [path.name for path in small_disk.iterdir()] == ["old"]


def test_a_folder_that_may_only_be_read(walked, small_disk):
    again = ["mount", "-o", "remount,ro", str(small_disk)]
    if subprocess.run(again, capture_output=True).returncode:
        pytest.skip("needs to be allowed to mount a disk")
    with pytest.raises(UserError, match="cannot be written to"):
        export_takes(bpy.context, walked, small_disk, ExportSettings())


@pytest.mark.parametrize("override", [False, True])
def test_a_linked_character_is_exported(context, walked, tmp_path, override):
    rig = build_rig(context, NAMINGS["Mixamo"])
    retarget(context, walked, None, rig, detect_rig(rig))
    cast = bpy.data.collections.new("Cast")
    context.scene.collection.children.link(cast)
    cast.objects.link(rig)
    library = str(tmp_path / "cast.blend")
    bpy.data.libraries.write(library, {cast})
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    with bpy.data.libraries.load(library, link=True) as (_, data):
        data.collections = ["Cast"]
    cast = data.collections[0]
    bpy.context.scene.collection.children.link(cast)
    if override:
        cast = cast.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    rig = cast.objects[0]
    bpy.context.view_layer.update()
    before = _seen()
    out = tmp_path / "out"
    out.mkdir()
    (file,) = export_takes(bpy.context, rig, out, ExportSettings(preset="godot"))
    assert file.error_mm < 0.1 and file.clips[0].frames == 48
    assert _seen() == before
