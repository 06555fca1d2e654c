"""Poses by picture and name."""

import bpy

from ....runtime.posing.recipes import RECIPES
from ...client import session
from ...posing.pose_library import asset_library, pose_icon, shown_poses
from ...words.sentences import draw_sentence
from ..buttons import draw_reasons
from .actor import MotivoPanel

_CELL_PIXELS = 96
NOTHING_FOUND = "No pose is called that. Search for a part of a name, such as sit or hand."


class MOTIVO_PT_pose_library(MotivoPanel, bpy.types.Panel):
    bl_label = "Pose Library"
    bl_parent_id = "MOTIVO_PT_posing"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context) -> None:
        layout = self.layout
        layout.enabled = session().job is None
        choice = context.window_manager.motivo_poses
        row = layout.row(align=True)
        row.prop(choice, "search", text="", icon="VIEWZOOM")
        row.prop(choice, "mirrored", text="", icon="MOD_MIRROR")
        if not choice.search:
            layout.prop(choice, "group", text="")
        names = shown_poses(choice)
        if not names:
            draw_sentence(context, layout, NOTHING_FOUND, "INFO")
        width = context.region.width / context.preferences.system.ui_scale
        columns = max(2, min(5, int(width / _CELL_PIXELS)))
        grid = layout.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
        for name in names:
            cell = grid.column(align=True)
            cell.template_icon(pose_icon(name), scale=4.0)
            button = cell.operator("motivo.apply_pose", text=RECIPES[name].label)
            button.pose, button.mirrored = name, choice.mirrored
        draw_reasons(context, layout, "motivo.apply_pose")
        if asset_library(context) is None:
            layout.operator("motivo.pose_assets", icon="ASSET_MANAGER")


CLASSES = (MOTIVO_PT_pose_library,)
