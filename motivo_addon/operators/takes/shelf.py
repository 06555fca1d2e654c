"""What a person does with the takes on the shelf: compare, blend, generate again, throw away."""

import bpy
from bpy.props import FloatProperty, IntProperty

from ....runtime.errors import UserError
from ... import worker_timer
from ...bodies import active_body
from ...client import Notice, session
from ...scene import CONTROL_FPS, scene_fps
from ...shelf import store
from ...shelf.compared import chosen_take, compared_take
from ..base import NeedsIdleBody
from ..generating.generate import MOTIVO_OT_generate


class _NeedsKeptTake(NeedsIdleBody):
    """Works on the take that is chosen in the list."""

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and chosen_take(context) is None:
            return "Choose a take in the list"
        return problem


class MOTIVO_OT_remove_take(_NeedsKeptTake, bpy.types.Operator):
    """Throw this take away for good. Actions it was baked to stay"""

    bl_idname = "motivo.remove_take"
    bl_label = "Remove Take"
    bl_options = {"INTERNAL"}

    def execute(self, context) -> set[str]:
        uid = active_body(context).session_uid
        store.remove(chosen_take(context).number)
        kept = store.kept_takes(uid)
        if kept:
            session().takes[uid] = kept[-1].shown()
            store.rebuild_rows()
        return {"FINISHED"}


class MOTIVO_OT_compare_take(NeedsIdleBody, bpy.types.Operator):
    """Show this take beside the chosen one, here and as a green ghost, or no longer"""

    bl_idname = "motivo.compare_take"
    bl_label = "Compare"
    bl_options = {"INTERNAL"}

    number: IntProperty(options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        shelf = context.window_manager.motivo_shelf
        shelf.compared = 0 if shelf.compared == self.number else self.number
        worker_timer.refresh()
        return {"FINISHED"}


class _Performs:
    """Generates as the button Generate Motion does, from other prompts."""

    execute, invoke = MOTIVO_OT_generate.execute, MOTIVO_OT_generate.invoke
    modal, cancel = MOTIVO_OT_generate.modal, MOTIVO_OT_generate.cancel
    _end = MOTIVO_OT_generate._end

    def _asked(self, context) -> dict:
        """Arguments of ``Session.generate`` behind the body. Raises ``UserError``."""
        raise NotImplementedError

    def _begin(self, context) -> None:
        try:
            asked = self._asked(context)
        except UserError as error:
            session().notice = Notice(str(error), error.details)
            return
        session().generate(active_body(context), **asked)


class MOTIVO_OT_take_again(_Performs, _NeedsKeptTake, bpy.types.Operator):
    """Generate this take again from what was asked for then, whatever the prompts say now"""

    bl_idname = "motivo.take_again"
    bl_label = "Generate Again"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and "timeline" not in chosen_take(context).motion["metadata"]:
            return "This take does not know what it was made from"
        return problem

    def _asked(self, context) -> dict:
        take = chosen_take(context)
        metadata = take.motion["metadata"]
        number = int(metadata.get("take", 0))
        settings = {**metadata.get("settings", {}), "takes": number + 1}
        return {
            "timeline": metadata["timeline"],
            "settings": settings,
            "name": take.name,
            "start_frame": take.start_frame,
            "place": take.place,
            "only": number,
        }


class MOTIVO_OT_blend_takes(_Performs, _NeedsKeptTake, bpy.types.Operator):
    """Perform the chosen take up to the current frame and the other one from there on"""

    bl_idname = "motivo.blend_takes"
    bl_label = "Blend"
    bl_options = {"REGISTER", "UNDO"}

    seconds: FloatProperty(
        name="Blend (s)",
        description="How long the one passes into the other",
        min=0.1,
        max=10.0,
        soft_max=2.0,
        default=0.5,
    )

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if problem:
            return problem
        if compared_take(context) is None:
            return "Choose a take to compare with; the chosen one passes into it"
        return ""

    def _asked(self, context) -> dict:
        from ....runtime.prompts import Timeline

        first, second = chosen_take(context), compared_take(context)
        fps = scene_fps(context.scene)
        at = round((context.scene.frame_current - first.start_frame) * CONTROL_FPS / fps)
        timeline = blended(first, second, at, max(2, round(self.seconds * CONTROL_FPS)))
        settings = active_body(context).motivo.generation.values()
        return {
            "timeline": Timeline(timeline).to_dict(),
            "settings": {**settings, "takes": 1},
            "name": _joined_name(first.name, second.name),
            "start_frame": first.start_frame,
            "place": first.place,
        }


def _joined_name(first: str, second: str) -> str:
    """Short enough for a row of the list: what both begin with, and more follows, is said once."""
    one, other = first.split(" "), second.split(" ")
    same = 0
    while same < min(len(one), len(other)) - 1 and one[same] == other[same]:
        same += 1
    return f"{first} to {' '.join(other[same:])}"[:50]


def blended(first: store.KeptTake, second: store.KeptTake, at: int, length: int) -> tuple:
    """The prompts of a motion that passes from one take to the other around frame ``at``.

    Frames at 30 a second from the start of the first. The second goes on from where
    the first has brought the body. ``UserError`` if the frame leaves too little of either.
    """
    from ....runtime.motion import Motion
    from ....runtime.prompts import MotionPrompt

    begin, end = at - length // 2, at - length // 2 + length
    if begin < 2 or end > first.frames - 1 or end > second.frames - 1:
        raise UserError(
            "There is no room to blend at this frame; go to one that both takes have, farther from"
            " their ends, or blend for less time."
        )
    return (
        MotionPrompt(0, end, first.name, source=Motion.from_dict(first.motion), placement="world"),
        MotionPrompt(
            begin,
            second.frames - 1,
            second.name,
            source=Motion.from_dict(second.motion),
            placement="continue",
            offset=begin,
        ),
    )


CLASSES = (
    MOTIVO_OT_remove_take,
    MOTIVO_OT_compare_take,
    MOTIVO_OT_take_again,
    MOTIVO_OT_blend_takes,
)
