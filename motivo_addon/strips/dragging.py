"""Dragging a strip: its middle moves it, its ends trim it; Ctrl does without snapping."""

import bpy

from ..bodies import active_body
from ..client import session
from .drawing import drawn_strips, refresh, shown, spans_of
from .layout import dragged, under

SNAP_PIXELS = 8.0


class MOTIVO_OT_drag_strip(bpy.types.Operator):
    """Move a prompt in time, or trim it by an end. Ctrl: without meeting its neighbours"""

    bl_idname = "motivo.drag_strip"
    bl_label = "Drag Prompt"
    bl_options = {"INTERNAL", "UNDO", "BLOCKING"}

    @classmethod
    def poll(cls, context) -> bool:
        in_sheet = context.area is not None and context.area.type == "DOPESHEET_EDITOR"
        return in_sheet and session().job is None and shown(context)

    def invoke(self, context, event) -> set[str]:
        body = active_body(context)
        scale = context.preferences.system.ui_scale
        drawn = drawn_strips(context, body)
        hit = under(drawn, event.mouse_region_x, event.mouse_region_y, scale)
        if hit is None:
            return {"PASS_THROUGH"}  # the click is for what lies below the strips
        self._index, self._part = hit
        self._before, self._from = spans_of(body), event.mouse_region_x
        self._followed = body.motivo.prompts[self._index].keyframes.follow
        body.motivo.active_prompt = self._index
        refresh(context)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        if event.type in ("ESC", "RIGHTMOUSE") and event.value == "PRESS":
            self._restore(context)
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            self._follow(context, event)
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            changed = spans_of(active_body(context)) != self._before
            return {"FINISHED"} if changed else {"CANCELLED"}
        return {"RUNNING_MODAL"}

    def _follow(self, context, event) -> None:
        view = context.region.view2d
        here = view.region_to_view(event.mouse_region_x, 0)[0]
        there = view.region_to_view(self._from, 0)[0]
        near = abs(view.region_to_view(SNAP_PIXELS, 0)[0] - view.region_to_view(0, 0)[0])
        others = [span for index, span in enumerate(self._before) if index != self._index]
        snap = 0 if event.ctrl else max(1, round(near))
        moved = round(here - there)
        if moved == 0 and spans_of(active_body(context)) == self._before:
            return
        span = dragged(self._before[self._index], self._part, moved, others, snap)
        prompt = active_body(context).motivo.prompts[self._index]
        prompt.start, prompt.end = span.start, span.end
        refresh(context)

    def _restore(self, context) -> None:
        prompt = active_body(context).motivo.prompts[self._index]
        if spans_of(active_body(context)) != self._before:
            prompt.start = self._before[self._index].start
            prompt.end = self._before[self._index].end
            prompt.keyframes.follow = self._followed
        refresh(context)


CLASSES = (MOTIVO_OT_drag_strip,)

_keys: list[tuple] = []


def register() -> None:
    # Without a window there are no key maps.
    keymaps = bpy.context.window_manager.keyconfigs.addon
    if keymaps is None:
        return
    keymap = keymaps.keymaps.new(name="Dopesheet", space_type="DOPESHEET_EDITOR")
    item = keymap.keymap_items.new("motivo.drag_strip", "LEFTMOUSE", "PRESS", any=True, head=True)
    _keys.append((keymap, item))


def unregister() -> None:
    for keymap, item in _keys:
        keymap.keymap_items.remove(item)
    _keys.clear()
