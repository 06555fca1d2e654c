"""Files read by Blender's own importers, in a scene that is gone again after."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...runtime.errors import UserError
from .side_scene import side_scene


def fbx_importer() -> str:
    """The newer of Blender's two, where it is there."""
    return "wm.fbx_import" if _has_second_importer() else "import_scene.fbx"


def _has_second_importer() -> bool:
    return "fbx_import" in dir(bpy.ops.wm)


@contextlib.contextmanager
def imported(
    context: bpy.types.Context, path: Path, failed: str, fps: float | None = None
) -> Iterator[tuple[bpy.types.Scene, set[int]]]:
    """What one of Blender's importers makes of a file (.fbx, .glb, .gltf, .vrm, .usd), by suffix.

    Yields a scene with it at ``fps`` (or the file's own rate) in metres, and the session uids
    of what was in the file before. The person's scene, selection and mode stay as they are.

    Raises:
        UserError: with the sentence ``failed`` where it cannot be read.
    """
    with _nothing_left() as before, side_scene(context, (), "Motivo Reading") as scene:
        scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 1.0
        if fps is not None:
            scene.render.fps = max(1, round(fps))
            scene.render.fps_base = scene.render.fps / fps
        with context.temp_override(
            scene=scene, view_layer=scene.view_layers[0], collection=scene.collection
        ):
            try:
                _import(context, path, scene)
            except RuntimeError as error:
                raise UserError(failed, str(error).strip()) from error
        yield scene, before


def _import(context: bpy.types.Context, path: Path, scene: bpy.types.Scene) -> None:
    kind = path.suffix.lower()
    if kind in (".usd", ".usda", ".usdc", ".usdz"):
        bpy.ops.wm.usd_import(filepath=str(path), import_materials=False)
    elif kind == ".fbx" and _has_second_importer():
        bpy.ops.wm.fbx_import(filepath=str(path))
    else:
        with _shown(context, scene):
            if kind == ".fbx":
                bpy.ops.import_scene.fbx(filepath=str(path))
                _disconnect(scene)
            else:
                bpy.ops.import_scene.gltf(filepath=str(path))


@contextlib.contextmanager
def _shown(context: bpy.types.Context, scene: bpy.types.Scene) -> Iterator[None]:
    """The window shows the scene: some importers edit bones in whatever that is."""
    window = context.window or context.window_manager.windows[0]
    before = window.scene
    window.scene = scene
    try:
        with context.temp_override(window=window):
            yield
    finally:
        window.scene = before


def _disconnect(scene: bpy.types.Scene) -> None:
    """Frees bones to move: the older importer ties a bone to a parent that seems to end there."""
    for rig in [thing for thing in scene.objects if thing.type == "ARMATURE"]:
        scene.view_layers[0].objects.active = rig
        bpy.ops.object.mode_set(mode="EDIT")
        for bone in rig.data.edit_bones:
            bone.use_connect = False
        bpy.ops.object.mode_set(mode="OBJECT")


@contextlib.contextmanager
def _nothing_left() -> Iterator[set[int]]:
    """Whatever comes into the file within the block is gone after it; yields what was there."""

    def everything() -> dict[int, bpy.types.ID]:
        return {item.session_uid: item for kind in _collections() for item in kind}

    before = set(everything())
    try:
        yield before
    finally:
        bpy.data.batch_remove([item for uid, item in everything().items() if uid not in before])


def _collections() -> list[bpy.types.bpy_prop_collection]:
    return [
        getattr(bpy.data, prop.identifier)
        for prop in bpy.types.BlendData.bl_rna.properties
        if prop.type == "COLLECTION" and prop.identifier not in ("screens", "window_managers")
    ]
