"""The other way round: what is keyed on a character, as the source of a prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ...runtime.skeletons.bone_map import RigMap, require_whole
from ...runtime.skeletons.control_rigs import control_rig
from ...runtime.skeletons.detection import recognise_deform
from ...runtime.skeletons.human_bones import NECK, ROLE_TO_SMPL, SPINE
from .read_rig import read_rest

if TYPE_CHECKING:
    from ...runtime.motion import SkeletonClip


def fit_source(
    context: bpy.types.Context,
    character: bpy.types.Object,
    rig_map: RigMap,
    start: float,
    end: float,
) -> SkeletonClip:
    """What the character does from frame ``start`` to ``end`` of the scene, ready to be fitted.

    Its joints are named as the map says, so that the fit recognises every rig
    that the transfer does, whatever its bones are called.

    Raises:
        UserError: the character has no legs, or nothing on it is keyed.
    """
    from ..rig.sample import sample_skeleton

    if control_rig(rig_map) is not None:
        # Controls stay where they are while others lead, IK or FK; what they deform moves.
        rig_map = recognise_deform(read_rest(character))
    require_whole(rig_map, character.name)
    clip = sample_skeleton(context, character, start, end)
    return replace(clip, names=joint_names(clip.names, rig_map))


def joint_names(bones: tuple[str, ...], rig_map: RigMap) -> tuple[str, ...]:
    """SMPL's names for the bones that have a part, names that say nothing for all others."""
    found = rig_map.bones
    names = {found[role]: joint for role, joint in ROLE_TO_SMPL.items() if role in found}
    spine, neck = rig_map.chain(SPINE), rig_map.chain(NECK)
    if spine:
        # The chest is the last bone; of few bones the lower joints stay open.
        names[spine[-1]] = "spine3"
        if len(spine) > 1:
            names[spine[0]] = "spine1"
        if len(spine) > 2:
            names[spine[len(spine) // 2]] = "spine2"
    if neck:
        names[neck[0]] = "neck"
    return tuple(names.get(bone, f"bone {number}") for number, bone in enumerate(bones))
