"""Paths to go along, and what of the library lies between keys."""

import bpy
from bpy.props import IntProperty
from mathutils import Vector

from ...bodies import active_body
from ...keys.between import EASE_ONLY, choose_way, chosen_way, gaps_of
from ...prompts.kinds import keyframes, path
from ...prompts.places import space_of
from ..base import NeedsPrompt

LENGTH = 4.0
"""Metres of a new path."""


def _active(context: bpy.types.Context):
    settings = active_body(context).motivo
    return settings.prompts[settings.active_prompt]


class MOTIVO_OT_path_draw(NeedsPrompt, bpy.types.Operator):
    """Add a curve ahead of the body and go along it; edit it as any curve"""

    bl_idname = "motivo.path_draw"
    bl_label = "Add Path"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and _active(context).kind != path.KIND.identifier:
            return "Choose a Path prompt in the list"
        return problem

    def execute(self, context) -> set[str]:
        body = active_body(context)
        space = space_of(context, body)
        onto_world = space.inverted()
        start = space @ body.matrix_world @ body.pose.bones["pelvis"].head
        data = bpy.data.curves.new("Path", "CURVE")
        data.dimensions = "3D"
        spline = data.splines.new("BEZIER")
        spline.bezier_points.add(1)
        for point, ahead in zip(spline.bezier_points, (0.0, LENGTH), strict=True):
            for name, further in (("co", 0.0), ("handle_left", -1.0), ("handle_right", 1.0)):
                place = Vector((start.x, start.y - ahead - further * LENGTH / 3, 0.0))
                setattr(point, name, onto_world @ place)
            point.handle_left_type = point.handle_right_type = "ALIGNED"
        curve = bpy.data.objects.new("Path", data)
        context.collection.objects.link(curve)
        _active(context).path.curve = curve
        return {"FINISHED"}


class _NeedsGap(NeedsPrompt):
    start: IntProperty(options={"HIDDEN"})
    """Frame of the scene of the key at which the gap begins."""

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and _active(context).kind != keyframes.KIND.identifier:
            return "Choose a Keyframes prompt in the list"
        return problem

    def gap(self, context):
        """What is known of the gap, or None."""
        gaps = gaps_of(context, active_body(context), _active(context))
        return next((gap for gap in gaps if gap.start == self.start), None)


class MOTIVO_OT_way_next(_NeedsGap, bpy.types.Operator):
    """Take the next best way of the library between these keys, and after the last the best again"""

    bl_idname = "motivo.way_next"
    bl_label = "Next Best"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        gap = self.gap(context)
        if gap is None:
            return {"CANCELLED"}
        prompt = _active(context)
        asked = chosen_way(prompt, self.start)
        now = gap.choice if asked is None else asked
        choose_way(prompt, self.start, (now + 1) % max(1, len(gap.offered)))
        return {"FINISHED"}


class MOTIVO_OT_way_ease(_NeedsGap, bpy.types.Operator):
    """Ease from key to key as the curves do, or leave it to the library again"""

    bl_idname = "motivo.way_ease"
    bl_label = "Ease Only"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context) -> set[str]:
        prompt, gap = _active(context), self.gap(context)
        asked = chosen_way(prompt, self.start)
        if asked is None and gap is not None:
            asked = gap.choice
        choose_way(prompt, self.start, 0 if asked == EASE_ONLY else EASE_ONLY)
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_path_draw, MOTIVO_OT_way_next, MOTIVO_OT_way_ease)
