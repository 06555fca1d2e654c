"""Going to keys that no body can reach, and bringing them into reach."""

import bpy
from bpy.props import FloatProperty

from ..bodies import active_body
from .base import NeedsIdleBody


class MOTIVO_OT_go_to_key(bpy.types.Operator):
    """Go to this key"""

    bl_idname = "motivo.go_to_key"
    bl_label = "Go to Key"
    bl_options = {"INTERNAL"}

    frame: FloatProperty(options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        context.scene.frame_set(int(self.frame // 1), subframe=self.frame % 1)
        return {"FINISHED"}


class MOTIVO_OT_keys_into_reach(NeedsIdleBody, bpy.types.Operator):
    """Change keys that no body can take to the nearest pose it can: what Generate performs"""

    bl_idname = "motivo.keys_into_reach"
    bl_label = "Bring into Reach"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        from ..keys.reach import keys_into_reach

        body = active_body(context)
        changed = keys_into_reach(body)
        context.scene.frame_set(context.scene.frame_current, subframe=context.scene.frame_subframe)
        if not changed:
            self.report({"INFO"}, "Every keyed pose can be reached.")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Changed {changed} keyed {'pose' if changed == 1 else 'poses'}.")
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_go_to_key, MOTIVO_OT_keys_into_reach)
