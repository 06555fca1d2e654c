"""The other way round: what is keyed on a character, as the source of a prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ...runtime.skeletons.bone_map import RigMap, require_whole
from ...runtime.skeletons.control_rigs import control_rig
from ...runtime.skeletons.detection import recognise_deform
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

    The map goes with it, so that the fit knows every rig that the transfer does.

    Raises:
        UserError: the character has no legs, or nothing on it is keyed.
    """
    from ..rig.sample import sample_skeleton

    if control_rig(rig_map) is not None:
        # Controls stay where they are while others lead, IK or FK; what they deform moves.
        rig_map = recognise_deform(read_rest(character))
    require_whole(rig_map, character.name)
    clip = sample_skeleton(context, character, start, end)
    return replace(clip, rig_map=rig_map)
