"""A checksum of where all that is around a body is and of what moves it; meshes are not looked into."""

import zlib
from collections.abc import Iterator

import bpy
from mathutils import Euler, Matrix, Quaternion

from .reading import KINDS, is_flat_floor, keyed_paths, members, people

DECIMALS = 4
"""Of what is compared in places and poses, in the scene's unit."""


def animation_around(
    scene: bpy.types.Scene, body: bpy.types.Object, first: int, digest: int = 0
) -> int:
    """The checksum upon ``digest``, which stays as it is where there is only the floor.

    What moves freely counts by where it is at the frame ``first`` alone: Bake keys the rest.
    """
    from ..rig.curves import read_keys

    if is_flat_floor(scene, body):
        return digest
    for (path, index), curve in keyed_paths(scene).items():
        digest = _add(digest, path, index, read_keys(curve).tobytes())
    for one in (*members(scene), *people(scene, body)):
        digest = _add(digest, one.name)
        moved, free = False, _is_free(one)
        if free:
            digest = _add(digest, _own_place(one, first))
        for part in _chain(one):
            for name, action in _actions(part):
                if free and part == one and action == part.animation_data.action:
                    continue
                digest, moved = _add(digest, name, _keys(action, part)), True
            moved = moved or len(part.constraints) > 0
        # Where it is differs from frame to frame if something moves it.
        rest = one.parent if free else one
        if not moved and rest is not None:
            digest = _add(digest, _rounded(rest.matrix_world), _pose(rest))
    return digest


def _add(digest: int, *values: object) -> int:
    return zlib.crc32(repr(values).encode(), digest)


def _is_free(one: bpy.types.Object) -> bool:
    settings = one.motivo_scene
    return one.type in KINDS and settings.loose and settings.held == "none"


def _own_place(one: bpy.types.Object, frame: int) -> list:
    """Its own transform at a frame, within what it hangs on."""
    from ..rig.curves import curves_that_move

    turn = "rotation_euler"
    if one.rotation_mode in ("QUATERNION", "AXIS_ANGLE"):
        turn = f"rotation_{one.rotation_mode.lower()}"
    values = {name: list(getattr(one, name)) for name in ("location", turn, "scale")}
    for curve in curves_that_move(one):
        if curve.data_path in values:
            values[curve.data_path][curve.array_index] = curve.evaluate(frame)
    if one.rotation_mode == "QUATERNION":
        rotation = Quaternion(values[turn]).normalized()
    elif one.rotation_mode == "AXIS_ANGLE":
        rotation = Quaternion(values[turn][1:], values[turn][0])
    else:
        rotation = Euler(values[turn], one.rotation_mode).to_quaternion()
    own = Matrix.LocRotScale(values["location"], rotation, values["scale"])
    deltas = [*one.delta_location, *one.delta_rotation_euler, *one.delta_scale]
    return [_rounded(own), _rounded(one.matrix_parent_inverse), _rounded([deltas])]


def _chain(one: bpy.types.Object | None) -> Iterator[bpy.types.Object]:
    """The object and what it hangs on."""
    while one is not None:
        yield one
        one = one.parent


def _actions(part: bpy.types.Object) -> Iterator[tuple[object, bpy.types.Action]]:
    """What plays on an object, each with where and how it plays."""
    data = part.animation_data
    if data is None:
        return
    if data.action is not None:
        yield "", data.action
    for track in data.nla_tracks:
        for strip in track.strips if not track.mute else ():
            if strip.action is not None:
                span = strip.frame_start, strip.frame_end, strip.action_frame_start
                yield (span, strip.scale, strip.repeat, strip.mute, strip.influence), strip.action


def _keys(action: bpy.types.Action, part: bpy.types.Object) -> list:
    from ..rig.curves import curves_of, read_keys

    return [
        (curve.data_path, curve.array_index, zlib.crc32(read_keys(curve).tobytes()))
        for curve in curves_of(action, part)
    ]


def _rounded(matrix) -> list:
    # Zero has no sign here, for that is not kept from one evaluation to the next.
    return [round(value, DECIMALS) + 0.0 for row in matrix for value in row]


def _pose(one: bpy.types.Object) -> list:
    if one.type != "ARMATURE":
        return []
    return [_rounded(bone.matrix_basis) for bone in one.pose.bones]
