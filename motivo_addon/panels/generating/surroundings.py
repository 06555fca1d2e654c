"""The world's settings in the tab, and each object's in its own properties and in the tab."""

import bpy

from ...operators.base import SaysWhyNot
from ...surroundings.reading import members
from ..bodies.actor import MotivoPanel
from ..buttons import draw_reasons

NO_PROPS = frozenset({"ARMATURE", "CAMERA", "LIGHT"})
"""Types of objects that nobody touches."""


class MOTIVO_PT_surroundings(MotivoPanel, bpy.types.Panel):
    help_page = "prompts"
    bl_label = "Scene"
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        world = context.scene.motivo_world
        column = layout.column()
        column.prop(world, "gravity")
        column.prop(world, "wind")
        column.prop(world, "floor")
        part = column.column()
        part.enabled = world.floor
        part.prop(world, "friction")
        part.prop(world, "slope")
        part.prop(world, "uphill")
        one = context.object
        if one is not None and one.type not in NO_PROPS:
            box = layout.box()
            box.use_property_split = True
            box.label(text=one.name, icon="OBJECT_DATA", translate=False)
            draw_object(box, one)
        chosen = members(context.scene)
        row = layout.row(align=True)
        row.operator("motivo.scene_add", icon="ADD")
        row.operator("motivo.scene_remove", text="", icon="REMOVE")
        draw_reasons(context, layout, "motivo.scene_add", "motivo.scene_remove")
        layout.prop(world, "shown")
        for one in chosen:
            icon = "EMPTY_SINGLE_ARROW" if one.type == "EMPTY" else "MESH_CUBE"
            layout.label(text=one.name, icon=icon, translate=False)


def draw_object(layout, one: bpy.types.Object) -> None:
    """How one object is part of the physics."""
    settings = one.motivo_scene
    # A key on these would change nothing: they are read once.
    layout.use_property_decorate = False
    _draw_tick(layout, settings, "takes_part")
    column = layout.column()
    column.enabled = settings.takes_part
    if one.type == "EMPTY":
        for name in ("impulse", "body", "frame", "seconds"):
            column.prop(settings, name)
        return
    column.prop(settings, "shape")
    column.prop(settings, "friction")
    column.prop(settings, "held")
    if settings.held == "none":
        column.prop(settings, "loose")
    if settings.held == "none" and not settings.loose:
        column.prop(settings, "hands")
        if settings.hands != "none":
            _draw_tick(column, settings, "hands_span")
            if settings.hands_span:
                column.prop(settings, "hands_start")
                column.prop(settings, "hands_stop")
    if settings.held != "none" or settings.loose:
        column.prop(settings, "mass")
    if settings.held != "none":
        for asked, frame in (("picks_up", "pick_frame"), ("puts_down", "put_frame")):
            column.prop(settings, asked)
            if getattr(settings, asked):
                column.prop(settings, frame)


def _draw_tick(layout, settings, name: str) -> None:
    """Over the whole width: its name is longer than what is beside a value."""
    row = layout.row()
    row.use_property_split = False
    row.prop(settings, name)


class MOTIVO_PT_object_physics(bpy.types.Panel):
    bl_label = "Motivo"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "physics"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        return context.object is not None and context.object.type not in NO_PROPS

    def draw(self, context) -> None:
        self.layout.use_property_split = True
        draw_object(self.layout, context.object)


class _MarkOperator(SaysWhyNot):
    bl_options = {"REGISTER", "UNDO"}
    takes_part: bool

    @classmethod
    def problem(cls, context) -> str:
        if any(one.type not in NO_PROPS for one in context.selected_objects):
            return ""
        return "Select the objects that the body should touch"

    def execute(self, context) -> set[str]:
        chosen = [one for one in context.selected_objects if one.type not in NO_PROPS]
        for one in chosen:
            one.motivo_scene.takes_part = self.takes_part
        return {"FINISHED"} if chosen else {"CANCELLED"}


class MOTIVO_OT_scene_add(_MarkOperator, bpy.types.Operator):
    """Make the selected objects part of the physics"""

    bl_idname = "motivo.scene_add"
    bl_label = "Add Selected to the Physics"
    takes_part = True


class MOTIVO_OT_scene_remove(_MarkOperator, bpy.types.Operator):
    """Take the selected objects out of the physics"""

    bl_idname = "motivo.scene_remove"
    bl_label = "Take Selected out of the Physics"
    takes_part = False


CLASSES = (
    MOTIVO_OT_scene_add,
    MOTIVO_OT_scene_remove,
    MOTIVO_PT_surroundings,
    MOTIVO_PT_object_physics,
)
