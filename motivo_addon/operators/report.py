"""Telling others what went wrong."""

import platform

import bpy

from ..client import Notice, log_file, session
from ..settings import ROOT_PACKAGE


def report_text(notice: Notice) -> str:
    """Everything a maintainer asks for first, as text to paste."""
    worker = session().worker
    hello = (worker.hello if worker is not None else None) or {}
    lines = [
        notice.text,
        "",
        f"Blender {bpy.app.version_string}, {platform.platform()}, {ROOT_PACKAGE}",
        *(f"{name} {version}" for name, version in hello.get("versions", {}).items()),
        f"Log: {log_file()}",
        "",
        notice.details,
    ]
    return "\n".join(lines)


class MOTIVO_OT_copy_report(bpy.types.Operator):
    """Copy what went wrong, with versions and the end of the log, to paste into a bug report"""

    bl_idname = "motivo.copy_report"
    bl_label = "Copy Report"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context) -> bool:
        return session().notice is not None

    def execute(self, context) -> set[str]:
        context.window_manager.clipboard = report_text(session().notice)
        self.report({"INFO"}, "The report is on the clipboard.")
        return {"FINISHED"}


class MOTIVO_OT_dismiss_notice(bpy.types.Operator):
    """Close this message"""

    bl_idname = "motivo.dismiss_notice"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, _context) -> set[str]:
        session().notice = None
        return {"FINISHED"}


class MOTIVO_OT_open_log(bpy.types.Operator):
    """Open the folder with the log of the process that computes motions"""

    bl_idname = "motivo.open_log"
    bl_label = "Open Log Folder"
    bl_options = {"INTERNAL"}

    def execute(self, _context) -> set[str]:
        bpy.ops.wm.path_open(filepath=str(log_file().parent))
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_copy_report, MOTIVO_OT_dismiss_notice, MOTIVO_OT_open_log)
