"""The ghost: a stick figure in the 3D view that shows what is being performed, and takes.

It is only drawn, nothing of it is in the scene. All arrays are ready before a
view is drawn; drawing picks one frame.
"""

from typing import TYPE_CHECKING

import bpy
import gpu
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix

from .bodies import find_body
from .client import session
from .scene import CONTROL_FPS, scene_fps

if TYPE_CHECKING:
    import numpy as np

COLOUR = (0.25, 0.65, 1.0, 0.9)
WIDTH_PIXELS = 4.0


def _draw() -> None:
    if not bpy.context.space_data.overlay.show_overlays:
        return
    scene = bpy.context.scene
    figure = _figure(scene.frame_current_final, scene_fps(scene))
    if figure is not None:
        world, lines = figure
        draw_lines(lines, world)


def _figure(frame: float, fps: float) -> "tuple[Matrix, np.ndarray] | None":
    """Where a ghost stands and its lines (46, 3) at a frame, if there is something to show."""
    current = session()
    job = current.job
    if job is not None and job.ghost is not None:
        body = find_body(job.body)
        return None if body is None else (_world(body, job.place), job.ghost)
    for uid, takes in current.takes.items():
        body = find_body(uid)
        if body is None or _plays(body, takes.baked_as):
            continue
        index = round((frame - takes.start_frame) * CONTROL_FPS / fps)
        lines = takes.ghost[min(max(index, 0), len(takes.ghost) - 1)]
        return _world(body, takes.place), lines
    return None


def _world(body: bpy.types.Object, place: tuple[tuple[float, ...], ...] | None) -> Matrix:
    """Where a take stands: with its body's object, unless that is keyed as a whole."""
    return body.matrix_world if place is None else Matrix(place)


def _plays(body: bpy.types.Object, action_name: str) -> bool:
    """Whether the body plays the Action of this name; undo of the bake makes it another again."""
    animation = body.animation_data
    return bool(animation and animation.action and animation.action.name == action_name)


def draw_lines(lines: "np.ndarray", world: Matrix) -> None:
    """Draws pairs of points (2 n, 3), metres in the space of ``world``, over everything."""
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    batch = batch_for_shader(shader, "LINES", {"pos": lines})
    gpu.state.blend_set("ALPHA")
    with gpu.matrix.push_pop():
        gpu.matrix.multiply_matrix(world)
        shader.bind()
        shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
        shader.uniform_float("lineWidth", WIDTH_PIXELS * bpy.context.preferences.system.ui_scale)
        shader.uniform_float("color", COLOUR)
        batch.draw(shader)
    gpu.state.blend_set("NONE")


_handle: object | None = None


def register() -> None:
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
    _handle = None
