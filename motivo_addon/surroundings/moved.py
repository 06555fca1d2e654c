"""What became of things that move freely in a take: keys on their objects."""

from collections.abc import Mapping
from math import pi
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Euler, Matrix, Quaternion, Vector

from ..rig.side_scene import side_scene
from ..scene import metres_per_unit
from .reading import beside, may_move
from .shapes import shape_of

if TYPE_CHECKING:
    import numpy as np

SAME_M, SAME_RADIANS = 1e-4, 1e-3
"""Within these a way begins where its object was: rounding, which must not move the object."""


def at_frames(
    ways: Mapping[str, Mapping[str, Any]], numbers: "np.ndarray"
) -> dict[str, dict[str, Any]]:
    """The ways at frames (T,) of theirs, between whole ones too."""
    import numpy as np

    from ...runtime.body.kinematics import continuous_quaternions

    result = {}
    for title, way in ways.items():
        turns = continuous_quaternions(np.array(way["rotation"], dtype=float))
        tracks = np.concatenate([np.array(way["position"], dtype=float), turns], axis=1)
        known = np.arange(len(tracks))
        found = np.stack([np.interp(numbers, known, track) for track in tracks.T], axis=1)
        found[:, 3:] /= np.linalg.norm(found[:, 3:], axis=1, keepdims=True)
        result[title] = {"position": found[:, :3].tolist(), "rotation": found[:, 3:].tolist()}
    return result


def bake_moved(
    context: bpy.types.Context,
    ways: Mapping[str, Mapping[str, Any]],
    place: Matrix,
    frames: list[float],
    name: str,
) -> list[str]:
    """Writes an Action ``name`` for each object of ``ways`` (see ``runtime.scene.props.loose.ways_of``).

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
        _, turned_by, scale = (own @ one.matrix_world).decompose()
        _, centre, own_turn = shape_of(context, one, scale, turned_by)
        seen = _seen(context, one, frames)
        places, turns = [], []
        for position, rotation, (there, basis) in zip(
            way["position"], way["rotation"], seen, strict=True
        ):
            turn = Quaternion(rotation) @ Quaternion(own_turn).inverted()
            world = back @ Matrix.LocRotScale(Vector(position) - turn @ centre, turn, None)
            # What carries its own transform to the world, such as a parent, may move.
            location, turned, _ = (basis @ there.inverted_safe() @ world).decompose()
            if not places and _same(world, there, SAME_M / metres_per_unit(context.scene)):
                location, turned, _ = basis.decompose()
            location, turned = _without_deltas(one, location, turned)
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


def _without_deltas(
    one: bpy.types.Object, location: Vector, turned: Quaternion
) -> tuple[Vector, Quaternion]:
    """What is keyed: Blender adds the object's delta transform, and its matrices have it already."""
    if one.rotation_mode == "QUATERNION":
        delta = Quaternion(one.delta_rotation_quaternion)
    elif one.rotation_mode == "AXIS_ANGLE":
        delta = Quaternion()  # it has none
    else:
        delta = Euler(one.delta_rotation_euler[:], one.rotation_mode).to_quaternion()
    return location - one.delta_location, delta.inverted() @ turned


def _seen(
    context: bpy.types.Context, one: bpy.types.Object, frames: list[float]
) -> list[tuple[Matrix, Matrix]]:
    """Its matrix in the world and that of its own transform, at each of the frames."""
    if not may_move(one):
        context.view_layer.update()
        return [(one.matrix_world.copy(), one.matrix_basis.copy())] * len(frames)
    result = []
    with side_scene(context, [one], "Motivo Scene") as scene:
        for frame in frames:
            scene.frame_set(int(frame // 1), subframe=frame % 1)
            found = one.evaluated_get(scene.view_layers[0].depsgraph)
            result.append((found.matrix_world.copy(), found.matrix_basis.copy()))
    return result


def _same(a: Matrix, b: Matrix, near: float) -> bool:
    between = a.to_quaternion().rotation_difference(b.to_quaternion())
    angle = min(between.angle, 2 * pi - between.angle)
    return (a.translation - b.translation).length < near and angle < SAME_RADIANS
