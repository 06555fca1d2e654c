"""Other bodies of the scene: who is touched, who gives way, and what holds on to what."""

import bpy
from bpy.props import IntProperty, StringProperty

from ...bodies import active_body
from ...operators.base import NeedsBody
from ...surroundings.reading import others
from ..bodies.actor import MotivoPanel


class MOTIVO_PT_people(MotivoPanel, bpy.types.Panel):
    bl_label = "Other People"
    bl_parent_id = "MOTIVO_PT_surroundings"

    @classmethod
    def poll(cls, context) -> bool:
        return bool(others(context.scene, active_body(context)))

    def draw(self, context) -> None:
        for one in others(context.scene, active_body(context)):
            met = one.motivo_scene
            column = self.layout.column()
            column.prop(met, "takes_part", text=one.name, translate=False)
            if met.takes_part:
                column.prop(met, "gives_way")
            if met.takes_part and met.gives_way:
                draw_grips(column, one)


def draw_grips(layout, other: bpy.types.Object) -> None:
    """What of another body holds on to what of the one that performs, and when."""
    for number, grip in enumerate(other.motivo_scene.grips):
        box = layout.box()
        box.use_property_split = True
        box.prop(grip, "own")
        box.prop(grip, "theirs")
        box.prop(grip, "start")
        row = box.row(align=True)
        row.prop(grip, "stop")
        remove = row.operator("motivo.grip_remove", text="", icon="X")
        remove.person, remove.number = other.name, number
    layout.operator("motivo.grip_add", icon="ADD").person = other.name


class _GripOperator(NeedsBody):
    bl_options = {"REGISTER", "UNDO"}

    def grips(self, context):
        """Of the other body that is named; None where there is none of that name."""
        there = others(context.scene, active_body(context))
        return next((one.motivo_scene.grips for one in there if one.name == self.person), None)


class MOTIVO_OT_grip_add(_GripOperator, bpy.types.Operator):
    """Let the two hold on to each other for some frames, as hands that shake each other"""

    bl_idname = "motivo.grip_add"
    bl_label = "Add Grip"
    person: StringProperty(options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        grips = self.grips(context)
        if grips is None:
            return {"CANCELLED"}
        grip = grips.add()
        grip.start = context.scene.frame_current
        grip.stop = grip.start + 20
        return {"FINISHED"}


class MOTIVO_OT_grip_remove(_GripOperator, bpy.types.Operator):
    """Let the two not hold on to each other there"""

    bl_idname = "motivo.grip_remove"
    bl_label = "Remove Grip"
    person: StringProperty(options={"HIDDEN"})
    number: IntProperty(options={"HIDDEN"})

    def execute(self, context) -> set[str]:
        grips = self.grips(context)
        if grips is None or not 0 <= self.number < len(grips):
            return {"CANCELLED"}
        grips.remove(self.number)
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_grip_add, MOTIVO_OT_grip_remove, MOTIVO_PT_people)
