"""Cleaning up the Action that the active armature plays; what was stays as an Action of its own."""

import bpy

from ...bodies import active_armature
from ...words.sentences import tell
from .export import NeedsAction


class _Cleans(NeedsAction):
    """Says in words what could not be done, and then leaves everything as it was."""

    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        from ....runtime.errors import UserError

        try:
            done = self.clean(context, active_armature(context), context.scene.motivo_cleanup)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        tell(self, {"INFO"}, done)
        return {"FINISHED"}

    def clean(self, context, armature, settings) -> str:
        raise NotImplementedError


def _rebake(context, armature, clip, what: str, every_bone: bool = False, others=()) -> str:
    from ...cleanup.actions import bake_clip
    from ...rig import curves

    first, _ = curves.keyed_range(armature)
    name = f"{curves.active_action(armature).name} {what}"
    action = bake_clip(context, armature, clip, name, first, every_bone, others)
    return f"Baked {clip.frames} frames to the Action '{action.name}'."


class MOTIVO_OT_clean_bake(_Cleans, bpy.types.Operator):
    """Write what is seen to a new Action with a key at every frame"""

    bl_idname = "motivo.clean_bake"
    bl_label = "Bake to New Action"

    def clean(self, context, armature, settings) -> str:
        from ...rig.clips import sample_clip

        clip = sample_clip(context, armature)
        return _rebake(context, armature, clip, "baked", settings.every_bone)


class MOTIVO_OT_clean_to_nla(_Cleans, bpy.types.Operator):
    """Move the Action onto a new track of the NLA editor"""

    bl_idname = "motivo.clean_to_nla"
    bl_label = "Push to NLA"

    def clean(self, context, armature, settings) -> str:
        from ...cleanup.actions import push_to_nla

        return f"Pushed '{push_to_nla(armature).name}' to a new NLA track."


class MOTIVO_OT_clean_reduce(_Cleans, bpy.types.Operator):
    """Keep only the keys that are needed to stay within the tolerance at every frame"""

    bl_idname = "motivo.clean_reduce"
    bl_label = "Reduce Keys"

    def clean(self, context, armature, settings) -> str:
        from ...cleanup.actions import reduce_keys

        done = reduce_keys(context, armature, settings.degrees, settings.millimetres)
        return done.in_words()


class MOTIVO_OT_clean_loop(_Cleans, bpy.types.Operator):
    """Bake to a new Action that ends in the pose it begins with"""

    bl_idname = "motivo.clean_loop"
    bl_label = "Make Loop"

    def clean(self, context, armature, settings) -> str:
        from ...cleanup.loop import best_seam, looped
        from ...export.engines import find_hips
        from ...rig.clips import sample_clip

        clip, hips = sample_clip(context, armature), find_hips(armature)
        if settings.find_seam:
            first, last = best_seam(clip, hips, 2.0 * settings.blend_seconds)
            clip = clip.cut(first, last + 1)
        travel = "remove" if settings.back_to_start else "keep"
        return _rebake(
            context, armature, looped(clip, hips, settings.blend_seconds, travel), "loop"
        )


class MOTIVO_OT_clean_mirror(_Cleans, bpy.types.Operator):
    """Bake to a new Action in which the right does what the left did"""

    bl_idname = "motivo.clean_mirror"
    bl_label = "Mirror"

    def clean(self, context, armature, settings) -> str:
        from ...cleanup.actions import keyed_bones, require_action
        from ...cleanup.mirror import counterparts, mirrored
        from ...rig.clips import sample_clip

        keyed = keyed_bones(require_action(armature), armature)
        clip = sample_clip(context, armature)
        pairs = counterparts(clip.bones, clip.rest)
        others = {
            clip.bones[other]
            for bone, other in zip(clip.bones, pairs, strict=True)
            if bone in keyed
        }
        return _rebake(context, armature, mirrored(clip), "mirrored", others=others)


class MOTIVO_OT_clean_move(_Cleans, bpy.types.Operator):
    """Move the whole performance in time, and in place on a new Action"""

    bl_idname = "motivo.clean_move"
    bl_label = "Move"

    def clean(self, context, armature, settings) -> str:
        from ...cleanup.actions import keyed_bones, require_action, shift_in_time
        from ...cleanup.offset import moved
        from ...export.engines import find_hips
        from ...rig.clips import sample_clip
        from ...scene import metres_per_unit

        keyed = keyed_bones(require_action(armature), armature)
        done = f"Moved the keys by {settings.frames:g} frames."
        if any(settings.shift) or settings.heading:
            shift = [metres_per_unit(context.scene) * length for length in settings.shift]
            clip = sample_clip(context, armature)
            hips = find_hips(armature)
            above = {bone.name for bone in armature.data.bones[hips].parent_recursive}
            clip = moved(clip, hips, shift, settings.heading, above - keyed)
            done = _rebake(context, armature, clip, "moved", others={hips})
        if settings.frames:
            shift_in_time(armature, settings.frames)
        return done


CLASSES = (
    MOTIVO_OT_clean_bake,
    MOTIVO_OT_clean_to_nla,
    MOTIVO_OT_clean_reduce,
    MOTIVO_OT_clean_loop,
    MOTIVO_OT_clean_mirror,
    MOTIVO_OT_clean_move,
)
