"""Where on the floor somebody who is added has room: at a place, or beside what stands there."""

from math import cos, pi, sin

import bpy
from mathutils import Vector

from ..scene import metres_per_unit

FEET = 0.3
"""Metres around the middle of a body within which something stands where the body does."""
ARMS = 0.9
"""Metres of room around a body that steps aside: its arms are stretched out."""
HEIGHTS = 0.1, 1.8
"""Metres over the floor between which things are in the way; carpets and ceilings are not."""
LARGEST = 4.0
"""Metres; what is wider than that is a floor, a hill or a house, in which one may stand."""
FARTHEST = 5.0
STEP = 0.25
WAYS = 8

_Footprint = tuple[float, float, float, float]
"""Least and largest x, least and largest y, in the scene's unit."""


def free_place(context: bpy.types.Context, wanted: Vector) -> tuple[Vector, str]:
    """The free place on the floor nearest to the one wanted, and what stood at that one.

    The name is empty where nothing did, or where all around is taken; the place is then as
    wanted, on the floor.
    """
    unit = 1.0 / metres_per_unit(context.scene)
    context.view_layer.update()
    prints = {
        one.name: found
        for one in context.view_layer.objects
        if (found := _footprint(one, unit)) is not None
    }
    there = Vector((wanted.x, wanted.y, 0.0))
    name = next((name for name, box in prints.items() if _meets(box, there, FEET * unit)), "")
    if not name:
        return there, ""
    for ring in range(1, round(FARTHEST / STEP) + 1):
        for way in range(WAYS):
            angle = 2.0 * pi * way / WAYS
            off = Vector((cos(angle), sin(angle), 0.0)) * (ring * STEP * unit)
            if not any(_meets(box, there + off, ARMS * unit) for box in prints.values()):
                return there + off, name
    return there, ""


def _footprint(one: bpy.types.Object, unit: float) -> _Footprint | None:
    """What an object takes of the floor; nothing where nobody would bump into it."""
    if one.type != "MESH" or not one.data.polygons or not one.visible_get():
        return None
    corners = [one.matrix_world @ Vector(corner) for corner in one.bound_box]
    (left, right), (front, back), (bottom, top) = (
        (min(axis), max(axis)) for axis in zip(*corners, strict=True)
    )
    low, high = (height * unit for height in HEIGHTS)
    if top < low or bottom > high or max(right - left, back - front) > LARGEST * unit:
        return None
    return left, right, front, back


def _meets(box: _Footprint, place: Vector, radius: float) -> bool:
    left, right, front, back = box
    across = max(left - place.x, 0.0, place.x - right)
    along = max(front - place.y, 0.0, place.y - back)
    return across * across + along * along < radius * radius
