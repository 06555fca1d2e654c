"""What keeps a character from being keyed, each as one sentence, before anything is touched."""

from __future__ import annotations

import bpy
import numpy as np

from ...runtime.errors import UserError
from ...runtime.retarget.rig.reparenting import misparented
from ...runtime.retarget.settings import RetargetSettings
from ...runtime.skeletons.bone_map import RigMap, require_whole
from ...runtime.skeletons.control_rigs import control_rig, has_ik
from ..rig.body.armature import require_armature
from .read_rig import read_rest

_NAMED = 4
"""Bones named in a sentence; of more, how many."""


def require_character(target: bpy.types.Object | None, source: bpy.types.Object | None) -> None:
    """The target is an armature of this file that can be keyed as it stands."""
    require_armature(target)
    if target == source:
        raise UserError(f"'{target.name}' performs already; choose another character to put it on.")
    if target.library is not None:
        raise UserError(
            f"'{target.name}' is linked from another file; make a library override of it first."
        )
    override = target.override_library
    if override is not None and override.is_system_override:
        raise UserError(
            f"The library override of '{target.name}' is not editable; make it editable first."
        )
    if target.mode == "EDIT":
        raise UserError(f"'{target.name}' is in Edit Mode. Leave it first.")
    if target.data.pose_position == "REST":
        raise UserError(f"'{target.name}' shows its rest position. Switch it to Pose Position.")
    _require_scale(target)


def require_map(target: bpy.types.Object, rig_map: RigMap, settings: RetargetSettings) -> None:
    """The map is of this rig, has hips and legs, and its bones are free to be keyed."""
    gone = rig_map.missing_bones(bone.name for bone in target.data.bones)
    if gone:
        raise UserError(
            f"'{target.name}' has no bone {_list(gone)}; the map is of another rig. Detect it again."
        )
    require_whole(rig_map, target.name)
    if settings.root_motion == "bone" and "root" not in rig_map.bones:
        raise UserError(
            f"'{target.name}' has no root bone to carry it; choose one in the list or another "
            "root motion."
        )
    if settings.limbs == "ik" and not has_ik(rig_map.convention):
        raise UserError(f"'{target.name}' has no IK controls that are known; choose FK.")
    _require_order(target, rig_map)
    _require_unlocked(target, rig_map, settings)
    if not settings.mute_constraints:
        _require_free(target, rig_map)


def keyed_bones(rig_map: RigMap, settings: RetargetSettings) -> list[str]:
    """Bones the transfer writes to."""
    return [
        bone
        for role, bone in rig_map.bones.items()
        if role != "root" or settings.root_motion == "bone"
    ]


def in_the_way(target: bpy.types.Object, rig_map: RigMap) -> list[bpy.types.Constraint]:
    """Constraints that work on the character's bones, or on bones these hang on.

    Those of a control rig are how it works; only the controls themselves must be free.
    """
    concerned = set(rig_map.bones.values())
    for name in list(concerned) if control_rig(rig_map) is None else ():
        concerned |= {parent.name for parent in target.data.bones[name].parent_recursive}
    return [
        constraint
        for bone in target.pose.bones
        if bone.name in concerned
        for constraint in bone.constraints
        if not constraint.mute and constraint.influence > 0
    ]


def _require_scale(target: bpy.types.Object) -> None:
    axes = np.array(target.matrix_world)[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    if np.linalg.det(axes) <= 0 or min(target.scale) <= 0:
        raise UserError(
            f"'{target.name}' is mirrored or flattened by its scale; apply the scale first."
        )
    if np.ptp(lengths) > 0.01 * lengths.max():
        raise UserError(
            f"'{target.name}' is scaled differently along its axes; apply the scale first."
        )


def _require_order(target: bpy.types.Object, rig_map: RigMap) -> None:
    bones = rig_map.bones
    if target.data.bones[bones["hips"]].use_connect:
        raise UserError(
            f"The hips bone '{bones['hips']}' is connected to its parent and cannot move; "
            "disconnect it in Edit Mode."
        )
    if control_rig(rig_map) is None:
        loose = [
            name
            for name in misparented(read_rest(target), rig_map)
            if target.data.bones[name].use_connect
        ]
        if loose:
            raise UserError(
                f"{_list(loose)} of '{target.name}' is connected to a bone that is no part of the "
                "limb or trunk it belongs to, and cannot follow; disconnect it in Edit Mode."
            )
    if "root" in bones and control_rig(rig_map) is None:
        parents = target.data.bones[bones["hips"]].parent_recursive
        if bones["root"] not in {parent.name for parent in parents}:
            raise UserError(
                f"The root bone '{bones['root']}' does not carry the hips '{bones['hips']}'; "
                "choose another one."
            )


def _require_unlocked(
    target: bpy.types.Object, rig_map: RigMap, settings: RetargetSettings
) -> None:
    movers = {rig_map.bones["hips"]}
    if settings.root_motion == "bone":
        movers.add(rig_map.bones["root"])
    locked = []
    for name in keyed_bones(rig_map, settings):
        bone = target.pose.bones[name]
        turn_locked = any(bone.lock_rotation) or (bone.lock_rotations_4d and bone.lock_rotation_w)
        if turn_locked or (name in movers and any(bone.lock_location)):
            locked.append(name)
    if locked:
        raise UserError(
            f"'{target.name}' has locked bones: {_list(locked)}. Unlock their location and rotation."
        )


def _require_free(target: bpy.types.Object, rig_map: RigMap) -> None:
    found = [f"{c.name} on {_owner(target, c)}" for c in in_the_way(target, rig_map)]
    driven = _driven(target, set(rig_map.bones.values()))
    if found:
        raise UserError(
            f"Constraints of '{target.name}' stand in the way: {_list(found)}. Mute or remove "
            "them, or let Retarget mute them."
        )
    if driven:
        raise UserError(f"Drivers turn bones of '{target.name}': {_list(driven)}. Remove them.")


def _owner(target: bpy.types.Object, constraint: bpy.types.Constraint) -> str:
    return next(bone.name for bone in target.pose.bones if constraint in list(bone.constraints))


def _driven(target: bpy.types.Object, bones: set[str]) -> list[str]:
    data = target.animation_data
    paths = [driver.data_path for driver in data.drivers] if data else []
    return sorted(
        bone
        for bone in bones
        if any(
            path.startswith(f'pose.bones["{bpy.utils.escape_identifier(bone)}"].{kind}')
            for path in paths
            for kind in ("rotation", "location")
        )
    )


def _list(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
