"""Objects of the scene as places on the floor of the body's own space, at frames of the scene."""

import math
from collections.abc import Sequence

import bpy
from mathutils import Matrix, Vector

from ...runtime.errors import UserError
from ..keys.place import performed_place
from ..rig.body.size import own_space
from ..rig.side_scene import side_scene
from .kind import FrameRange

AHEAD = Vector((0.0, -1.0, 0.0))
"""Where an object looks that is not turned: as Blender's figures, and the body, do."""
BETWEEN_FRAMES = 5
"""Frames of the scene between two looks at an object that moves."""
CURVE_RESOLUTION = 24
"""Points on a bend of a curve, at least."""


def space_of(context: bpy.types.Context, body: bpy.types.Object) -> Matrix:
    """World -> the space in which the body is performed, in its metres."""
    return own_space(body, performed_place(context, body)).inverted()


def matrices(
    context: bpy.types.Context, thing: bpy.types.Object, frames: Sequence[int]
) -> list[Matrix]:
    """The object's matrix in the world at frames of the scene, however it is moved."""
    with side_scene(context, [thing], "Motivo Places") as scene:
        result = []
        for frame in frames:
            scene.frame_set(frame)
            seen = thing.evaluated_get(scene.view_layers[0].depsgraph)
            result.append(seen.matrix_world.copy())
    return result


def place_and_heading(
    context: bpy.types.Context, body: bpy.types.Object, thing: bpy.types.Object, frame: int
) -> tuple[tuple[float, float], float]:
    """Where on the floor an object is at a frame, and degrees about z of where it looks."""
    space = space_of(context, body)
    matrix = matrices(context, thing, [frame])[0]
    place = space @ matrix.translation
    ahead = space.to_3x3() @ matrix.to_3x3() @ AHEAD
    if ahead.xy.length < 1e-6 * max(ahead.length, 1e-9):
        raise UserError(
            f"'{thing.name}' looks straight up or down; turn it to where the body shall face."
        )
    return _rounded(place), math.degrees(math.atan2(ahead.y, ahead.x))


def track(
    context: bpy.types.Context,
    body: bpy.types.Object,
    thing: bpy.types.Object,
    start: int,
    end: int,
) -> tuple[tuple[float, float], ...]:
    """Where on the floor an object is from frame to frame; once, if it stays."""
    space = space_of(context, body)
    count = max(2, (end - start) // BETWEEN_FRAMES + 1)
    frames = [round(start + (end - start) * step / (count - 1)) for step in range(count)]
    places = [space @ matrix.translation for matrix in matrices(context, thing, frames)]
    points = tuple(_rounded(place) for place in places)
    moves = any((place - places[0]).length > 0.01 for place in places)
    return points if moves else points[:1]


def curve_points(
    context: bpy.types.Context, body: bpy.types.Object, curve: bpy.types.Object
) -> tuple[tuple[tuple[float, float], ...], bool]:
    """Points (P, 2) on the floor along a curve's first spline, and whether it is closed."""
    splines = curve.data.splines
    if not len(splines):
        raise UserError(f"The curve '{curve.name}' is empty; draw a path in it.")
    closed = bool(splines[0].use_cyclic_u)
    data = curve.data.copy()
    bare = bpy.data.objects.new("Motivo Path", data)
    try:
        data.bevel_mode, data.bevel_depth, data.extrude, data.bevel_object = "ROUND", 0, 0, None
        data.resolution_u = max(data.resolution_u, CURVE_RESOLUTION)
        data.dimensions = "3D"  # a flat one is filled
        for other in list(data.splines)[1:]:
            data.splines.remove(other)
        world = [curve.matrix_world @ vertex.co for vertex in bare.to_mesh().vertices]
        bare.to_mesh_clear()
    finally:
        bpy.data.objects.remove(bare)
        bpy.data.curves.remove(data)
    space = space_of(context, body)
    points = tuple(_rounded(space @ corner) for corner in world)
    if len(points) < 2:
        raise UserError(f"The curve '{curve.name}' has a single point; draw a path in it.")
    return points, closed


def origin_of(
    context: bpy.types.Context, prompt, body: bpy.types.Object, frames: FrameRange
) -> tuple[float, ...]:
    """x, y and degrees of where the body stands, for a prompt that nothing comes before."""
    from ..rig.sample import sample_pose

    if frames.start > 0:
        return ()
    from ...runtime.motion.ground_frame import heading

    qpos = sample_pose(context, body, prompt.start)
    degrees = math.degrees(float(heading(qpos[None])[0]))
    return (float(qpos[0]), float(qpos[1]), degrees)


def _rounded(place: Vector) -> tuple[float, float]:
    """To a tenth of a millimetre: Blender's own numbers are no finer."""
    return round(place.x, 4), round(place.y, 4)
