"""From a take to an Action, and back to the keys it was made from."""

import math
from dataclasses import replace

import bpy

from ...bodies import active_body
from ...client import session
from ...keys.watch import look, look_soon
from ...scene import CONTROL_FPS, scene_fps
from ...shelf.baking import BONES
from ...words.sentences import draw_sentence, tell
from ...words.translations import translated
from ..base import NeedsBody, NeedsIdleBody, NeedsTake

DIALOG_WIDTH = 320
"""Pixels at a resolution scale of 1."""


class MOTIVO_OT_bake(NeedsTake, bpy.types.Operator):
    """Write the take to a new Action of the body. The Action with your keys is kept"""

    bl_idname = "motivo.bake"
    bl_label = "Bake"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context, _event) -> set[str]:
        scene = context.scene
        takes = session().takes[active_body(context).session_uid]
        fits = (scene.frame_start, scene.frame_end) == take_range(scene, takes)
        if scene.motivo_bake.scene_range != "ASK" or fits:
            return self.execute(context)
        scene.motivo_bake.scene_range = "SET"
        return context.window_manager.invoke_props_dialog(
            self,
            title=translated("The scene's frames"),
            confirm_text=translated("Bake"),
            width=DIALOG_WIDTH,
        )

    def draw(self, context) -> None:
        scene = context.scene
        start, end = take_range(scene, session().takes[active_body(context).session_uid])
        column = self.layout.column()
        told = (
            f"The take runs from frame {start} to {end}, the scene from {scene.frame_start} to"
            f" {scene.frame_end}."
        )
        draw_sentence(context, column, told, width=DIALOG_WIDTH)
        column.separator()
        for choice, text in (
            ("SET", translated(f"Play frames {start} to {end}")),
            ("KEEP", translated("Leave the scene as it is")),
        ):
            column.prop_enum(scene.motivo_bake, "scene_range", choice, text=text, translate=False)
        column.separator()
        asked = "Motivo will not ask again; the panel Bake has it."
        draw_sentence(context, column, asked, width=DIALOG_WIDTH)

    def cancel(self, context) -> None:
        context.scene.motivo_bake.scene_range = "ASK"

    def execute(self, context) -> set[str]:
        import numpy as np
        from mathutils import Matrix

        from ....runtime.motion import Motion
        from ...keys.base import base_of, remember_base
        from ...keys.edits import add_edits, find_edits, keys_of, mark_baked
        from ...rig import curves
        from ...rig.bake import bake_motion, overriding_constraints
        from ...rig.finish import at_whole_frames, closes, keep_parts, repeat
        from ...surroundings.moved import at_frames, bake_moved
        from ...viewport.asked import is_out_of_date, what_is_asked
        from .people import bake_people

        body, scene = active_body(context), context.scene
        settings = scene.motivo_bake
        takes = session().takes[body.session_uid]
        played = curves.active_action(body)
        keys = keys_of(played) or played
        keep_sources(body, keys)
        if keys is not None and keys == played:
            remember_base(body, keys)
        base = base_of(body, keys) if keys is not None else base_of_pose(body)
        edits = find_edits(body)
        if edits is not None and edits.frames:
            add_edits(body, edits, keys)
        motion = Motion.from_dict(takes.motion)
        if settings.whole_frames:
            motion = at_whole_frames(context, motion)
        action = bake_motion(context, body, motion, takes.title, takes.start_frame)
        mark_baked(action, keys, motion.qpos)
        keep_parts(body, action, settings.kept_bones(), keys, base)
        if takes.place is not None:
            body.matrix_world = Matrix(takes.place)
        ways = motion.metadata.get("loose") or {}
        people = motion.metadata.get("people") or {}
        up_to_date = not is_out_of_date(body, takes)
        gone = []
        if ways:
            # At the frames at which the body has its keys.
            numbers = np.arange(motion.frames)
            frames = (takes.start_frame + numbers * scene_fps(scene) / motion.fps).tolist()
            ways = at_frames(ways, numbers * CONTROL_FPS / motion.fps)
            gone = bake_moved(context, ways, body.matrix_world.copy(), frames, takes.title)
        if people:
            place, whole = body.matrix_world.copy(), settings.whole_frames
            gone += bake_people(context, people, place, takes.start_frame, takes.title, whole)
        if settings.scene_range == "SET":
            scene.frame_start, scene.frame_end = take_range(scene, takes)
        takes = replace(takes, baked_as=action.name)
        if people and takes.asked and up_to_date:
            # They play now what they were asked for together with the body: that is not new.
            look(body)
            takes = replace(takes, asked=what_is_asked(body))
        session().takes[body.session_uid] = takes
        look_soon(body)
        told = [f"Baked {motion.frames} frames to the Action '{action.name}'."]
        if settings.cyclic and closes(motion):
            repeat(body, action)
        elif settings.cyclic:
            told.append("It does not end as it began, so it does not repeat; Clean Up can loop it.")
        if gone:
            told.append(f"Not in the scene any more, and not keyed: {', '.join(gone)}.")
        bent = overriding_constraints(body)
        if bent:
            told.append(f"Constraints bend it, mute them to see it as it is: {', '.join(bent)}.")
        tell(self, {"WARNING" if len(told) > 1 else "INFO"}, " ".join(told))
        return {"FINISHED"}


