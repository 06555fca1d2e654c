"""The motion on the person's own character: what its bones are, transfer, and generating for it."""

import math
from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ....runtime.errors import UserError
from ....runtime.progress import to_the_end
from ...bodies import active_body, find_body
from ...characters.settings import read_map, settings_of, target_of, write_map
from ...client import Notice, session
from ...words.sentences import tell
from ..base import NeedsIdleBody
from ..generating.generate import MOTIVO_OT_generate, watched
from ..stepping import InSteps


class _NeedsCharacter(NeedsIdleBody):
    """Works on the character of the active body."""

    @classmethod
    def problem(cls, context) -> str:
        return super().problem(context) or character_problem(context)


def character_problem(context: bpy.types.Context) -> str:
    """Why there is no one character to work on, or nothing."""
    try:
        target_of(context, active_body(context))
    except UserError as error:
        return str(error).rstrip(".")
    return ""


_CLOSED = Notice("The window was closed; retargeting was stopped.", is_error=False)
_RETARGETING = ("Retargeting", "Onto the character")
"""Title and text of the work."""


class MOTIVO_OT_detect_rig(_NeedsCharacter, bpy.types.Operator):
    """Find out which bone of the character is which part of a person"""

    bl_idname = "motivo.detect_rig"
    bl_label = "Detect Bones"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        from ...characters.read_rig import detect_rig

        body = active_body(context)
        try:
            target = target_of(context, body)
            rig_map = detect_rig(target)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        body.motivo_character.target = target
        write_map(target, rig_map)
        tell(self, {"INFO"}, f"{target.name}: {rig_map.in_words()}")
        return {"FINISHED"}


class MOTIVO_OT_save_rig_map(_NeedsCharacter, ExportHelper, bpy.types.Operator):
    """Save which bone is which, for other characters with the same bones"""

    bl_idname = "motivo.save_rig_map"
    bl_label = "Save Bone Map"

    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context, event) -> set[str]:
        name = target_of(context, active_body(context)).name
        self.filepath = bpy.path.clean_name(f"{name} bones") + self.filename_ext
        return super().invoke(context, event)

    def execute(self, context) -> set[str]:
        try:
            rig_map = read_map(target_of(context, active_body(context)))
            Path(self.filepath).write_text(rig_map.to_json(), encoding="utf-8")
        except (UserError, OSError) as error:
            tell(self, {"ERROR"}, f"The map was not saved: {error}")
            return {"CANCELLED"}
        tell(self, {"INFO"}, f"Saved {self.filepath}")
        return {"FINISHED"}


class MOTIVO_OT_load_rig_map(_NeedsCharacter, ImportHelper, bpy.types.Operator):
    """Use a saved map of bones for this character"""

    bl_idname = "motivo.load_rig_map"
    bl_label = "Load Bone Map"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        from ....runtime.skeletons.bone_map import RigMap

        body = active_body(context)
        try:
            target = target_of(context, body)
            rig_map = RigMap.from_json(Path(self.filepath).read_text(encoding="utf-8"))
        except (UserError, OSError, UnicodeDecodeError) as error:
            tell(self, {"ERROR"}, f"The map was not loaded: {error}")
            return {"CANCELLED"}
        body.motivo_character.target = target
        write_map(target, rig_map)
        gone = rig_map.missing_bones(target.data.bones.keys())
        if gone:
            tell(self, {"WARNING"}, f"'{target.name}' has no bone '{gone[0]}'; mend the list.")
        return {"FINISHED"}


class MOTIVO_OT_retarget(_NeedsCharacter, InSteps, bpy.types.Operator):
    """Put what the body plays onto the character, as a new Action. Its old Action is kept"""

    bl_idname = "motivo.retarget"
    bl_label = "Retarget"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem:
            animation = active_body(context).animation_data
            if animation is None or animation.action is None:
                return "The body plays nothing; bake a take first"
        return problem

    def execute(self, context) -> set[str]:
        """From a script: returns when it is done."""
        try:
            return self._made(context, to_the_end(self._work(context)))
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}

    def invoke(self, context, _event) -> set[str]:
        result = self._run(context, self._work(context), *_RETARGETING)
        if result == {"RUNNING_MODAL"}:
            context.window_manager.modal_handler_add(self)
        return result

    def modal(self, context, event) -> set[str]:
        return self._step(context, event)

    def cancel(self, _context) -> None:
        self._stop(_CLOSED)

    def _work(self, context):
        """Steps that end with the character and its new Action."""
        from ...characters.write_action import retarget_steps

        body = active_body(context)
        played = body.animation_data.action
        target = target_of(context, body)
        action = yield from retarget_steps(
            context,
            body,
            played,
            target,
            read_map(target),
            settings_of(body.motivo_character),
            f"{target.name} {played.name}",
        )
        return body, target, action

    def _made(self, context, made) -> set[str]:
        body, target, action = made
        body.motivo_character.target = target
        tell(self, {"INFO"}, " ".join(_told(target, action)))
        for warning in action["motivo_warnings"].splitlines():
            tell(self, {"WARNING"}, f"On '{target.name}' {warning}.")
        return {"FINISHED"}


