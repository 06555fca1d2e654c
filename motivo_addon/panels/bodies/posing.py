"""Posing: handles, pins, look-at, mirror."""

import bpy

from ...bodies import active_body
from ...client import session
from ...posing.settings import PINS
from ..buttons import draw_reasons
from .actor import MotivoPanel


class MOTIVO_PT_posing(MotivoPanel, bpy.types.Panel):
    bl_label = "Posing"
    bl_order = 1

    @classmethod
    def poll(cls, context) -> bool:
        return active_body(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        layout.enabled = session().job is None
        settings = active_body(context).motivo_posing
        row = layout.row(align=True)
        row.scale_y = 1.3
        row.prop(settings, "show", toggle=True, icon="CON_KINEMATIC")
        row.operator("motivo.key_pose", icon="KEY_HLT")
        row.operator("motivo.mirror_pose", text="", icon="MOD_MIRROR")
        draw_reasons(context, layout, "motivo.key_pose", "motivo.mirror_pose")


class MOTIVO_PT_pins(MotivoPanel, bpy.types.Panel):
    bl_label = "Pins and Gaze"
    bl_parent_id = "MOTIVO_PT_posing"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context) -> None:
        layout = self.layout
        layout.enabled = session().job is None
        settings = active_body(context).motivo_posing
        layout.label(text="Pinned", icon="PINNED")
        grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for name in PINS:
            grid.prop(settings, f"pin_{name}", toggle=True)
        layout.prop(settings, "balance")
        row = layout.row(align=True)
        row.prop(settings, "target", text="", icon="HIDE_OFF")
        row.operator("motivo.look_at").at_keys = False
        row.operator("motivo.look_at", text="", icon="KEYFRAME").at_keys = True
        draw_reasons(context, layout, "motivo.look_at")


CLASSES = (MOTIVO_PT_posing, MOTIVO_PT_pins)
