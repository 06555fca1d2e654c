"""A checksum of where all that is around a body is and of what moves it; meshes are not looked into."""

import zlib
from collections.abc import Iterator

import bpy

from .reading import is_flat_floor, keyed_paths, members, people

DECIMALS = 4
"""Of what is compared in places and poses, in the scene's unit."""


def animation_around(scene: bpy.types.Scene, body: bpy.types.Object, digest: int = 0) -> int:
    """The checksum upon ``digest``, which stays as it is where there is only the floor."""
    from ..rig.curves import read_keys

    if is_flat_floor(scene, body):
        return digest
    for (path, index), curve in keyed_paths(scene).items():
        digest = _add(digest, path, index, read_keys(curve).tobytes())
    for one in (*members(scene), *people(scene, body)):
        digest = _add(digest, one.name)
        moved = False
        for part in _chain(one):
            for name, action in _actions(part):
                digest, moved = _add(digest, name, _keys(action, part)), True
            moved = moved or len(part.constraints) > 0
        # Where it is differs from frame to frame if something moves it.
        if not moved:
            digest = _add(digest, _rounded(one.matrix_world), _pose(one))
    return digest


def _add(digest: int, *values: object) -> int:
    return zlib.crc32(repr(values).encode(), digest)


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
