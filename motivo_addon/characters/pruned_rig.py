"""What a few bones of a rig do, without the hundreds of others that have no part in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import bpy

from ..rig.side_scene import side_scene

_BONE = re.compile(r'\bbones\["((?:[^"\\]|\\.)*)"\]')
_WHOLE = ""
"""Stands for the rig itself among the bones: what concerns it concerns them all."""


@contextmanager
def pruned_copy(
    context: bpy.types.Context, rig: bpy.types.Object, bones: Collection[str]
) -> Iterator[bpy.types.Object]:
    """A temporary copy of the rig in no scene, playing its Action, in which ``bones`` move as ever.

    It has besides them only what they depend on, which a generated rig of
    hundreds of bones evaluates many times faster than all of them.
    """
    kept = bones_behind(rig, bones)
    copy, data = rig.copy(), rig.data.copy()
    try:
        for made in (data, copy):
            if made.override_library is not None:
                # Bones of an override cannot be removed.
                made.make_local(clear_liboverride=True)
        copy.data = data
        copy.hide_viewport = False
        _redirect(copy, {rig: copy, rig.data: data})
        _drop_drivers(copy, kept)
        _drop_bones(context, copy, kept)
        for bone in copy.pose.bones:
            bone.custom_shape = None
        yield copy
    finally:
        bpy.data.batch_remove([copy, data])


def bones_behind(rig: bpy.types.Object, bones: Collection[str]) -> set[str]:
    """The bones themselves and all of the rig that where they are can depend on."""
    behind = _dependencies(rig)
    found: set[str] = set()
    waiting = [_WHOLE, *bones]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += behind.get(name, ())
    return found & set(behind) - {_WHOLE}


def _dependencies(rig: bpy.types.Object) -> dict[str, set[str]]:
    """For each bone those that it depends on directly."""
    behind: dict[str, set[str]] = {bone.name: set() for bone in rig.pose.bones} | {_WHOLE: set()}
    for bone in rig.pose.bones:
        handles = (bone.parent, bone.bbone_custom_handle_start, bone.bbone_custom_handle_end)
        behind[bone.name] |= {other.name for other in handles if other is not None}
        for constraint in bone.constraints:
            for target in (constraint, *getattr(constraint, "targets", ())):
                behind[bone.name].add(getattr(target, "subtarget", ""))
            behind[bone.name].add(getattr(constraint, "pole_subtarget", ""))
            for moved in _chain(bone, constraint):
                behind[moved].add(bone.name)
    for curve in _drivers(rig):
        owner = _BONE.search(curve.data_path)
        driven = bpy.utils.unescape_identifier(owner[1]) if owner else _WHOLE
        if driven not in behind:
            continue
        if curve.driver.use_self:
            behind[driven] |= set(behind)  # its expression may go anywhere from there
        for variable in curve.driver.variables:
            for target in variable.targets:
                if target.id in (rig, rig.data):
                    read = map(bpy.utils.unescape_identifier, _BONE.findall(target.data_path))
                    behind[driven] |= {target.bone_target, *read}
    for used in behind.values():
        used &= behind.keys() - {_WHOLE}
    return behind


def _chain(bone: bpy.types.PoseBone, constraint: bpy.types.Constraint) -> list[str]:
    """Bones above ``bone`` that a constraint on it moves too, as inverse kinematics does."""
    if constraint.type not in ("IK", "SPLINE_IK"):
        return []
    above = [parent.name for parent in bone.parent_recursive]
    if constraint.chain_count == 0:
        return above
    # The count starts at the bone itself, or at its parent.
    return above[: constraint.chain_count - getattr(constraint, "use_tail", True)]


def _drivers(rig: bpy.types.Object) -> list[bpy.types.FCurve]:
    both = (rig.animation_data, rig.data.animation_data)
    return [curve for animation in both if animation for curve in animation.drivers]


def _redirect(copy: bpy.types.Object, replaced: dict[bpy.types.ID, bpy.types.ID]) -> None:
    """Makes the drivers look at the copies; Blender itself does so only where one looks at its own."""
    for curve in _drivers(copy):
        for variable in curve.driver.variables:
            for target in variable.targets:
                if target.id in replaced:
                    target.id = replaced[target.id]


def _drop_drivers(copy: bpy.types.Object, kept: set[str]) -> None:
    for owner in (copy, copy.data):
        for curve in list(owner.animation_data.drivers) if owner.animation_data else ():
            driven = _BONE.search(curve.data_path)
            if driven and bpy.utils.unescape_identifier(driven[1]) not in kept:
                owner.animation_data.drivers.remove(curve)


def _drop_bones(context: bpy.types.Context, copy: bpy.types.Object, kept: set[str]) -> None:
    with side_scene(context, [copy], "Motivo Thinning") as scene:
        layer = scene.view_layers[0]
        layer.objects.active = copy
        with context.temp_override(scene=scene, view_layer=layer, object=copy, active_object=copy):
            bpy.ops.object.mode_set(mode="EDIT")
            try:
                bones = copy.data.edit_bones
                for bone in [bone for bone in bones if bone.name not in kept]:
                    bones.remove(bone)
            finally:
                bpy.ops.object.mode_set(mode="OBJECT")
