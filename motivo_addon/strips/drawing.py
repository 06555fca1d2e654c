"""Draws the active body's prompts as strips over the Dope Sheet and the timeline."""

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from ..bodies import active_body
from ..prompts import kind_of
from ..timeline import prompt_problem
from ..words.translations import translated
from .layout import Span, Strip, lanes, overlaps, strips

ROOM = 90
"""Least height of the region, in pixels at a resolution scale of 1."""
_BLEND = (1.0, 1.0, 1.0, 0.25)
_PROBLEM = (0.85, 0.25, 0.25, 1.0)


def colour_of(prompt) -> tuple[float, float, float]:
    """The person's own colour for a strip, else that of its kind."""
    own = tuple(prompt.colour)
    return own if any(own) else kind_of(prompt).colour


def spans_of(body: bpy.types.Object) -> list[Span]:
    """The body's prompts in the order of its list."""
    return [Span(prompt.start, prompt.end) for prompt in body.motivo.prompts]


def shown(context: bpy.types.Context) -> bool:
    """Whether strips are drawn: switched on, room for them, and a body there that has prompts."""
    if not context.window_manager.motivo_strips:
        return False
    # In a timeline of one row they would lie over the keys.
    if context.region.height < ROOM * context.preferences.system.ui_scale:
        return False
    body = active_body(context)
    return body is not None and len(body.motivo.prompts) > 0


def drawn_strips(context: bpy.types.Context, body: bpy.types.Object) -> list[Strip]:
    """Where the strips lie in the context's region."""
    view = context.region.view2d
    origin = view.view_to_region(0.0, 0.0, clip=False)[0]
    # Far apart, because Blender rounds to whole pixels.
    per_frame = (view.view_to_region(10000.0, 0.0, clip=False)[0] - origin) / 10000.0
    return strips(spans_of(body), origin, per_frame, context.preferences.system.ui_scale)


def _draw() -> None:
    context = bpy.context
    if not shown(context):
        return
    body = active_body(context)
    scale = context.preferences.system.ui_scale
    drawn = drawn_strips(context, body)
    gpu.state.blend_set("ALPHA")
    for strip in drawn:
        prompt = body.motivo.prompts[strip.index]
        active = strip.index == body.motivo.active_prompt
        opacity = (0.95 if active else 0.6) if prompt.enabled else 0.2
        _box(strip.left, strip.right, strip.bottom, strip.top, (*colour_of(prompt), opacity))
        if active or prompt_problem(prompt, body):
            edge = _PROBLEM if prompt_problem(prompt, body) else (1.0, 1.0, 1.0, 0.9)
            _frame(strip, edge)
    if drawn:
        _draw_blends(drawn, spans_of(body), scale)
    for strip in drawn:
        _write(strip, body.motivo.prompts[strip.index].name, scale)
    gpu.state.blend_set("NONE")


def _draw_blends(drawn: list[Strip], spans: list[Span], scale: float) -> None:
    """A lighter band over the frames in which one prompt passes into the next, with how many they are."""
    first = drawn[0]
    width = spans[0].end - spans[0].start
    per_frame = (first.right - first.left) / width if width > 0 else 0.0
    origin = first.left - spans[0].start * per_frame
    top = max(strip.top for strip in drawn)
    bottom = min(strip.bottom for strip in drawn)
    if len(set(lanes(spans))) > 1:
        for blend in overlaps(spans):
            left, right = (origin + frame * per_frame for frame in (blend.start, blend.end))
            _box(left, right, bottom, top, _BLEND)
            frames = blend.end - blend.start + 1
            _write_over(left, right, top, f"{translated('Blend')} {frames}", scale)


def _box(left: float, right: float, bottom: float, top: float, colour) -> None:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = ((left, bottom), (right, bottom), (right, top), (left, top))
    batch = batch_for_shader(shader, "TRIS", {"pos": corners}, indices=((0, 1, 2), (0, 2, 3)))
    shader.uniform_float("color", colour)
    batch.draw(shader)


def _frame(strip: Strip, colour) -> None:
    for bottom, top in ((strip.bottom, strip.bottom + 1.5), (strip.top - 1.5, strip.top)):
        _box(strip.left, strip.right, bottom, top, colour)
    for left, right in ((strip.left, strip.left + 2.0), (strip.right - 2.0, strip.right)):
        _box(left, right, strip.bottom, strip.top, colour)


def _write_over(left: float, right: float, top: float, text: str, scale: float) -> None:
    """Text in the middle over a band."""
    blf.size(0, 10 * scale)
    width = blf.dimensions(0, text)[0]
    blf.color(0, 1.0, 1.0, 1.0, 0.9)
    blf.position(0, (left + right - width) / 2, top + 3 * scale, 0)
    blf.draw(0, text)


def _write(strip: Strip, text: str, scale: float) -> None:
    room = strip.right - strip.left - 12 * scale
    blf.size(0, 11 * scale)
    while text and blf.dimensions(0, text)[0] > room:
        text = text[:-1]
    if text:
        blf.color(0, 1.0, 1.0, 1.0, 1.0)
        blf.position(0, strip.left + 6 * scale, strip.bottom + 6 * scale, 0)
        blf.draw(0, text)


_handle: object | None = None


def refresh(context: bpy.types.Context) -> None:
    """Redraws what shows the strips and the list."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("DOPESHEET_EDITOR", "VIEW_3D"):
                area.tag_redraw()


def register() -> None:
    global _handle
    bpy.types.WindowManager.motivo_strips = bpy.props.BoolProperty(
        name="Strips",
        description="Show the prompts as strips in the Dope Sheet and the timeline; drag them there",
        default=True,
        update=lambda _manager, context: refresh(context),
    )
    _handle = bpy.types.SpaceDopeSheetEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_handle, "WINDOW")
    _handle = None
    del bpy.types.WindowManager.motivo_strips
