"""A rig in Blender: its bones at rest, and what they are."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np

from ...runtime.skeletons.bone_map import RigMap
from ...runtime.skeletons.detection import recognise
from ...runtime.skeletons.skeleton import Skeleton
from ..rig.body.armature import require_armature

_STEERED = 8
"""Bones with constraints of which a control rig has many more."""


def detect_rig(armature: bpy.types.Object) -> RigMap:
    """Which bone plays which part. What was not found is in ``RigMap.missing``.

    Raises:
        UserError: the object is gone, no armature, or has no bones.
    """
    require_armature(armature)
    rest = read_rest(armature)
    # A control rig that was exported has its controls still, but they steer nothing.
    steered = sum(bool(bone.constraints) for bone in armature.pose.bones) >= _STEERED
    return recognise(rest, steered)


def read_rest(armature: bpy.types.Object) -> Skeleton:
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
    return Skeleton(
        names=names,
        parents=np.array([order[b.parent.name] if b.parent else -1 for b in bones]),
        heads=matrices[:, :3, 3],
        tails=tails,
        axes=axes / np.linalg.norm(axes, axis=1, keepdims=True),
    )


def read_locked_pose(armature: bpy.types.Object, rest: Skeleton, moved: set[str]) -> Skeleton:
    """The rest pose with all bones but the ``moved`` ones as they are posed against their parents."""
    heads, axes = rest.heads.copy(), rest.axes.copy()
    scale = np.linalg.norm(np.array(armature.matrix_world)[:3, 0])
    for bone, name in enumerate(rest.names):
        parent = int(rest.parents[bone])
        if parent < 0:
            continue
        carried = axes[parent] @ rest.axes[parent].T
        heads[bone] = heads[parent] + carried @ (rest.heads[bone] - rest.heads[parent])
        axes[bone] = carried @ rest.axes[bone]
        if name not in moved:
            basis = armature.pose.bones[name].matrix_basis
            heads[bone] += axes[bone] @ np.array(basis.to_translation()) * scale
            axes[bone] = axes[bone] @ np.array(basis.to_quaternion().to_matrix())
    return replace(rest, heads=heads, axes=axes)


def _parents_first(armature: bpy.types.Object) -> list[bpy.types.Bone]:
    """Blender usually keeps this order; a file from elsewhere need not."""
    ordered: list[bpy.types.Bone] = []
    waiting = [bone for bone in armature.data.bones if bone.parent is None]
    while waiting:
        ordered += waiting
        waiting = [child for bone in waiting for child in bone.children]
    return ordered
