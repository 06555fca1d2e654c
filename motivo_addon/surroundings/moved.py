"""What became of things that move freely in a take: keys on their objects."""

from collections.abc import Mapping
from typing import Any

import bpy
from mathutils import Matrix, Quaternion, Vector

from .reading import beside
from .shapes import shape_of


def bake_moved(
    context: bpy.types.Context,
    ways: Mapping[str, Mapping[str, Any]],
    place: Matrix,
    frames: list[float],
    name: str,
) -> list[str]:
    """Writes an Action ``name`` for each object of ``ways`` (see ``runtime.scene.loose.ways_of``).

    ``place``: the space in the world in which the body performed; ``frames`` of Blender's scene.
    -> names of objects that are gone. Their Actions of before stay in the file.
    """
    import numpy as np

    from ..rig import curves
    from ..rig.rotation_modes import rotation_curves

    own, gone = beside(context.scene, place), []
    back = own.inverted()
    for title, way in ways.items():
        one = context.scene.objects.get(title)
        if one is None:
            gone.append(title)
            continue
        _, centre, own_turn = shape_of(context, one, (own @ one.matrix_world).to_scale())
        hangs = Matrix()
        if one.parent is not None:
            hangs = (one.parent.matrix_world @ one.matrix_parent_inverse).inverted_safe()
        places, turns = [], []
        for position, rotation in zip(way["position"], way["rotation"], strict=True):
            turn = Quaternion(rotation) @ Quaternion(own_turn).inverted()
            world = back @ Matrix.LocRotScale(Vector(position) - turn @ centre, turn, None)
            location, turned, _ = (hangs @ world).decompose()
            if turns and turned.dot(turns[-1]) < 0:
                turned.negate()
            places.append(location)
            turns.append(turned)
        path, values = rotation_curves(one.rotation_mode, np.array(turns))
        tracks = {
            curves.Channel(channel, index): column
            for channel, rows in (("location", np.array(places)), (path, values))
            for index, column in enumerate(rows.T)
        }
        before = curves.active_action(one)
        if before is not None:
            before.use_fake_user = True
        action = curves.new_action(f"{name} - {title}", one)
        curves.write_curves(action, one, np.array(frames), tracks)
        action.use_fake_user = True
        curves.assign(one, action)
    return gone
