"""Choosing a behaviour by typing what it is called."""

import bpy
from bpy.props import EnumProperty, IntProperty

from ...bodies import active_body
from ...posing.pose_library import WHEN_FREED
from ...prompts.plain_names import searched
from ..base import NeedsPrompt

_items: list[tuple] = []


def _listed(_operator, _context) -> list[tuple]:
    # Blender does not hold on to the strings that it shows.
    if not _items:
        _items.extend(searched())
    return _items


class MOTIVO_OT_behaviour_search(NeedsPrompt, bpy.types.Operator):
    """Find a behaviour by its name or another word for it"""

    bl_idname = "motivo.behaviour_search"
    bl_label = "Find Behaviour"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "task"

    task: EnumProperty(name="Behaviour", items=_listed)
    index: IntProperty(options={"HIDDEN"})

    def invoke(self, context, _event) -> set[str]:
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context) -> set[str]:
        settings = active_body(context).motivo
        rows = settings.prompts[settings.active_prompt].behaviour.rows
        if not 0 <= self.index < len(rows):
            return {"CANCELLED"}
        rows[self.index].task = self.task
        if context.area is not None:
            context.area.tag_redraw()
        return {"FINISHED"}


WHEN_FREED.append(_items.clear)
CLASSES = (MOTIVO_OT_behaviour_search,)
