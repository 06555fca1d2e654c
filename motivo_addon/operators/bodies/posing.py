"""Dragging handles, looking at things, mirroring, keying a pose."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatVectorProperty
from bpy_extras import view3d_utils
from mathutils import Vector

from ....runtime.errors import UserError
from ...bodies import active_body
from ...posing.handles import handle_point
from ...posing.settings import HANDLES, LOOK
from ...words.sentences import tell
from ...words.translations import translated
from ..base import NeedsIdleBody

_BONE = {handle: bone for handle, _, bone in HANDLES}
_LABEL = {handle: label for handle, label, _ in HANDLES}
KEYS = "X Y Z: axis    Esc: take back"
_MISSED = 0.02
"""Metres by which a handle may miss its place without being told."""


class NeedsPosableBody(NeedsIdleBody):
    """Works on the pose of the active body."""

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and context.mode not in ("OBJECT", "POSE"):
            return "Go to Object or Pose Mode to pose the body"
        return problem


class MOTIVO_OT_drag_handle(NeedsPosableBody, bpy.types.Operator):
    """Drag, and the whole body goes along; pinned hands and feet stay"""

    bl_idname = "motivo.drag_handle"
    bl_label = "Drag Handle"
    bl_options = {"REGISTER", "UNDO", "BLOCKING", "GRAB_CURSOR"}

    handle: EnumProperty(name="Handle", items=[(name, label, "") for name, label, _ in HANDLES])
    offset: FloatVectorProperty(
        name="Move", description="How far, in the world", subtype="TRANSLATION", size=3
    )

    def execute(self, context) -> set[str]:
        from ...posing.pose import dragged, show_pose, start_pose

        body = active_body(context)
        try:
            start = start_pose(body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        place = handle_point(body, self.handle, _BONE[self.handle]) + Vector(self.offset)
        reached = dragged(body, start, self.handle, place)
        show_pose(context, body, reached.qpos, start)
        self._tell(reached.missed)
        return {"FINISHED"}

    def invoke(self, context, event) -> set[str]:
        from ...posing.pose import start_pose

        if context.region_data is None:
            tell(self, {"ERROR"}, "Drag handles in the 3D view.")
            return {"CANCELLED"}
        body = active_body(context)
        try:
            self._start = start_pose(body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        self._body, self._guess, self._missed = body.session_uid, self._start, {}
        self._from = handle_point(body, self.handle, _BONE[self.handle])
        self._grip = self._under(context, event)
        self._axis: int | None = None
        context.window_manager.modal_handler_add(self)
        self._header(context)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        from ...posing.pose import key_changes

        body = active_body(context)
        if body is None or body.session_uid != self._body:
            return self._end(context, {"CANCELLED"})
        if event.type in ("ESC", "RIGHTMOUSE") and event.value == "PRESS":
            from ...rig.channels import write_pose

            write_pose(body, self._start)
            return self._end(context, {"CANCELLED"})
        done = (event.type == "LEFTMOUSE" and event.value == "RELEASE") or (
            event.type in ("RET", "NUMPAD_ENTER") and event.value == "PRESS"
        )
        if done:
            if context.scene.tool_settings.use_keyframe_insert_auto:
                key_changes(context, body, self._guess, self._start)
            self._tell(self._missed)
            return self._end(context, {"FINISHED"})
        if event.type in ("X", "Y", "Z") and event.value == "PRESS":
            axis = "XYZ".index(event.type)
            self._axis = None if self._axis == axis else axis
            self._follow(context, event, body)
        elif event.type == "MOUSEMOVE":
            self._follow(context, event, body)
        return {"RUNNING_MODAL"}

    def _follow(self, context, event, body) -> None:
        from ...posing.pose import dragged
        from ...rig.channels import write_pose

        moved = self._under(context, event) - self._grip
        if self._axis is not None:
            moved = Vector(moved[i] if i == self._axis else 0.0 for i in range(3))
        self.offset = moved
        reached = dragged(body, self._start, self.handle, self._from + moved, self._guess)
        self._guess, self._missed = reached.qpos, reached.missed
        write_pose(body, reached.qpos)
        self._header(context)

    def _under(self, context, event) -> Vector:
        """The point under the mouse, as deep in the view as the handle began."""
        mouse = event.mouse_region_x, event.mouse_region_y
        return view3d_utils.region_2d_to_location_3d(
            context.region, context.region_data, mouse, self._from
        )

    def _header(self, context) -> None:
        axis = "" if self._axis is None else f" {'XYZ'[self._axis]}"
        text = f"{translated(_LABEL[self.handle])}{axis}: {Vector(self.offset).length:.2f} m"
        beyond = self._missed.get(self.handle, 0.0)
        if beyond > _MISSED:
            far = f"{100 * beyond:.0f} cm"
            text += "    " + translated(f"Out of reach: {far}.")
        context.area.header_text_set(f"{text}    {translated(KEYS)}")

    def _end(self, context, result: set[str]) -> set[str]:
        context.area.header_text_set(None)
        return result

    def _tell(self, missed: dict[str, float]) -> None:
        far = [
            f"{translated(_LABEL[name])} {100 * metres:.0f} cm"
            for name, metres in missed.items()
            if metres > _MISSED
        ]
        if far:
            tell(self, {"INFO"}, f"Out of reach: {', '.join(far)}.")


class MOTIVO_OT_look_at(NeedsPosableBody, bpy.types.Operator):
    """Turn the face to the object chosen below"""

    bl_idname = "motivo.look_at"
    bl_label = "Look At"
    bl_options = {"REGISTER", "UNDO"}

    at_keys: BoolProperty(
        name="At Every Key",
        description="Also in every pose that is keyed already, wherever the object is then",
        default=False,
    )

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem:
            body = active_body(context)
            if body.motivo_posing.target in (None, body):
                return "Choose what to look at"
        return problem

    def execute(self, context) -> set[str]:
        from ...posing.pose import dragged, key_changes, show_pose, start_pose
        from ...rig import curves

        body, scene = active_body(context), context.scene
        target = body.motivo_posing.target
        try:
            start = start_pose(body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        now = scene.frame_current, scene.frame_subframe
        frames = curves.keyed_frames(body).tolist() if self.at_keys else []
        for frame in frames:
            scene.frame_set(int(frame // 1), subframe=frame % 1)
            start = start_pose(body)
            reached = dragged(body, start, LOOK, target.matrix_world.translation)
            show_pose(context, body, reached.qpos, start)
            key_changes(context, body, reached.qpos, start)
        if frames:
            scene.frame_set(now[0], subframe=now[1])
            tell(self, {"INFO"}, f"Looks at '{target.name}' in {len(frames)} keyed poses.")
        else:
            reached = dragged(body, start, LOOK, target.matrix_world.translation)
            show_pose(context, body, reached.qpos, start)
        return {"FINISHED"}


class _ChangesPose(NeedsPosableBody):
    """Begins with the pose that is shown, and says why where there is none."""

    def execute(self, context) -> set[str]:
        from ...posing.pose import start_pose

        body = active_body(context)
        try:
            start = start_pose(body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        self.change(context, body, start)
        return {"FINISHED"}


class MOTIVO_OT_mirror_pose(_ChangesPose, bpy.types.Operator):
    """What the left does the right does, and the other way round; the hips stay where they are"""

    bl_idname = "motivo.mirror_pose"
    bl_label = "Mirror Pose"
    bl_options = {"REGISTER", "UNDO"}

    def change(self, context, body, start) -> None:
        from ....runtime.posing.mirrored import mirror_pose
        from ...posing.pose import show_pose

        show_pose(context, body, mirror_pose(start), start)


class MOTIVO_OT_key_pose(_ChangesPose, bpy.types.Operator):
    """Key the whole pose at the current frame"""

    bl_idname = "motivo.key_pose"
    bl_label = "Key Pose"
    bl_options = {"REGISTER", "UNDO"}

    def change(self, context, body, start) -> None:
        from ...posing.pose import key_all

        key_all(context, body)
        tell(self, {"INFO"}, f"Keyed the pose at frame {context.scene.frame_current}.")


CLASSES = (
    MOTIVO_OT_drag_handle,
    MOTIVO_OT_look_at,
    MOTIVO_OT_mirror_pose,
    MOTIVO_OT_key_pose,
)
