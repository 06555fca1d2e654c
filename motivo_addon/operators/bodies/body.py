"""The body itself and the scene around it."""

import bpy
from bpy.props import BoolProperty, FloatProperty, FloatVectorProperty
from mathutils import Vector

from ....runtime.errors import UserError
from ...bodies import active_body
from ...preferences import preferences
from ...scene import CONTROL_FPS
from ...surroundings.free_place import free_place
from ...words.sentences import tell
from ..base import NeedsIdleBody, NeedsPrompt


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
    """Add a person to key poses on, standing on the floor at the 3D cursor"""

    bl_idname = "motivo.add_body"
    bl_label = "Add Body"
    bl_options = {"REGISTER", "UNDO"}

    location: FloatVectorProperty(
        name="Location",
        description="Where on the floor the body stands, if nothing is in the way",
        subtype="TRANSLATION",
        size=2,
        options={"SKIP_SAVE"},  # the cursor may be elsewhere by the next time
    )
    beside: BoolProperty(
        name="Beside What Is There",
        description="Step aside where an object stands already",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context, _event) -> set[str]:
        """By hand: beside what is there; a script's body stands where the script wants it."""
        if not self.properties.is_property_set("beside"):
            self.beside = True
        return self.execute(context)

    def execute(self, context) -> set[str]:
        from ...keys.resize import resize
        from ...rig.body.armature import add_body
        from ...rig.body.size import check

        try:
            check(self.height, self.mass)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        if not self.properties.is_property_set("location"):
            self.location = context.scene.cursor.location.xy
        place, thing = Vector((*self.location, 0.0)), ""
        if self.beside:
            place, thing = free_place(context, place)
        body = add_body(context)
        resize(body, self.height, self.mass)
        body.location = place
        body.motivo.generation.takes = preferences().default_takes
        body.motivo.generation.quality = preferences().default_quality
        told = f"Added '{body.name}'. Key some poses on it, then add a prompt."
        if thing:
            told = f"Added '{body.name}' beside '{thing}', which stands at that place."
        tell(self, {"INFO"}, told)
        return {"FINISHED"}


class MOTIVO_OT_resize_body(_Size, NeedsIdleBody, bpy.types.Operator):
    """Make the body taller, smaller, heavier or lighter. Its pose, its keys and its takes go along; generate again to have it performed at its new size"""

    bl_idname = "motivo.resize_body"
    bl_label = "Height and Mass"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context, _event) -> set[str]:
        from ...rig.body.size import reference_height

        settings = active_body(context).motivo
        self.height = settings.height or reference_height()
        self.mass = settings.mass
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context) -> set[str]:
        from ...keys.resize import resize

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
        from ...rig.body.size import size_of

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
