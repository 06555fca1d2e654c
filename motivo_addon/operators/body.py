"""The body itself and the scene around it."""

import bpy
from bpy.props import FloatProperty

from ...runtime.errors import UserError
from ..bodies import active_body
from ..preferences import preferences
from ..scene import CONTROL_FPS
from ..sentences import tell
from .base import NeedsIdleBody, NeedsPrompt


class _Size:
    """What operators that make a body of a size ask for."""

    height: FloatProperty(
        name="Height",
        description="How tall the body is, standing",
        min=1.4,
        max=2.1,
        default=1.7157,
        precision=3,
        unit="LENGTH",
    )
    mass: FloatProperty(
        name="Body Mass",
        description="What the body weighs, in kg. 0: as its height has it",
        min=0.0,
        max=270.0,
        default=0.0,
    )


class MOTIVO_OT_add_body(_Size, bpy.types.Operator):
    """Add a person to key poses on, standing at the world's origin"""

    bl_idname = "motivo.add_body"
    bl_label = "Add Body"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        from ..rig.armature import add_body
        from ..rig.size import check, resize

        try:
            check(self.height, self.mass)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        body = add_body(context)
        resize(body, self.height, self.mass)
        body.motivo.generation.takes = preferences().default_takes
        body.motivo.generation.quality = preferences().default_quality
        tell(self, {"INFO"}, f"Added '{body.name}'. Key some poses on it, then add a prompt.")
        return {"FINISHED"}


class MOTIVO_OT_resize_body(_Size, NeedsIdleBody, bpy.types.Operator):
    """Make the body taller, smaller, heavier or lighter. Its pose and its keys go along; takes made before are of its old size"""

    bl_idname = "motivo.resize_body"
    bl_label = "Height and Mass"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context, _event) -> set[str]:
        from ..rig.size import reference_height

        settings = active_body(context).motivo
        self.height = settings.height or reference_height()
        self.mass = settings.mass
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context) -> set[str]:
        from ..rig.size import resize

        body = active_body(context)
        try:
            resize(body, self.height, self.mass)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class MOTIVO_OT_natural_pace(NeedsPrompt, bpy.types.Operator):
    """Play the motion as fast as legs of this body's length swing: the steps of small people follow one another sooner. The prompt's end goes along"""

    bl_idname = "motivo.natural_pace"
    bl_label = "Pace of Its Height"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if problem:
            return problem
        settings = active_body(context).motivo
        if settings.prompts[settings.active_prompt].kind != "MOTION_FILE":
            return "Choose a Motion File prompt first"
        return ""

    def execute(self, context) -> set[str]:
        from ..rig.size import size_of

        body = active_body(context)
        size = size_of(body)
        prompt = body.motivo.prompts[body.motivo.active_prompt]
        before = prompt.motion_file.speed
        prompt.motion_file.speed = 1.0 if size is None else size.pace
        frames = (prompt.end - prompt.start) * before / prompt.motion_file.speed
        prompt.end = prompt.start + max(1, int(frames + 1e-6))
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


CLASSES = (
    MOTIVO_OT_add_body,
    MOTIVO_OT_resize_body,
    MOTIVO_OT_natural_pace,
    MOTIVO_OT_use_30_fps,
)
