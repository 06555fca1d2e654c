"""Files for engines."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty

from ...bodies import active_armature
from ...words.sentences import tell
from ..base import SaysWhyNot


class NeedsAction(SaysWhyNot):
    """Works on the Action that the active armature plays."""

    @classmethod
    def problem(cls, context: bpy.types.Context) -> str:
        armature = active_armature(context)
        if armature is None:
            return "Select a body or a character"
        if armature.mode == "EDIT":
            return "Leave Edit Mode first"
        data = armature.animation_data
        if data is None or data.action is None:
            return "The character plays no Action; bake a take or choose one"
        return ""


class MOTIVO_OT_export_takes(NeedsAction, bpy.types.Operator):
    """Write the take, or all takes, for the engine, and read every file back to check it"""

    bl_idname = "motivo.export_takes"
    bl_label = "Export"

    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context, _event) -> set[str]:
        """Asks for a folder where none is chosen yet; it stays chosen."""
        if context.scene.motivo_export.folder.strip():
            return self.execute(context)
        self.directory = str(Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home())
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context) -> set[str]:
        from ....runtime.errors import UserError
        from ...export.engines import TOLERANCE_MM, export_takes
        from ...rig.bake import scene_fps

        settings = context.scene.motivo_export
        if self.directory and not settings.folder.strip():
            settings.folder = self.directory
        manager = context.window_manager
        manager.progress_begin(0.0, 1.0)

        def show(fraction: float, text: str = "", _preview=None) -> None:
            manager.progress_update(fraction)

        try:
            written = export_takes(
                context,
                active_armature(context),
                settings.folder,
                settings.values(scene_fps(context.scene)),
                progress=show,
            )
        except (UserError, OSError) as error:
            settings.report = f"Not exported: {error}"
            tell(self, {"ERROR"}, settings.report)
            return {"CANCELLED"}
        finally:
            manager.progress_end()
        notes = dict.fromkeys(note for file in written for note in file.notes)
        settings.report = "\n".join([*(file.in_words() for file in written), *notes])
        off = max(file.error_mm for file in written)
        tell(
            self,
            {"WARNING"} if off > TOLERANCE_MM else {"INFO"},
            written[0].in_words()
            if len(written) == 1
            else f"{len(written)} files written and read back, largest error {off:.3f} mm",
        )
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_export_takes,)
