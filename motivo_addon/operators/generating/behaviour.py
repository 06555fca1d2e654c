"""Editing behaviours and poses."""

import json

import bpy
from bpy.props import IntProperty

from ... import worker_timer
from ...bodies import active_body
from ...client import session
from ...prompts.kinds import behaviour, pose
from ...words.sentences import tell
from ..base import NeedsPrompt


def active_prompt(context: bpy.types.Context):
    settings = active_body(context).motivo
    return settings.prompts[settings.active_prompt]


class _NeedsBehaviour(NeedsPrompt):
    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and active_prompt(context).kind != behaviour.KIND.identifier:
            return "Choose a Behaviour prompt in the list"
        return problem


class _NeedsRow(_NeedsBehaviour):
    index: IntProperty(min=0, options={"HIDDEN"})

    def row(self, context):
        """The row that the button belongs to; None if it is gone."""
        rows = active_prompt(context).behaviour.rows
        return rows[self.index] if self.index < len(rows) else None


class MOTIVO_OT_behaviour_add(_NeedsBehaviour, bpy.types.Operator):
    """Mix another behaviour into this prompt"""

    bl_idname = "motivo.behaviour_add"
    bl_label = "Add Behaviour"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        active_prompt(context).behaviour.rows.add()
        return {"FINISHED"}


class MOTIVO_OT_behaviour_remove(_NeedsRow, bpy.types.Operator):
    """Take this behaviour out of the mix"""

    bl_idname = "motivo.behaviour_remove"
    bl_label = "Remove Behaviour"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        if self.row(context) is None:
            return {"CANCELLED"}
        active_prompt(context).behaviour.rows.remove(self.index)
        return {"FINISHED"}


class MOTIVO_OT_check_reward(_NeedsRow, bpy.types.Operator):
    """See whether the expression can be performed, and what is wrong with it if not"""

    bl_idname = "motivo.check_reward"
    bl_label = "Check Expression"
    bl_options = {"INTERNAL"}

    def execute(self, context) -> set[str]:
        row = self.row(context)
        if row is None or not row.reward():
            tell(self, {"ERROR"}, "The expression is empty; write one.")
            return {"CANCELLED"}
        session().check_reward(row.reward())
        _wait_without_window()
        return {"FINISHED"}


class MOTIVO_OT_reward_words(_NeedsBehaviour, bpy.types.Operator):
    """Show or hide the words that expressions are made of"""

    bl_idname = "motivo.reward_words"
    bl_label = "Words of Expressions"
    bl_options = {"INTERNAL"}

    def execute(self, _context) -> set[str]:
        if session().reward_words is None:
            session().find_reward_words()
            _wait_without_window()
        else:
            session().reward_words = None
        return {"FINISHED"}


class MOTIVO_OT_use_current_pose(NeedsPrompt, bpy.types.Operator):
    """Keep the pose the body is in now, keyed or not, as the pose of this prompt"""

    bl_idname = "motivo.use_current_pose"
    bl_label = "Use Current Pose"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and active_prompt(context).kind != pose.KIND.identifier:
            return "Choose a Pose prompt in the list"
        return problem

    def execute(self, context) -> set[str]:
        from ....runtime.errors import UserError
        from ...rig.sample import sample_pose

        settings = active_prompt(context).pose
        try:
            qpos = sample_pose(context, active_body(context))
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        settings.captured = json.dumps(qpos.round(6).tolist())
        settings.source = "CURRENT"
        tell(self, {"INFO"}, "The pose is kept.")
        return {"FINISHED"}


def _wait_without_window() -> None:
    """A window hears of the answer by the worker timer; scripts have to wait for it."""
    if bpy.app.background:
        session().wait()
    worker_timer.start()


CLASSES = (
    MOTIVO_OT_behaviour_add,
    MOTIVO_OT_behaviour_remove,
    MOTIVO_OT_check_reward,
    MOTIVO_OT_reward_words,
    MOTIVO_OT_use_current_pose,
)