class MOTIVO_OT_generate_for_character(_NeedsCharacter, InSteps, bpy.types.Operator):
    """Perform the poses keyed on the character under physics, and put the motion back on it"""

    bl_idname = "motivo.generate_for_character"
    bl_label = "Generate for This Character"
    bl_options = {"REGISTER", "UNDO"}

    invoke = MOTIVO_OT_generate.invoke

    def modal(self, context, event) -> set[str]:
        if self._steps is not None:
            return self._step(context, event)
        return MOTIVO_OT_generate.modal(self, context, event)

    def cancel(self, context) -> None:
        if self._steps is not None:
            self._stop(_CLOSED)
        else:
            MOTIVO_OT_generate.cancel(self, context)

    def execute(self, context) -> set[str]:
        """From a script: returns when the character has its motion. Blender stands still meanwhile."""
        made = watched(active_body(context))
        self._begin(context)
        session().wait()
        notice = session().notice
        if notice is not None:
            tell(self, {"INFO"} if made() else {"ERROR"}, notice.text)
        if not made():
            return {"CANCELLED"}
        try:
            return self._made(context, to_the_end(self._work(context)))
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}

    def _begin(self, context) -> None:
        """Gives the worker its job; if there can be none, the session's notice says why."""
        from ....runtime.prompts import MotionPrompt, Timeline
        from ...characters.source_clip import fit_source
        from ...characters.validation import require_character, require_map
        from ...rig.curves import keyed_range
        from ...scene import CONTROL_FPS, scene_fps

        body = active_body(context)
        self._body, self._takes_before = body.session_uid, session().takes.get(body.session_uid)
        try:
            target = target_of(context, body)
            self._target = target.session_uid
            rig_map = read_map(target)
            require_character(target, body)
            require_map(target, rig_map, settings_of(body.motivo_character))
            keyed = keyed_range(target)
            if keyed is None:
                raise UserError(f"'{target.name}' has no keyframes. Key some poses on it.")
            start, end = math.floor(keyed[0]), math.ceil(keyed[1])
            clip = fit_source(context, target, rig_map, start, end)
        except UserError as error:
            session().notice = Notice(str(error), error.details)
            return
        last = round((end - start) * CONTROL_FPS / scene_fps(context.scene))
        prompt = MotionPrompt(0, last, f"{target.name} keys", source=clip, placement="world")
        settings = body.motivo.generation.values()
        timeline = Timeline((prompt,)).to_dict()
        session().generate(body, timeline, settings, prompt.name, start)

    def _end(self, context) -> set[str]:
        finished = MOTIVO_OT_generate._end(self, context)
        takes = session().takes.get(self._body)
        if "FINISHED" not in finished or takes is None or takes is self._takes_before:
            return {"CANCELLED"}  # it was stopped
        return self._run(context, self._work(context), *_RETARGETING)

    def _work(self, context):
        """Steps that put the take on the character that asked for it."""
        from dataclasses import replace

        from ....runtime.motion import Motion
        from ...characters.write_action import retarget_steps

        # Whatever is active by now; without its body the work would have ended.
        body, takes = find_body(self._body), session().takes[self._body]
        target = find_body(self._target)
        if target is None:
            raise UserError("The character was deleted; the take is there, retarget it to another.")
        action = yield from retarget_steps(
            context,
            body,
            Motion.from_dict(takes.motion),
            target,
            read_map(target),
            replace(settings_of(body.motivo_character), place="world"),
            f"{target.name} performed",
            takes.start_frame,
        )
        return target, action

    def _made(self, context, made) -> set[str]:
        tell(self, {"INFO"}, " ".join(_told(*made)))
        return {"FINISHED"}


def _told(target: bpy.types.Object, action: bpy.types.Action) -> list[str]:
    """What is said of a character that got its Action; what nothing keeps out of the floor is kept with it."""
    from ...characters.read_skin import UNCOUNTED, told_uncounted

    uncounted = told_uncounted(target)
    if uncounted:
        action[UNCOUNTED] = uncounted
    told = [f"'{target.name}' plays the Action '{action.name}'."]
    return [*told, uncounted] if uncounted else told


CLASSES = (
    MOTIVO_OT_detect_rig,
    MOTIVO_OT_save_rig_map,
    MOTIVO_OT_load_rig_map,
    MOTIVO_OT_retarget,
    MOTIVO_OT_generate_for_character,
)
