"""What a person does with takes: choose, save, discard, export."""

from dataclasses import replace

import bpy
from bpy.props import IntProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from ....runtime.errors import UserError
from ... import worker_timer
from ...bodies import active_body
from ...client import session
from ...words.sentences import tell
from ..base import NeedsBody, NeedsTake


class MOTIVO_OT_choose_take(NeedsTake, bpy.types.Operator):
    """Look at this take"""

    bl_idname = "motivo.choose_take"
    bl_label = "Choose Take"
    bl_options = {"INTERNAL"}

    index: IntProperty(min=0)

    def execute(self, context) -> set[str]:
        uid = active_body(context).session_uid
        takes = session().takes[uid]
        session().takes[uid] = replace(
            takes, chosen=min(self.index, len(takes.motions) - 1), baked_as=""
        )
        return {"FINISHED"}


class MOTIVO_OT_discard_takes(NeedsTake, bpy.types.Operator):
    """Close the take: its ghost goes. It stays in the list All Takes until it is removed there"""

    bl_idname = "motivo.discard_takes"
    bl_label = "Close Take"
    bl_options = {"INTERNAL"}

    def execute(self, context) -> set[str]:
        session().discard(active_body(context).session_uid)
        worker_timer.refresh()  # the ghost goes with them
        return {"FINISHED"}


class _NamedExport(ExportHelper):
    """A file dialog that suggests the name of what is written."""

    def invoke(self, context, event) -> set[str]:
        if not self.filepath:
            self.filepath = bpy.path.clean_name(self.suggested_name(context)) + self.filename_ext
        return super().invoke(context, event)


class MOTIVO_OT_save_take(NeedsTake, _NamedExport, bpy.types.Operator):
    """Save the take as a file that a Motion File prompt, the command line and pipelines read"""

    bl_idname = "motivo.save_take"
    bl_label = "Save Take"

    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.npz;*.bvh", options={"HIDDEN"})
    check_extension = None

    @staticmethod
    def suggested_name(context) -> str:
        return session().takes[active_body(context).session_uid].title

    def execute(self, context) -> set[str]:
        from ....runtime.motion import Motion, save_motion

        takes = session().takes[active_body(context).session_uid]
        try:
            save_motion(Motion.from_dict(takes.motion), self.filepath)
        except (UserError, OSError) as error:
            tell(self, {"ERROR"}, f"The take was not saved: {error}")
            return {"CANCELLED"}
        tell(self, {"INFO"}, f"Saved {self.filepath}")
        return {"FINISHED"}


class MOTIVO_OT_export_fbx(NeedsBody, _NamedExport, bpy.types.Operator):
    """Export the body and the Action it plays as FBX, for game engines"""

    bl_idname = "motivo.export_fbx"
    bl_label = "Export FBX"

    filename_ext = ".fbx"
    filter_glob: StringProperty(default="*.fbx", options={"HIDDEN"})

    @staticmethod
    def suggested_name(context) -> str:
        body = active_body(context)
        animation = body.animation_data
        return animation.action.name if animation and animation.action else body.name

    def execute(self, context) -> set[str]:
        from ...export.fbx import export_fbx

        try:
            export_fbx(context, active_body(context), self.filepath)
        except (UserError, OSError) as error:
            tell(self, {"ERROR"}, f"Nothing was exported: {error}")
            return {"CANCELLED"}
        tell(self, {"INFO"}, f"Exported {self.filepath}")
        return {"FINISHED"}


CLASSES = (
    MOTIVO_OT_choose_take,
    MOTIVO_OT_discard_takes,
    MOTIVO_OT_save_take,
    MOTIVO_OT_export_fbx,
)
