"""What animators do with a finished performance."""

import bpy

from ...bodies import active_armature
from ..bodies.actor import MotivoPanel
from ..buttons import draw_reasons


class MOTIVO_PT_cleanup(MotivoPanel, bpy.types.Panel):
    bl_label = "Clean Up"
    help_page = "export"
    bl_order = 8
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        return active_armature(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        # The same for every tool, so it is said once.
        draw_reasons(context, layout, "motivo.clean_bake")
        settings = context.scene.motivo_cleanup
        self._tool(settings, ("degrees", "millimetres"), "motivo.clean_reduce", "IPO_BEZIER")
        self._tool(
            settings,
            ("blend_seconds", "find_seam", "back_to_start"),
            "motivo.clean_loop",
            "FILE_REFRESH",
        )
        self._tool(
            settings, ("shift", "heading", "frames"), "motivo.clean_move", "ORIENTATION_GLOBAL"
        )
        self._tool(settings, (), "motivo.clean_mirror", "MOD_MIRROR")
        self._tool(settings, ("every_bone",), "motivo.clean_bake", "KEYTYPE_KEYFRAME_VEC")
        layout.operator("motivo.clean_to_nla", icon="NLA_PUSHDOWN")

    def _tool(self, settings, properties: tuple[str, ...], operator: str, icon: str) -> None:
        box = self.layout.box()
        for name in properties:
            box.prop(settings, name)
        box.operator(operator, icon=icon)


CLASSES = (MOTIVO_PT_cleanup,)
