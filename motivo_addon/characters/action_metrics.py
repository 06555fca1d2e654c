"""The measures of a retarget, taken from what Blender makes of its keys."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy
import numpy as np

from ...runtime.retarget.metrics import RetargetMetrics, measure
from ...runtime.retarget.rig.character import Character
from ...runtime.retarget.rig.contact_geometry import contact_geometry, skin_of_person
from ...runtime.retarget.transfer.source_motion import SourceMotion
from ...runtime.skeletons.bone_map import RigMap
from ...runtime.skeletons.control_rigs import control_rig
from ...runtime.skeletons.skeleton import SkeletonPose
from ..rig import curves
from ..rig.bake import take_of
from ..rig.sample import pose_matrices
from .read_rig import read_rest
from .read_skin import read_skin
from .write_action import RETARGET

if TYPE_CHECKING:
    from ...runtime.motion import Motion


def measure_retarget(
    context: bpy.types.Context, target: bpy.types.Object, motion: Motion
) -> RetargetMetrics:
    """How close the Action that ``target`` plays is to the motion it was retargeted from.

    Raises:
        UserError: the character plays nothing that was retargeted onto it.
    """
    from ...runtime.errors import UserError

    action = curves.active_action(target)
    take = None if action is None else take_of(action)
    if action is None or take is None or RETARGET not in action:
        raise UserError(f"'{target.name}' plays no take that was put on it. Press Retarget first.")
    made = json.loads(action[RETARGET])
    rig_map = RigMap.from_dict(made["map"])
    rest = read_rest(target)
    skin = read_skin(target, rest)
    origin = np.array(target.matrix_world.translation)
    character = Character.of(rest, rig_map, skin.clouds(rest), origin)
    frames = take["start_frame"] + np.arange(motion.frames) * take["step"]
    world, posed = pose_matrices(context, target, frames, rest.names)
    turn, place = np.array(made["stage"]["turn"]), np.array(made["stage"]["origin"])
    matrices = world[:, None] @ posed
    axes = matrices[..., :3, :3]
    pose = SkeletonPose(
        (matrices[..., :3, 3] - place) @ turn,
        turn.T @ (axes / np.linalg.norm(axes, axis=-2, keepdims=True)),
    )
    # What deforms a control rig's skin hangs on none of the controls.
    worn = skin if control_rig(rig_map) else skin_of_person(character, skin)
    surface = worn if len(worn.owner) else contact_geometry(character, skin)
    found = measure(SourceMotion.of(motion), character, pose, surface)
    if made["settings"]["root_motion"] == "in_place":
        return replace(found, skate_share=None, jerk_ratio=None)
    return found
