"""The ghost: a stick figure while a draft is performed, then the body of the best so far and of the take.

It is only drawn, nothing of it is in the scene. What is drawn is said in
``viewport/ghost.py``.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import blf
import bpy
import gpu
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from ..bodies import find_body
from ..client import session
from ..rig.body.size import own_space
from ..scene import CONTROL_FPS, scene_fps
from ..shelf.compared import compared_with
from ..takes import ghost_lines
from .asked import is_out_of_date

if TYPE_CHECKING:
    import numpy as np

    from ..client import Job
    from ..live.running import LiveRun
    from ..takes import TakeSet

COLOUR = (0.25, 0.65, 1.0, 0.9)
CONTACT_COLOUR = (0.3, 1.0, 0.45, 0.9)
HELP_COLOUR = (1.0, 0.75, 0.1, 0.95)
WIDTH_PIXELS = 4.0
NUMBER_PIXELS = 13
OUTWARDS = 0.005
"""Metres by which the ghost lies over a body in the same place."""


def _draw() -> None:
    if not bpy.context.space_data.overlay.show_overlays:
        return
    scene, current = bpy.context.scene, session()
    job = current.job
    if current.live is not None:
        _draw_live(current.live)
        return
    if job is not None and (job.ghost is not None or job.best is not None):
        body = find_body(job.body)
        if body is not None:
            _draw_job(scene, body, job)
        return
    for body, takes in _shown_takes(scene):
        _draw_take(scene, body, takes)


def _shown_takes(scene: bpy.types.Scene) -> "Iterator[tuple[bpy.types.Object, TakeSet]]":
    """Every take that has a ghost: of a body that is there and does not play it already."""
    for uid, takes in session().takes.items():
        body = find_body(uid)
        if body is not None and body.name in scene.objects and not _plays(body, takes.baked_as):
            yield body, takes


def help_labels(scene: bpy.types.Scene) -> list[tuple[str, Vector]]:
    """How much of the weight is carried at the scene's frame, and where in the world that is said."""
    from . import ghost

    labels = []
    for body, takes in _shown_takes(scene) if scene.motivo_ghost.help else ():
        index = take_index(scene, takes.start_frame, len(takes.motion["qpos"]))
        arrow, share = ghost.help_arrow(takes.motion, index)
        if len(arrow):
            tip = _world(body, takes.place) @ Vector(arrow[1].tolist())
            labels.append((f"{100 * share:.0f} %", tip))
    return labels


def _draw_numbers() -> None:
    """Beside each arrow what it stands for; not while something else is shown in its place."""
    context = bpy.context
    busy = session().job is not None or session().live is not None
    if busy or not context.space_data.overlay.show_overlays:
        return
    scale = context.preferences.system.ui_scale
    for text, place in help_labels(context.scene):
        at = location_3d_to_region_2d(context.region, context.region_data, place)
        if at is not None:
            blf.size(0, NUMBER_PIXELS * scale)
            blf.color(0, *HELP_COLOUR)
            blf.position(0, at.x + 8 * scale, at.y, 0)
            blf.draw(0, text)


def _draw_job(scene: bpy.types.Scene, body: bpy.types.Object, job: "Job") -> None:
    """The best so far where the scene's frame has it; before there is any, the pose performed last."""
    world = _world(body, job.place)
    if job.best is None:
        draw_lines(job.ghost, world)
        return
    from . import ghost

    index = take_index(scene, job.start_frame, len(job.best))
    if scene.motivo_ghost.mesh:
        figure = ghost.Figure(job.best[index], ghost.NOW, ghost.SOLID)
        draw_surface(*ghost.shaded(figure, OUTWARDS), world)
    else:
        draw_lines(ghost_lines(job.best[index : index + 1])[0], world)


def take_index(scene: bpy.types.Scene, start_frame: int, frames: int) -> int:
    """The frame of a motion that begins at ``start_frame`` and is shown at the scene's frame."""
    index = round((scene.frame_current_final - start_frame) * CONTROL_FPS / scene_fps(scene))
    return min(max(index, 0), frames - 1)


