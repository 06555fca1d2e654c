"""Telling others what went wrong."""

import platform
from pathlib import Path

import bpy
from bpy.props import StringProperty

from ..client import Notice, session
from ..connection import log_file
from ..preferences import ROOT_PACKAGE, preferences, tell_change
from ..words.sentences import tell


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
        tell(self, {"INFO"}, "The report is on the clipboard.")
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


class MOTIVO_OT_reset_preferences(bpy.types.Operator):
    """Set all preferences of Motivo back to what they were when it was installed"""

    bl_idname = "motivo.reset_preferences"
    bl_label = "Reset"
    bl_options = {"INTERNAL"}

    def execute(self, _context) -> set[str]:
        own = preferences()
        for name in type(own).__annotations__:
            own.property_unset(name)
        tell_change()  # which unsetting does not do
        tell(self, {"INFO"}, "The preferences of Motivo are as they were when it was installed.")
        return {"FINISHED"}


class MOTIVO_OT_help(bpy.types.Operator):
    """Open the page about this panel in your browser. It comes with Motivo and needs no internet"""

    bl_idname = "motivo.help"
    bl_label = "Help"
    bl_options = {"INTERNAL"}

    page: StringProperty(default="index", options={"HIDDEN"})

    def execute(self, _context) -> set[str]:
        path = guide_page(self.page)
        if not path.is_file():
            tell(self, {"ERROR"}, f"The page '{self.page}' is missing; install Motivo again.")
            return {"CANCELLED"}
        bpy.ops.wm.url_open(url=path.as_uri())
        return {"FINISHED"}


def guide_page(page: str) -> Path:
    """The file of a page of the guide."""
    return Path(__file__).resolve().parents[2] / "docs" / "guide" / f"{page}.html"


CLASSES = (
    MOTIVO_OT_copy_report,
    MOTIVO_OT_dismiss_notice,
    MOTIVO_OT_open_log,
    MOTIVO_OT_reset_preferences,
    MOTIVO_OT_help,
)