def base_of_pose(body: bpy.types.Object):
    """The pose as it stands, of a body on which nothing is keyed."""
    from ...rig.channels import current_base

    return current_base(body)


def take_range(scene: bpy.types.Scene, takes) -> tuple[int, int]:
    """First and last whole frame of the scene in which a take plays."""
    frames = len(takes.motion["qpos"])
    length = (frames - 1) * scene_fps(scene) / CONTROL_FPS
    return math.floor(takes.start_frame), math.ceil(takes.start_frame + length - 1e-6)


def keep_sources(body: bpy.types.Object, action: bpy.types.Action | None) -> None:
    """Names the Action with the keys in prompts that meant the one the body plays: it changes."""
    if action is None:
        return
    for prompt in body.motivo.prompts:
        keys = prompt.keyframes
        if prompt.kind == "KEYFRAMES" and keys.action is None and keys.armature in (None, body):
            keys.action = action


class MOTIVO_OT_edit_keys(NeedsBody, bpy.types.Operator):
    """Let the body play the keys that the take was made from, to change them. The take is kept"""

    bl_idname = "motivo.edit_keys"
    bl_label = "Edit Keys"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and played_keys(active_body(context)) is None:
            return "The body plays no baked take of its keys"
        return problem

    def execute(self, context) -> set[str]:
        from ...keys.base import apply_base, base_of
        from ...keys.edits import add_edits, find_edits
        from ...rig import curves

        body = active_body(context)
        keys = played_keys(body)
        edits = find_edits(body)
        if edits is not None and edits.frames:
            add_edits(body, edits, keys)
        base = base_of(body, keys)
        curves.active_action(body).use_fake_user = True
        curves.assign(body, keys)
        apply_base(body, base)
        look_soon(body)
        # What is keyed is shown again as it is keyed.
        context.scene.frame_set(context.scene.frame_current)
        tell(self, {"INFO"}, f"'{body.name}' plays the keys '{keys.name}'.")
        return {"FINISHED"}


def played_keys(body: bpy.types.Object) -> bpy.types.Action | None:
    """The keys of the take that the body plays."""
    animation = body.animation_data
    action = animation.action if animation else None
    kept = action.get("motivo_keys") if action is not None else None
    return kept if isinstance(kept, bpy.types.Action) else None


class MOTIVO_OT_bake_selected_bones(NeedsIdleBody, bpy.types.Operator):
    """Take only the selected bones from the performance; all others keep the keys they have"""

    bl_idname = "motivo.bake_selected_bones"
    bl_label = "Only Selected Bones"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and not _selected_bones(context):
            return "Select bones of the body in Pose Mode"
        return problem

    def execute(self, context) -> set[str]:
        settings = context.scene.motivo_bake
        settings.by_bone, settings.bones = True, _selected_bones(context)
        return {"FINISHED"}


def _selected_bones(context: bpy.types.Context) -> set[str]:
    body = active_body(context)
    chosen = context.selected_pose_bones or ()
    return {bone.name for bone in chosen if bone.id_data == body and bone.name in BONES}


CLASSES = (MOTIVO_OT_bake, MOTIVO_OT_edit_keys, MOTIVO_OT_bake_selected_bones)
