"""The file of a motion prompt: chosen, looked at, and what its bones are."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ....runtime.errors import UserError
from ... import worker_timer
from ...bodies import active_body, find_body
from ...characters.bone_maps import read_rows, write_rows
from ...client import session
from ...prompts.kinds import motion_file
from ...scene import CONTROL_FPS, scene_fps
from ...words.sentences import tell
from ..base import NeedsPrompt


class MOTIVO_OT_choose_motion_file(NeedsPrompt, ImportHelper, bpy.types.Operator):
    """Choose the motion to perform; the prompt becomes as long as the file"""

    bl_idname = "motivo.choose_motion_file"
    bl_label = "Choose Motion File"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ""
    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in motion_file.SUFFIXES), options={"HIDDEN"}
    )

    def execute(self, context) -> set[str]:
        body = active_body(context)
        prompt = body.motivo.prompts[body.motivo.active_prompt]
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            tell(self, {"ERROR"}, f"The file '{path.name}' is not there; choose another.")
            return {"CANCELLED"}
        prompt.kind = motion_file.KIND.identifier
        settings = prompt.motion_file
        if settings.path != str(path):
            _forget(settings)
        settings.path = str(path)
        prompt.name = path.stem
        return _look(self, context, prompt)


class _NeedsMotionFile(NeedsPrompt):
    """Works on the file of the active prompt."""

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if problem:
            return problem
        prompt = _prompt(context)
        if prompt.kind != motion_file.KIND.identifier or not prompt.motion_file.path:
            return "Choose a motion file first"
        return ""


def _prompt(context: bpy.types.Context):
    settings = active_body(context).motivo
    return settings.prompts[settings.active_prompt]


class MOTIVO_OT_read_motion_file(_NeedsMotionFile, bpy.types.Operator):
    """Look at the file again with what is said of it; the prompt becomes as long as the motion"""

    bl_idname = "motivo.read_motion_file"
    bl_label = "Read Again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        return _look(self, context, _prompt(context))


class MOTIVO_OT_save_source_map(_NeedsMotionFile, ExportHelper, bpy.types.Operator):
    """Save which joint of the file is which, for other files and for --map"""

    bl_idname = "motivo.save_source_map"
    bl_label = "Save Bone Map"

    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        rig_map = read_rows(_prompt(context).motion_file.rig)
        if rig_map is None:
            tell(self, {"ERROR"}, "The file was not looked at yet; press Read Again.")
            return {"CANCELLED"}
        try:
            Path(self.filepath).write_text(rig_map.to_json(), encoding="utf-8")
        except OSError as error:
            tell(self, {"ERROR"}, f"The map was not saved: {error}")
            return {"CANCELLED"}
        tell(self, {"INFO"}, f"Saved {self.filepath}")
        return {"FINISHED"}


class MOTIVO_OT_load_source_map(_NeedsMotionFile, ImportHelper, bpy.types.Operator):
    """Use a saved map of bones for this file"""

    bl_idname = "motivo.load_source_map"
    bl_label = "Load Bone Map"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        from ....runtime.skeletons.bone_map import RigMap

        settings = _prompt(context).motion_file
        try:
            rig_map = RigMap.read(Path(self.filepath))
        except UserError as error:
            tell(self, {"ERROR"}, f"The map was not loaded: {error}")
            return {"CANCELLED"}
        write_rows(settings.rig, rig_map)
        for row in settings.rig.rows:
            row.origin = "user" if row.bone else row.origin
        gone = rig_map.missing_bones(joint.name for joint in settings.joints)
        if gone and settings.joints:
            tell(self, {"WARNING"}, f"The file has no joint '{gone[0]}'; mend the list.")
        return {"FINISHED"}


def _look(operator: bpy.types.Operator, context: bpy.types.Context, prompt) -> set[str]:
    """Length, notes and bones of the prompt's file, now or when the worker has read it."""
    body = active_body(context)
    path = motion_file.file_path(prompt.motion_file)
    fps, uid, stored = scene_fps(context.scene), body.session_uid, prompt.motion_file.path

    def show(answer: dict[str, Any]) -> None:
        """The body may have changed meanwhile: only the prompt with this very file is fitted."""
        owner = find_body(uid)
        for candidate in owner.motivo.prompts if owner is not None else ():
            if candidate.motion_file.path == stored:
                length = round((answer["frames"] - 1) * fps / CONTROL_FPS)
                candidate.end = candidate.start + max(1, length)
                _show(candidate.motion_file, answer)

    try:
        options = motion_file.said_options(prompt.motion_file)
        if path.suffix.lower() in motion_file.IN_BLENDER:
            show(_inspected_here(context, path, options))
            return {"FINISHED"}
    except UserError as error:
        tell(operator, {"ERROR"}, str(error))
        return {"CANCELLED"}
    session().inspect(path, show, options.to_dict() if options is not None else {})
    if bpy.app.background:
        session().wait()
        if session().notice is not None:
            tell(operator, {"ERROR"}, session().notice.text)
    worker_timer.start()
    return {"FINISHED"}


def _inspected_here(context: bpy.types.Context, path: Path, options) -> dict[str, Any]:
    """What the worker says of other files, of those that Blender itself reads."""
    from ....runtime.motion.sources.inspection import inspect_clip
    from ...characters.motion_scene import read_scene_motion

    clip = read_scene_motion(context, path, options, known=False)
    return inspect_clip(clip, path.name).to_dict()


def _show(settings, answer: dict[str, Any]) -> None:
    from ....runtime.skeletons.bone_map import RigMap

    settings.notes = "\n".join(answer.get("notes", ()))
    settings.problem = answer.get("problem", "")
    # What is asked for stands where it can be said.
    settings.say = settings.say or bool(settings.problem) or "--" in settings.notes
    settings.joints.clear()
    for name in answer.get("joints", ()):
        settings.joints.add().name = name
    if "map" in answer and motion_file.said_map(settings) is None:
        write_rows(settings.rig, RigMap.from_dict(answer["map"]))


def _forget(settings) -> None:
    """What was said of another file."""
    for name in ("notes", "problem", "up", "up_direction", "source_fps", "unit", "person"):
        settings.property_unset(name)
    settings.joints.clear()
    settings.rig.rows.clear()


CLASSES = (
    MOTIVO_OT_choose_motion_file,
    MOTIVO_OT_read_motion_file,
    MOTIVO_OT_save_source_map,
    MOTIVO_OT_load_source_map,
)
