"""The shape of an object as it is evaluated: modifiers count, scale is taken into the lengths."""

from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Quaternion, Vector

from ...runtime.errors import UserError
from .terrain import is_ground, terrain_of

if TYPE_CHECKING:
    import numpy as np

BOX_TOLERANCE = 1e-3
"""Share of a mesh's size that its corners may be off a box."""


def shape_of(
    context: bpy.types.Context, one: bpy.types.Object, scale: Vector, turn: Quaternion
) -> tuple[dict[str, Any], Vector, Quaternion]:
    """The shape's plain data, its middle and its turn in the frame of the object, which is unscaled
    and turned by ``turn``.

    Raises ``UserError`` where there is nothing to touch.
    """
    import numpy as np

    seen = one.evaluated_get(context.evaluated_depsgraph_get())
    mesh = seen.to_mesh()
    try:
        if mesh is None or not len(mesh.vertices):
            raise UserError(f"'{one.name}' has no surface to touch; take it out of the physics.")
        points = np.empty(3 * len(mesh.vertices), dtype=np.float32)
        mesh.vertices.foreach_get("co", points)
        vertices = points.reshape(-1, 3).astype(np.float64) * np.array(scale)
        mesh.calc_loop_triangles()
        corners = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
    finally:
        seen.to_mesh_clear()
    faces = corners.reshape(-1, 3)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return _chosen(one, vertices, faces, low, high, turn)


def _chosen(
    one: bpy.types.Object,
    vertices: "np.ndarray",
    faces: "np.ndarray",
    low: "np.ndarray",
    high: "np.ndarray",
    turn: Quaternion,
) -> tuple[dict[str, Any], Vector, Quaternion]:
    size, middle, still = (high - low).tolist(), Vector((low + high) / 2), Quaternion()
    kind = one.motivo_scene.shape
    if kind == "auto":
        kind = "box" if _is_box(vertices, low, high) else "parts"
        if kind == "parts" and is_ground(vertices, faces):
            kind = "terrain"
    if kind == "box":
        return {"shape": "box", "size": size}, middle, still
    if kind == "sphere":
        return {"shape": "sphere", "radius": max(size) / 2}, middle, still
    if kind == "capsule":
        axis = size.index(max(size))
        radius = max(side for number, side in enumerate(size) if number != axis) / 2
        along = [0.0, 0.0, 0.0]
        along[axis] = 1.0
        lying = Vector((0, 0, 1)).rotation_difference(Vector(along))
        length = max(max(size) - 2 * radius, 1e-3)
        return {"shape": "capsule", "radius": radius, "length": length}, middle, lying
    if kind == "terrain":
        return terrain_of(one, vertices, faces, turn)
    fit = "hull" if kind == "hull" else "parts"
    shape = {"shape": "mesh", "vertices": vertices, "faces": faces, "fit": fit}
    return shape, Vector((0, 0, 0)), still


def _is_box(vertices: "np.ndarray", low: "np.ndarray", high: "np.ndarray") -> bool:
    """Whether its eight vertices are the corners of the box around it."""
    import numpy as np

    if len(vertices) != 8:
        return False
    away = np.minimum(np.abs(vertices - low), np.abs(vertices - high))
    return bool(away.max() <= BOX_TOLERANCE * max((high - low).max(), 1e-9))