def _draw_live(run: "LiveRun") -> None:
    from . import ghost

    body = find_body(run.body)
    if body is None or run.shown is None:
        return
    began = time.perf_counter()
    surface = ghost.shaded(ghost.Figure(run.shown, ghost.NOW, 1.0), OUTWARDS)
    shaped = time.perf_counter()
    run.note("figure", shaped - began)
    draw_surface(*surface, _world(body, None))
    if run.arrow is not None:
        draw_lines(run.arrow, Matrix(), HELP_COLOUR)
    run.note("drawing", time.perf_counter() - shaped)


def _draw_take(scene: bpy.types.Scene, body: bpy.types.Object, takes: "TakeSet") -> None:
    from . import ghost

    settings, world = scene.motivo_ghost, _world(body, takes.place)
    step = CONTROL_FPS / scene_fps(scene)
    index = take_index(scene, takes.start_frame, len(takes.motion["qpos"]))
    if settings.mesh:
        old = is_out_of_date(body, takes)
        beside = _compared_pose(scene, body, takes)
        for figure in ghost.figures(takes, settings, index, step, old, beside):
            draw_surface(*ghost.shaded(figure, OUTWARDS), world)
    else:
        draw_lines(takes.ghost[index], world)
    if settings.contacts:
        rings = ghost.contact_rings(takes.motion, index)
        if len(rings):
            draw_lines(rings, world, CONTACT_COLOUR)
    if settings.help:
        arrow, _ = ghost.help_arrow(takes.motion, index)
        if len(arrow):
            draw_lines(arrow, world, HELP_COLOUR)


def _compared_pose(
    scene: bpy.types.Scene, body: bpy.types.Object, takes: "TakeSet"
) -> "np.ndarray | None":
    """(76,): where the take that is compared with the chosen one is at the scene's frame."""
    found = compared_with(body, takes)
    if found is None:
        return None
    index = take_index(scene, found.start_frame, found.frames)
    return found.motion["qpos"][index]


def _world(body: bpy.types.Object, place: tuple[tuple[float, ...], ...] | None) -> Matrix:
    """Where a take stands, in its own lengths: with its body's object, unless that is keyed as a
    whole."""
    return own_space(body, None if place is None else Matrix(place))


def _plays(body: bpy.types.Object, action_name: str) -> bool:
    """Whether the body plays the Action of this name; undo of the bake makes it another again."""
    animation = body.animation_data
    return bool(animation and animation.action and animation.action.name == action_name)


def draw_lines(
    lines: "np.ndarray", world: Matrix, colour: tuple[float, float, float, float] = COLOUR
) -> None:
    """Draws pairs of points (2 n, 3), metres in the space of ``world``, over everything."""
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    batch = batch_for_shader(shader, "LINES", {"pos": lines})
    gpu.state.blend_set("ALPHA")
    with gpu.matrix.push_pop():
        gpu.matrix.multiply_matrix(world)
        shader.bind()
        shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
        shader.uniform_float("lineWidth", WIDTH_PIXELS * bpy.context.preferences.system.ui_scale)
        shader.uniform_float("color", colour)
        batch.draw(shader)
    gpu.state.blend_set("NONE")


def draw_surface(
    points: "np.ndarray", colours: "np.ndarray", triangles: "np.ndarray", world: Matrix
) -> None:
    """Draws a surface one can see through, its nearest side only."""
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    batch = batch_for_shader(shader, "TRIS", {"pos": points, "color": colours}, indices=triangles)
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("LESS_EQUAL")
    gpu.state.depth_mask_set(True)
    with gpu.matrix.push_pop():
        gpu.matrix.multiply_matrix(world)
        shader.bind()
        # First where it is, then how it looks: so limbs do not shine through the trunk.
        gpu.state.color_mask_set(False, False, False, False)
        batch.draw(shader)
        gpu.state.color_mask_set(True, True, True, True)
        batch.draw(shader)
    gpu.state.depth_mask_set(False)
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("NONE")


_handles: list[object] = []


def register() -> None:
    add = bpy.types.SpaceView3D.draw_handler_add
    _handles.append(add(_draw, (), "WINDOW", "POST_VIEW"))
    _handles.append(add(_draw_numbers, (), "WINDOW", "POST_PIXEL"))


def unregister() -> None:
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
