"""Objects in the view as they are simulated: wires around boxes, balls, capsules, hulls and terrain."""

import itertools

import bpy
import gpu
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Quaternion, Vector

from ...runtime.errors import UserError
from ..bodies import active_body
from .reading import KINDS, members, people
from .shapes import shape_of

COLOUR = (1.0, 0.62, 0.2, 0.9)
SIDES = 24
GRID_LINES = 40
"""About so many along the longer side of a terrain."""
_handle = None
_kept: dict[int, tuple] = {}
"""Session uid -> what the lines were made of, and the lines, the middle, the turn in its frame."""


def wires(context: bpy.types.Context, one: bpy.types.Object) -> list[tuple[float, float, float]]:
    """Ends of lines in the world, two and two; none for what cannot be simulated."""
    if one.type not in KINDS:
        return []
    location, turn, scale = one.matrix_world.decompose()
    corners = tuple(tuple(corner) for corner in one.bound_box)
    now = (one.motivo_scene.shape, tuple(scale), corners, _tilt_of(turn))
    kept = _kept.get(one.session_uid)
    if kept is None or kept[0] != now:
        try:
            shape, middle, own = shape_of(context, one, scale, turn)
            kept = now, _outline(shape), middle, own
        except UserError:
            # Generating tells why; a view has no place for a sentence.
            kept = now, [], location, turn
        _kept[one.session_uid] = kept
    _, lines, middle, own = kept
    place = Matrix.LocRotScale(location + turn @ middle, turn @ own, None)
    return [tuple(place @ point) for point in lines]


def _tilt_of(turn: Quaternion) -> tuple[float, ...]:
    """What of a turn an outline may depend on: terrain stands upright in whatever is tilted."""
    up = turn.inverted() @ Vector((0, 0, 1))
    return tuple(round(axis, 5) for axis in up)


def person_wires(
    context: bpy.types.Context, body: bpy.types.Object
) -> list[tuple[float, float, float]]:
    """The same of another body, as it is posed now: its boxes and capsules as they are felt."""
    from ...runtime.body import SMPL_NAMES
    from ...runtime.body.figures import touched_shapes
    from ...runtime.body.rest_pose import rest_pose
    from ..rig.body.size import length_of

    if any(name not in body.pose.bones for name in SMPL_NAMES):
        return []
    turns = rest_pose().bone_turns
    scale = length_of(body)
    lines = []
    for index, shape in touched_shapes():
        posed = body.matrix_world @ body.pose.bones[SMPL_NAMES[index]].matrix
        turn = posed.to_quaternion() @ Matrix(turns[index].tolist()).to_quaternion().inverted()
        middle, own, outline = _person_shape(shape)
        frame = Matrix.LocRotScale(posed.translation, turn, Vector((scale, scale, scale)))
        place = frame @ Matrix.LocRotScale(middle, own, None)
        lines += [tuple(place @ point) for point in outline]
    return lines


def _person_shape(shape) -> tuple[Vector, Quaternion, list]:
    """Middle and turn in the body's frame, and lines around it in its own."""
    if shape["type"] == "box":
        sides = [2 * half for half in shape["size"]]
        return Vector(shape["pos"]), Quaternion(), _outline({"shape": "box", "size": sides})
    first, last = Vector(shape["fromto"][:3]), Vector(shape["fromto"][3:])
    way = last - first
    lines = _rings(shape["size"][0], way.length)
    return (first + last) / 2, Vector((0, 0, 1)).rotation_difference(way), lines


def _outline(shape) -> list:
    from itertools import product

    if shape["shape"] == "box":
        half = [side / 2 for side in shape["size"]]
        corners = [
            Vector([s * h for s, h in zip(signs, half, strict=True)])
            for signs in product((-1, 1), repeat=3)
        ]
        pairs = [(a, b) for a in range(8) for b in range(a) if (a ^ b) in (1, 2, 4)]
        return [corners[end] for pair in pairs for end in pair]
    if shape["shape"] in ("sphere", "capsule"):
        return _rings(shape["radius"], shape.get("length", 0.0))
    if shape["shape"] == "terrain":
        return _grid(shape)
    from ...runtime.scene import Mesh

    lines = []
    for piece in Mesh(shape["vertices"], shape["faces"], shape["fit"]).pieces:
        lines += _edges(piece)
    return lines


def _rings(radius: float, length: float) -> list:
    from math import cos, pi, sin

    lines = []
    turns = [2 * pi * number / SIDES for number in range(SIDES + 1)]
    for end in {-length / 2, length / 2}:
        ring = [Vector((radius * cos(t), radius * sin(t), end)) for t in turns]
        lines += [point for a, b in itertools.pairwise(ring) for point in (a, b)]
    for x, y in ((1, 0), (0, 1)):
        ring = []
        for t in turns:
            up = sin(t) * radius + (length / 2 if sin(t) >= 0 else -length / 2)
            ring.append(Vector((x * radius * cos(t), y * radius * cos(t), up)))
        lines += [point for a, b in itertools.pairwise(ring) for point in (a, b)]
    return lines


def _grid(shape) -> list:
    heights = shape["heights"]
    rows, columns = len(heights), len(heights[0])
    wide, deep = shape["size"]

    def point(row: int, column: int) -> Vector:
        x, y = column / (columns - 1) - 0.5, row / (rows - 1) - 0.5
        return Vector((x * wide, y * deep, heights[row][column]))

    lines = []
    apart = max(1, max(rows, columns) // GRID_LINES)
    for row in range(0, rows, apart):
        for column in range(columns - 1):
            lines += [point(row, column), point(row, column + 1)]
    for column in range(0, columns, apart):
        for row in range(rows - 1):
            lines += [point(row, column), point(row + 1, column)]
    return lines


def _edges(points) -> list:
    """Edges of the hull of points (n, 3) that are not within one of its flat faces."""
    from scipy.spatial import ConvexHull

    hull = ConvexHull(points)
    lines = []
    for face, near in enumerate(hull.neighbors):
        for corner, other in enumerate(near):
            if other < face or abs(hull.equations[face][:3] @ hull.equations[other][:3]) > 0.999:
                continue
            ends = [hull.simplices[face][k] for k in range(3) if k != corner]
            lines += [Vector(points[end]) for end in ends]
    return lines


def _draw() -> None:
    context = bpy.context
    if not context.scene.motivo_world.shown:
        return
    lines = [end for one in members(context.scene) for end in wires(context, one)]
    for one in people(context.scene, active_body(context)):
        lines += person_wires(context, one)
    if not lines:
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("color", COLOUR)
    batch_for_shader(shader, "LINES", {"pos": lines}).draw(shader)
    gpu.state.blend_set("NONE")


def register() -> None:
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")


def unregister() -> None:
    global _handle
    _kept.clear()
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
