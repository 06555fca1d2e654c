"""A rig in Blender: its bones at rest, and what they are."""

from __future__ import annotations

import bpy
import numpy as np

from ..rig.armature import require_armature
from .recognise import recognise
from .rigmap import RigMap
from .skeleton import RestSkeleton


def detect_rig(armature: bpy.types.Object) -> RigMap:
    """Which bone plays which part. What was not found is in ``RigMap.missing``.

    Raises:
        UserError: the object is gone, no armature, or has no bones.
    """
    require_armature(armature)
    return recognise(read_rest(armature))


def read_rest(armature: bpy.types.Object) -> RestSkeleton:
    """The bones at rest where the object stands now, parents first."""
    from ...runtime.errors import UserError

    bones = _parents_first(armature)
    if not bones:
        raise UserError(f"'{armature.name}' has no bones. Choose another armature.")
    names = tuple(bone.name for bone in bones)
    order = {name: number for number, name in enumerate(names)}
    world = np.array(armature.matrix_world)
    matrices = world @ np.array([bone.matrix_local for bone in bones])
    tails = np.array([bone.tail_local for bone in bones]) @ world[:3, :3].T + world[:3, 3]
    axes = matrices[:, :3, :3]
    return RestSkeleton(
        names=names,
        parents=np.array([order[b.parent.name] if b.parent else -1 for b in bones]),
        heads=matrices[:, :3, 3],
        tails=tails,
        axes=axes / np.linalg.norm(axes, axis=1, keepdims=True),
    )


def _parents_first(armature: bpy.types.Object) -> list[bpy.types.Bone]:
    """Blender usually keeps this order; a file from elsewhere need not."""
    ordered: list[bpy.types.Bone] = []
    waiting = [bone for bone in armature.data.bones if bone.parent is None]
    while waiting:
        ordered += waiting
        waiting = [child for bone in waiting for child in bone.children]
    return ordered
