"""USD files, written by Blender's exporter."""

from pathlib import Path

import bpy

from ...runtime.errors import UserError
from ..rig import curves
from .stage import Stage


def write_usd(stage: Stage, path: Path) -> None:
    """Writes what is staged; a file holds one clip, that of the only track."""
    if "usd_export" not in dir(bpy.ops.wm):
        raise UserError("This Blender was built without USD. Choose another format.")
    scene, armature = stage.scene, stage.armature
    # The exporter looks at Actions only.
    curves.play_only_strip(armature)
    layer = scene.view_layers[0]
    layer.update()
    with bpy.context.temp_override(scene=scene, view_layer=layer, collection=scene.collection):
        bpy.ops.wm.usd_export(
            filepath=str(path),
            selected_objects_only=False,
            export_animation=True,
            export_armatures=True,
            export_shapekeys=True,
            only_deform_bones=False,
            export_hair=False,
            export_lights=False,
            export_cameras=False,
            convert_world_material=False,
        )
