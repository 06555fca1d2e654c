"""The rings in the 3D view that are dragged."""

import bpy
from mathutils import Matrix, Vector

from ..bodies import active_body
from ..client import session
from .settings import HANDLES, LOOK, LOOK_HEADS

_COLOURS = {"left": (0.25, 0.55, 1.0), "right": (1.0, 0.35, 0.3)}
_MIDDLE, _PINNED = (1.0, 0.8, 0.2), (0.9, 0.9, 0.9)
_SIZES = {"hips": 0.22, "chest": 0.14, "look": 0.1}
_SIZE = 0.11


def handle_point(body: bpy.types.Object, handle: str, bone: str) -> Vector:
    """Where a handle is in the world, in the pose that is shown."""
    posed = body.pose.bones[bone]
    point = posed.head.copy()
    if handle == LOOK:
        # The head's bone points up, its local z to where the face looks.
        axes = posed.matrix.to_3x3()
        along, front = axes.col[1].normalized(), axes.col[2].normalized()
        head = body.data.bones["head"].length
        point += head * (0.5 * along + LOOK_HEADS * front)
    return body.matrix_world @ point


def posable_body(context: bpy.types.Context) -> bpy.types.Object | None:
    """The body whose handles show, if any."""
    body = active_body(context)
    if body is None or context.mode not in ("OBJECT", "POSE") or body.data.pose_position == "REST":
        return None
    return body if body.motivo_posing.show and session().job is None else None


class MOTIVO_GGT_handles(bpy.types.GizmoGroup):
    bl_idname = "MOTIVO_GGT_handles"
    bl_label = "Motivo Handles"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"3D", "PERSISTENT", "SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context) -> bool:
        body = posable_body(context)
        return body is not None and body.visible_get()

    def setup(self, _context) -> None:
        self.rings = {}
        for handle, _, _ in HANDLES:
            ring = self.gizmos.new("GIZMO_GT_move_3d")
            ring.draw_style = "RING_2D"
            ring.draw_options = {"FILL_SELECT", "ALIGN_VIEW"}
            ring.scale_basis = _SIZES.get(handle, _SIZE)
            ring.line_width = 2.0
            ring.alpha, ring.alpha_highlight = 0.75, 1.0
            ring.color_highlight = (1.0, 1.0, 1.0)
            ring.use_draw_modal = True
            ring.target_set_operator("motivo.drag_handle").handle = handle
            self.rings[handle] = ring

    def draw_prepare(self, context) -> None:
        body = posable_body(context)
        if body is None:
            return
        pins = body.motivo_posing.pins()
        for handle, _, bone in HANDLES:
            ring = self.rings[handle]
            ring.matrix_basis = Matrix.Translation(handle_point(body, handle, bone))
            ring.color = _PINNED if handle in pins else _COLOURS.get(handle.split("_")[0], _MIDDLE)


CLASSES = (MOTIVO_GGT_handles,)
