"""The skin of a character at rest: which vertices follow which bone."""

from __future__ import annotations

import bpy
import numpy as np

_ENOUGH = 15000
"""Vertices of one mesh that are looked at; of more, every second, third, ..."""


def read_skin(armature: bpy.types.Object) -> dict[str, np.ndarray]:
    """Bone -> (n, 3) metres, world: the vertices that follow it more than any other bone."""
    clouds: dict[str, list[np.ndarray]] = {}
    for mesh in _skins(armature):
        for bone, points in _vertices(mesh, armature).items():
            clouds.setdefault(bone, []).append(points)
    return {bone: np.concatenate(points) for bone, points in clouds.items()}


def _skins(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that the armature deforms; what only hangs on a bone, a sword, is none."""
    return [
        candidate
        for candidate in bpy.data.objects
        if candidate.type == "MESH"
        and candidate.vertex_groups
        and any(m.type == "ARMATURE" and m.object == armature for m in candidate.modifiers)
    ]


def _vertices(mesh: bpy.types.Object, armature: bpy.types.Object) -> dict[str, np.ndarray]:
    data = mesh.data
    count = len(data.vertices)
    places = np.empty(count * 3, dtype=np.float32)
    data.vertices.foreach_get("co", places)
    world = np.array(mesh.matrix_world)
    places = places.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
    groups = {group.index: group.name for group in mesh.vertex_groups}
    found: dict[str, list[int]] = {}
    for number in range(0, count, 1 + count // _ENOUGH):
        most, bone = 0.0, -1
        for member in data.vertices[number].groups:
            if member.weight > most:
                most, bone = member.weight, member.group
        name = groups.get(bone)
        if name is not None and name in armature.data.bones:
            found.setdefault(name, []).append(number)
    return {bone: places[numbers].astype(float) for bone, numbers in found.items()}
