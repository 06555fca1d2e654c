"""The body itself and the scene around it."""

import bpy

from ..preferences import preferences
from ..scene import CONTROL_FPS
from ..sentences import tell


class MOTIVO_OT_add_body(bpy.types.Operator):
    """Add a person to key poses on, standing at the world's origin"""

    bl_idname = "motivo.add_body"
    bl_label = "Add Body"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        from ..rig.armature import add_body

        body = add_body(context)
        body.motivo.generation.takes = preferences().default_takes
        body.motivo.generation.quality = preferences().default_quality
        tell(self, {"INFO"}, f"Added '{body.name}'. Key some poses on it, then add a prompt.")
        return {"FINISHED"}


class MOTIVO_OT_use_30_fps(bpy.types.Operator):
    """Set the scene to 30 frames a second, the rate at which motions are performed"""

    bl_idname = "motivo.use_30_fps"
    bl_label = "Use 30 fps"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        context.scene.render.fps = CONTROL_FPS
        context.scene.render.fps_base = 1.0
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_add_body, MOTIVO_OT_use_30_fps)
