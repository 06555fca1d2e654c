"""The skin of a character at rest: which vertices follow which bones."""

from __future__ import annotations

import bpy
import numpy as np

from ...runtime.retarget.rig.skin_surface import Surface
from ...runtime.skeletons.skeleton import Skeleton

_ENOUGH = 15000
"""Vertices of one mesh that are looked at; of more, every second, third, ..."""
_BONES = 4
"""Bones that carry one vertex; more hardly matter."""


def read_skin(armature: bpy.types.Object, rest: Skeleton) -> Surface:
    """The vertices that bones of ``rest`` carry, of all meshes that the armature deforms."""
    index = {name: number for number, name in enumerate(rest.names)}
    known = {bone.name: index.get(bone.name) for bone in armature.data.bones if bone.use_deform}
    places, bones, weights = [], [], []
    for mesh in _skins(armature):
        step = 1 + len(mesh.data.vertices) // _ENOUGH
        groups = {g.index: known.get(g.name) for g in mesh.vertex_groups}
        numbers, carried = [], []
        for number in range(0, len(mesh.data.vertices), step):
            members = [
                (member.weight, bone)
                for member in mesh.data.vertices[number].groups
                if member.weight > 0 and (bone := groups.get(member.group)) is not None
            ]
            if members:
                members = sorted(members, reverse=True)[:_BONES]
                numbers.append(number)
                carried.append(members + [(0.0, members[0][1])] * (_BONES - len(members)))
        if not numbers:
            continue
        table = np.array(carried)
        places.append(_places(mesh)[numbers])
        bones.append(table[..., 1].astype(int))
        weights.append(table[..., 0] / table[..., 0].sum(axis=1, keepdims=True))
    if not places:
        empty = np.zeros((0, _BONES))
        return Surface.of(rest, np.zeros((0, 3)), empty.astype(int), empty)
    return Surface.of(rest, *(np.concatenate(part) for part in (places, bones, weights)))


def uncounted_meshes(armature: bpy.types.Object) -> list[str]:
    """Names of clothes and props that go along with a character and are not in ``read_skin``.

    What hangs on a bone or on another mesh, and cloth without weights: nothing keeps
    these out of the floor.
    """
    counted = {mesh.name for mesh in _skins(armature)}
    return sorted(
        child.name
        for child in armature.children_recursive
        if child.type == "MESH" and child.name not in counted and not child.hide_render
    )


def told_uncounted(armature: bpy.types.Object) -> str:
    """A sentence with those names, or nothing."""
    names = uncounted_meshes(armature)
    if not names:
        return ""
    shown = ", ".join(f"'{name}'" for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f" Not kept out of the floor: {shown}{more}."


def _skins(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that the armature deforms; what only hangs on a bone, a sword, is none."""
    return [
        candidate
        for candidate in bpy.data.objects
        if candidate.type == "MESH"
        and candidate.vertex_groups
        and any(m.type == "ARMATURE" and m.object == armature for m in candidate.modifiers)
    ]


def _places(mesh: bpy.types.Object) -> np.ndarray:
    """(n, 3) metres in the world: the vertices at rest."""
    flat = np.empty(len(mesh.data.vertices) * 3, dtype=np.float32)
    mesh.data.vertices.foreach_get("co", flat)
    world = np.array(mesh.matrix_world)
    return flat.reshape(-1, 3).astype(float) @ world[:3, :3].T + world[:3, 3]
