"""A person's own motions for the library: what the body plays now."""

import bpy
from bpy.props import StringProperty

from ....runtime.errors import UserError
from ... import worker_timer
from ...bodies import active_body
from ...client import session
from ...words.sentences import tell
from ..base import NeedsIdleBody


class MOTIVO_OT_add_to_library(NeedsIdleBody, bpy.types.Operator):
    """Add the Action the body plays to your own library, where it is found between keys, along paths and in behaviours"""

    bl_idname = "motivo.add_to_library"
    bl_label = "Add Action to Library"
    bl_options = {"REGISTER"}

    credit: StringProperty(name="Credit", description="Whom the motion is to be credited to")

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem:
            data = active_body(context).animation_data
            if data is None or data.action is None:
                return "The body plays no Action; choose one, or bake a take"
        return problem

    def invoke(self, context, _event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context) -> None:
        self.layout.prop(self, "credit")

    def execute(self, context) -> set[str]:
        from ...rig.curves import keyed_range
        from ...rig.sample import sample_body

        body = active_body(context)
        action = body.animation_data.action
        ends = keyed_range(body)
        try:
            if ends is None:
                raise UserError(f"'{action.name}' has no keys; choose another Action.")
            motion = sample_body(context, body, *ends)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        session().add_to_library(motion.to_dict(), action.name, self.credit.strip())
        if bpy.app.background:
            session().wait()
            notice = session().notice
            if notice is not None and notice.is_error:
                tell(self, {"ERROR"}, notice.text)
                return {"CANCELLED"}
        worker_timer.start()
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_add_to_library,)
