"""The body itself and the scene around it."""

import bpy
from bpy.props import BoolProperty, FloatVectorProperty
from mathutils import Vector

from ..preferences import preferences
from ..scene import CONTROL_FPS
from ..sentences import tell
from ..surroundings.free_place import free_place


class MOTIVO_OT_add_body(bpy.types.Operator):
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
        from ..rig.armature import add_body

        if not self.properties.is_property_set("location"):
            self.location = context.scene.cursor.location.xy
        place, thing = Vector((*self.location, 0.0)), ""
        if self.beside:
            place, thing = free_place(context, place)
        body = add_body(context)
        body.location = place
        body.motivo.generation.takes = preferences().default_takes
        body.motivo.generation.quality = preferences().default_quality
        told = f"Added '{body.name}'. Key some poses on it, then add a prompt."
        if thing:
            told = f"Added '{body.name}' beside '{thing}', which stands at that place."
        tell(self, {"INFO"}, told)
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
