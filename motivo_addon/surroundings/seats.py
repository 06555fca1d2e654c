"""Seats that a take's recording lacks, as objects of the scene."""

from collections.abc import Mapping
from typing import Any

import bpy
from mathutils import Matrix, Quaternion, Vector

from .reading import beside, members

NEAR_M = 0.25
"""From the middle of a seat, seen from above: who sits there sits on what stands so near."""
LOWER_M = 0.1
"""Than a seat that is missing, at most, what is in its place."""


def add_seat(
    context: bpy.types.Context, seat: Mapping[str, Any], place: Matrix
) -> bpy.types.Object:
    """A box that is part of the physics, for a ``seat`` as takes tell it (``planning.terrain.seats``),
    of a body that performs in ``place`` (its space in the world)."""
    location, turn, scale = _where(context, seat, place).decompose()
    half = [length / 2 * factor for length, factor in zip(seat["size"], scale, strict=True)]
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    mesh = bpy.data.meshes.new("Seat")
    mesh.from_pydata(
        [Vector(half) * Vector(corner) for corner in corners],
        [],
        [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)],
    )
    one = bpy.data.objects.new("Seat", mesh)
    one.location, one.rotation_euler = location, turn.to_euler()
    context.scene.collection.objects.link(one)
    one.motivo_scene.takes_part = True
    one.motivo_scene.shape = "box"
    return one


def is_there(context: bpy.types.Context, seat: Mapping[str, Any], place: Matrix) -> bool:
    """Whether something stands there since, as it was added or in its place."""
    location, _, scale = _where(context, seat, place).decompose()
    top = location.z + seat["size"][2] / 2 * scale.z
    for one in members(context.scene):
        if one.type == "EMPTY":
            continue
        corners = [one.matrix_world @ Vector(corner) for corner in one.bound_box]
        middle = sum(corners, Vector()) / len(corners)
        # Ground lies below; chairs have a back that is higher.
        high = max(corner.z for corner in corners) > top - LOWER_M * scale.z
        if high and (middle - location).xy.length < NEAR_M * scale.x:
            return True
    return False


def _where(context: bpy.types.Context, seat: Mapping[str, Any], place: Matrix) -> Matrix:
    """The seat's space in the world, in metres."""
    local = Matrix.LocRotScale(Vector(seat["position"]), Quaternion(seat["rotation"]), None)
    return beside(context.scene, place).inverted() @ local
