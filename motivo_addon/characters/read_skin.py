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


UNCOUNTED = "motivo_uncounted"
"""Custom property of an Action put on a character: what nothing keeps out of the floor, in words."""
_FOLLOWING = {"CHILD_OF", "COPY_TRANSFORMS", "COPY_LOCATION", "ARMATURE"}
"""Constraints by which a prop goes along with a character."""
_CARRYING = {"SURFACE_DEFORM": "target", "MESH_DEFORM": "object", "LATTICE": "object"}
"""Modifiers by which clothes follow a skin, and the property that names it."""


def uncounted_meshes(armature: bpy.types.Object) -> list[str]:
    """Names of clothes and props that go along with a character and are not in ``read_skin``.

    What hangs on a bone or on another mesh, is held by a constraint or follows the skin by a
    modifier, and cloth without weights: nothing keeps these out of the floor.
    """
    counted = {mesh.name for mesh in _skins(armature)}
    members = {armature, *armature.children_recursive}
    return sorted(
        candidate.name
        for candidate in bpy.data.objects
        if candidate.type == "MESH"
        and candidate.name not in counted
        and not candidate.hide_render
        and (candidate in members or _follows(candidate, members))
    )


def _follows(candidate: bpy.types.Object, members: set[bpy.types.Object]) -> bool:
    """Whether an object that is no child of the character goes along with it."""
    for constraint in candidate.constraints:
        if constraint.type in _FOLLOWING and not constraint.mute:
            several = getattr(constraint, "targets", None)
            targets = [t.target for t in several] if several else [constraint.target]
            if any(target in members for target in targets if target is not None):
                return True
    return any(
        getattr(modifier, _CARRYING[modifier.type], None) in members
        for modifier in candidate.modifiers
        if modifier.type in _CARRYING and modifier.show_viewport
    )


def told_uncounted(armature: bpy.types.Object) -> str:
    """A sentence with those names, or nothing."""
    names = uncounted_meshes(armature)
    if not names:
        return ""
    shown = ", ".join(f"'{name}'" for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Not kept out of the floor: {shown}{more}."


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
