"""FBX files with one character and the one take it plays."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...runtime.errors import UserError
from ..rig import curves
from ..rig.armature import require_armature
from ..rig.side_scene import side_scene


@dataclass(frozen=True)
class FbxSettings:
    """What differs between the programs that read the file; names as Blender's exporter has them."""

    axis_forward: str = "-Z"
    axis_up: str = "Y"
    primary_bone_axis: str = "Y"
    secondary_bone_axis: str = "X"
    apply_scale_options: str = "FBX_SCALE_ALL"
    """So: no factor of 100 on the objects, the file states its unit instead."""
    use_armature_deform_only: bool = False
    mesh_smooth_type: str = "FACE"


def export_fbx(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    path: str | Path,
    mesh: bool = True,
    settings: FbxSettings = FbxSettings(),
) -> Path:
    """Writes the armature, its meshes and the motion of its active Action; returns the file.

    The animation is every frame of the scene in the Action's range, constraints
    included, NLA tracks and other Actions left out; its name is the Action's. An
    armature without Action is written in its pose. Copies are exported from a
    scene of their own, so the person's scene, selection, mode and frame stay.
    A file that exists is replaced only once the new one is complete.

    Raises:
        UserError: the armature is gone, or the file cannot be written.
    """
    require_armature(armature)
    path = _checked(path)
    partial = path.with_name(f".{path.stem}.partial.fbx")
    members = [armature, *(_meshes_of(armature) if mesh else ())]
    try:
        with _copies(members) as copies, _scene_of(context, copies) as scene:
            _write(scene, partial, settings, animated=curves.active_action(copies[0]) is not None)
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"'{path}' could not be written. Choose another place or close the program that uses it.",
            repr(error),
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def _checked(path: str | Path) -> Path:
    path = Path(bpy.path.abspath(str(path))).absolute()
    if path.suffix.lower() != ".fbx":
        raise UserError(f"'{path.name}' is no name for an FBX file. Let it end in .fbx.")
    if not path.parent.is_dir():
        raise UserError(f"There is no folder '{path.parent}'. Choose another or make it first.")
    if path.is_dir():
        raise UserError(f"'{path}' is a folder. Choose another name.")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"Files cannot be written to '{path.parent}'. Choose another folder.")
    return path


def _meshes_of(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes it deforms or carries."""
    return [
        candidate
        for candidate in bpy.data.objects
        if candidate.type == "MESH"
        and candidate.users_scene
        and (
            candidate.parent == armature
            or any(m.type == "ARMATURE" and m.object == armature for m in candidate.modifiers)
        )
    ]


@contextlib.contextmanager
def _copies(originals: list[bpy.types.Object]) -> Iterator[list[bpy.types.Object]]:
    """Copies under the originals' names, which those give up for as long as this lasts."""
    names = [original.name for original in originals]
    made: list[bpy.types.Object] = []
    bones = originals[0].data.copy()
    try:
        for original, name in zip(originals, names, strict=True):
            made.append(original.copy())
            if original.library is None:
                original.name = f"{name} (in the scene)"
            # Unreal takes a node called Armature for Blender's own and drops it as root bone.
            made[-1].name = "Root" if name == "Armature" else name
            made[-1].hide_viewport = False
        made[0].data = bones
        for copy in made[1:]:
            if copy.parent == originals[0]:
                copy.parent = made[0]
            for modifier in copy.modifiers:
                if modifier.type == "ARMATURE" and modifier.object == originals[0]:
                    modifier.object = made[0]
        _drop_nla(made[0])
        yield made
    finally:
        for copy in made:
            bpy.data.objects.remove(copy)
        bpy.data.armatures.remove(bones)
        for original, name in zip(originals, names, strict=True):
            if original.library is None:
                original.name = name


def _drop_nla(armature: bpy.types.Object) -> None:
    data = armature.animation_data
    for track in list(data.nla_tracks) if data else ():
        data.nla_tracks.remove(track)


@contextlib.contextmanager
def _scene_of(
    context: bpy.types.Context, members: list[bpy.types.Object]
) -> Iterator[bpy.types.Scene]:
    """A scene of them, named like the take and as long: the exporter takes both from it."""
    action = curves.active_action(members[0])
    with side_scene(context, members, action.name if action else members[0].name) as scene:
        frames = curves.keyed_range(members[0])
        if frames:
            # Keys are single precision: a last key at 299.99997 belongs to frame 300.
            scene.frame_start = int(np.floor(frames[0] + 1e-3))
            scene.frame_end = max(scene.frame_start, int(np.ceil(frames[1] - 1e-3)))
            scene.frame_current = scene.frame_start
        yield scene


def _write(scene: bpy.types.Scene, path: Path, settings: FbxSettings, animated: bool) -> None:
    if not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        raise UserError("Enable the add-on 'FBX format' in Blender's preferences first.")
    layer = scene.view_layers[0]
    with bpy.context.temp_override(scene=scene, view_layer=layer, collection=scene.collection):
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            object_types={"ARMATURE", "MESH"},
            add_leaf_bones=False,
            bake_anim=animated,
            bake_anim_use_all_bones=True,
            bake_anim_use_nla_strips=False,
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
            axis_forward=settings.axis_forward,
            axis_up=settings.axis_up,
            primary_bone_axis=settings.primary_bone_axis,
            secondary_bone_axis=settings.secondary_bone_axis,
            apply_scale_options=settings.apply_scale_options,
            use_armature_deform_only=settings.use_armature_deform_only,
            mesh_smooth_type=settings.mesh_smooth_type,
        )
