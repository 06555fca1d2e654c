"""Seats that a take's recording lacks, as objects of the scene."""

from collections.abc import Mapping
from typing import Any

import bpy
from mathutils import Matrix, Quaternion, Vector

from .reading import beside


def add_seat(
    context: bpy.types.Context, seat: Mapping[str, Any], place: Matrix
) -> bpy.types.Object:
    """A box that is part of the physics, for a ``seat`` as takes tell it (``planning.terrain.seats``),
    of a body that performs in ``place`` (its space in the world)."""
    back = beside(context.scene, place).inverted()
    location, turn, scale = (
        back @ Matrix.LocRotScale(Vector(seat["position"]), Quaternion(seat["rotation"]), None)
    ).decompose()
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
