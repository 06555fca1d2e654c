"""Going to keys, bringing those that no body can reach into reach, holding some more tightly."""

import bpy
from bpy.props import FloatProperty, IntProperty

from ...bodies import active_body
from ...words.sentences import tell
from ..base import NeedsIdleBody


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
        from ...keys.reach import keys_into_reach

        body = active_body(context)
        changed = keys_into_reach(body)
        context.scene.frame_set(context.scene.frame_current, subframe=context.scene.frame_subframe)
        if not changed:
            tell(self, {"INFO"}, "Every keyed pose can be reached.")
            return {"CANCELLED"}
        tell(self, {"INFO"}, f"Changed {changed} keyed {'pose' if changed == 1 else 'poses'}.")
        return {"FINISHED"}


def _keys_prompt(context):
    """The Keyframes prompt that is worked on, or None."""
    body = active_body(context)
    prompts = body.motivo.prompts if body is not None else ()
    active = body.motivo.active_prompt if body is not None else -1
    prompt = prompts[active] if 0 <= active < len(prompts) else None
    return prompt if prompt is not None and prompt.kind == "KEYFRAMES" else None


class MOTIVO_OT_hold_key(NeedsIdleBody, bpy.types.Operator):
    """Give the key at the current frame a tolerance and a weight of its own"""

    bl_idname = "motivo.hold_key"
    bl_label = "Hold This Key"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if problem:
            return problem
        return "" if _keys_prompt(context) is not None else "Choose a Keyframes prompt"

    def execute(self, context) -> set[str]:
        from ...prompts.kinds.keyframes import source_action, source_armature
        from ...rig.curves import frames_with_keys

        settings, body = _keys_prompt(context).keyframes, active_body(context)
        frame = context.scene.frame_current
        action = source_action(settings, body)
        keyed = [] if action is None else frames_with_keys(action, source_armature(settings, body))
        if frame not in {round(key) for key in keyed}:
            tell(self, {"WARNING"}, f"There is no key at frame {frame}; go to one of your keys.")
            return {"CANCELLED"}
        if frame not in {hold.frame for hold in settings.holds}:
            hold = settings.holds.add()
            hold.frame, hold.tolerance, hold.weight = frame, settings.tolerance, settings.weight
        return {"FINISHED"}


class MOTIVO_OT_release_key(NeedsIdleBody, bpy.types.Operator):
    """Hold this key as all others of the prompt"""

    bl_idname = "motivo.release_key"
    bl_label = "As the Others"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        prompt = _keys_prompt(context)
        if prompt is None or not 0 <= self.index < len(prompt.keyframes.holds):
            return {"CANCELLED"}
        prompt.keyframes.holds.remove(self.index)
        return {"FINISHED"}


CLASSES = (
    MOTIVO_OT_go_to_key,
    MOTIVO_OT_keys_into_reach,
    MOTIVO_OT_hold_key,
    MOTIVO_OT_release_key,
)
