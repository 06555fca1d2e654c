"""Poses that are not keyed yet, kept while Blender evaluates everything anew."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import bpy

_CHANNELS = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale")


@contextmanager
def unkeyed_kept(
    context: bpy.types.Context, objects: Iterable[bpy.types.Object] | None = None
) -> Iterator[None]:
    """Transforms of these objects and their bones (by default the scene's) are after as before.

    Assigning an Action, or showing another scene and coming back, makes Blender
    evaluate animations once more, and curves then overwrite what was posed by hand.
    """
    chosen = context.scene.objects if objects is None else objects
    movable = []
    for owner in chosen:
        if owner.animation_data:
            movable += [owner, *(owner.pose.bones if owner.pose else ())]
    before = [[tuple(getattr(thing, name)) for name in _CHANNELS] for thing in movable]
    try:
        yield
    finally:
        context.view_layer.update()
        for thing, values in zip(movable, before, strict=True):
            for name, value in zip(_CHANNELS, values, strict=True):
                setattr(thing, name, value)
