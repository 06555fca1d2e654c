"""FBX files, written by Blender's exporter."""

from pathlib import Path

import bpy

from ...runtime.errors import UserError
from ..rig import curves
from ..rig.clips import sample_clip, sample_pose
from .files import checked_path, replacing
from .presets import PRESETS, FbxSettings
from .stage import Stage, staged


def export_fbx(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    path: str | Path,
    mesh: bool = True,
    settings: FbxSettings = PRESETS["fbx"].fbx,
) -> Path:
    """Writes the armature, its meshes and the motion of its active Action; returns the file.

    The animation is what the scene shows in the Action's range, constraints
    included, NLA tracks and other Actions left out; its name is the Action's. An
    armature without Action is written in its pose. Copies are exported from a
    scene of their own, so the person's scene, selection, mode and frame stay.
    A file that exists is replaced only once the new one is complete.

    Raises:
        UserError: the armature is gone, or the file cannot be written.
    """
    path = checked_path(path, ".fbx")
    animated = armature_plays(armature)
    clip = sample_clip(context, armature) if animated else sample_pose(context, armature)
    with (
        replacing(path) as partial,
        staged(
            context,
            armature,
            [clip],
            mesh,
            animated,
            settings.units_per_metre,
            settings.upright,
        ) as stage,
    ):
        write_fbx(stage, partial, settings, animated)
    return path


def armature_plays(armature: bpy.types.Object) -> bool:
    """Whether it has an Action with keys."""
    try:
        return curves.keyed_range(armature) is not None
    except ReferenceError:  # told in words by whoever samples it
        return False


def write_fbx(
    stage: Stage,
    path: Path,
    settings: FbxSettings,
    animated: bool = True,
    deform_bones_only: bool = False,
) -> None:
    """Writes what is staged, each NLA strip as a take of its name."""
    if not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        raise UserError("Enable the add-on 'FBX format' in Blender's preferences first.")
    scene = stage.scene
    layer = scene.view_layers[0]
    with bpy.context.temp_override(scene=scene, view_layer=layer, collection=scene.collection):
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            object_types={"ARMATURE", "MESH"},
            add_leaf_bones=False,
            bake_anim=animated,
            bake_anim_use_all_bones=True,
            bake_anim_use_nla_strips=True,
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
            axis_forward=settings.axis_forward,
            axis_up=settings.axis_up,
            primary_bone_axis=settings.primary_bone_axis,
            secondary_bone_axis=settings.secondary_bone_axis,
            apply_scale_options=settings.apply_scale_options,
            use_armature_deform_only=deform_bones_only,
            mesh_smooth_type=settings.mesh_smooth_type,
            path_mode="COPY",
            embed_textures=True,
        )
