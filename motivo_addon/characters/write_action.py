"""A take of the body becomes an Action of a character."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import bpy
import numpy as np

from ...runtime.numerics.rotations import quaternions
from ...runtime.progress import Steps, at_once, within
from ...runtime.retarget.limb_geometry import (
    limb_warnings,
    worst_limb_off,
    worst_shoulder_off,
)
from ...runtime.retarget.pipeline import ground_of_character, transfer_steps
from ...runtime.retarget.rig.character import Character
from ...runtime.retarget.rig.reparenting import reparented
from ...runtime.retarget.settings import GroundFrame, RetargetSettings
from ...runtime.retarget.transfer.pose_channels import local_motion, with_original_parents
from ...runtime.retarget.transfer.root_motion import WorldMotion, apply_root_motion
from ...runtime.retarget.transfer.source_motion import SourceMotion
from ...runtime.skeletons.bone_map import RigMap
from ...runtime.skeletons.control_rigs import as_limbs, control_rig
from ...runtime.skeletons.skeleton import pose_skeleton
from ..rig import curves
from ..rig.bake import CONTACTS, TAKE, contacts_of, scene_fps, take_of
from ..rig.body.armature import require_body
from ..rig.rotation_modes import rotation_curves
from .control_keys import key_controls, rest_controls
from .read_rig import read_locked_pose, read_rest
from .read_skin import read_skin
from .rollback import rolled_back_on_error
from .validation import in_the_way, keyed_bones, require_character, require_map

if TYPE_CHECKING:
    from ...runtime.motion import Motion

RETARGET = "motivo_retarget"
"""Custom property of an Action made here: JSON with ``source``, ``settings``, ``map`` and the
``stage`` it performs on."""
WARNINGS = "motivo_warnings"
"""Property of such an Action: what is wrong with it however good its figures are, a line each."""


def retarget_steps(
    context: bpy.types.Context,
    source: bpy.types.Object,
    performance: Motion | bpy.types.Action | None,
    target: bpy.types.Object,
    rig_map: RigMap,
    settings: RetargetSettings | None = None,
    name: str = "",
    start_frame: float | None = None,
) -> Steps[bpy.types.Action]:
    """Puts a take of the body ``source`` onto the character ``target``; makes its new Action.

    ``performance`` is a Motion in the body's own space, an Action of the body,
    or None for the Action it plays now; keys begin at ``start_frame``, or where
    the Action does (a Motion: at frame 1). The Action the character had stays
    in the file, unchanged, so does one it shares with others. Only rotations of
    the mapped bones are keyed, and what carries the character.

    Raises:
        UserError: something is missing, locked or in the way; nothing was changed then, nor is
            it when the work is stopped.
    """
    settings = settings or RetargetSettings()
    require_body(source)
    require_character(target, source)
    require_map(target, rig_map, settings)
    context.view_layer.update()  # matrices may still be of before a change just made
    yield 0.0
    motion, first = _motion_of(context, source, performance, start_frame)
    controls = control_rig(rig_map)
    yield 0.05
    rest = reparented(read_rest(target), rig_map)
    locked_pose = read_locked_pose(target, rest, _carriers(target, rig_map))
    if controls is not None:
        rest = locked_pose = as_limbs(rest, rig_map)
    skin = read_skin(target, rest)
    world = np.array(target.matrix_world)
    character = Character.of(rest, rig_map, skin.clouds(rest), world[:3, 3], locked_pose)
    ground = {
        "source": _ground_of_body(source),
        "character": ground_of_character(character),
        "world": GroundFrame(np.eye(3), np.zeros(3)),
    }[settings.place]
    performed = SourceMotion.of(motion)
    solving = transfer_steps(performed, character, settings.lock_feet, skin)
    rotations, positions = yield from within(solving, 0.1, 0.9 if controls is None else 0.6)
    pose = pose_skeleton(character.rest, rotations, positions)
    warnings = limb_warnings(
        worst_limb_off(performed, character, pose),
        worst_shoulder_off(performed, character, pose),
    )
    world_motion = apply_root_motion(character, rotations, positions, ground, settings.root_motion)
    bones = keyed_bones(rig_map, settings) if controls is None else []
    values, groups = _curves(target, character, world_motion, bones)
    step = scene_fps(context.scene) / motion.fps
    frames = first + np.arange(motion.frames) * step
    action = curves.new_action(name or f"{target.name} {source.name}", target)
    curves.write_curves(action, target, frames, values, groups)
    _describe(action, motion, first, step, source, rig_map, settings, ground)
    action[WARNINGS] = "\n".join(warnings)
    written = _carriers(target, rig_map)
    if controls is not None:
        written |= {*controls.resting, *controls.written(settings.limbs)}
    with rolled_back_on_error(target, action, written):
        _put_on(context, target, action, rig_map, settings)
        if controls is not None:
            rest_controls(target, controls)
            keying = key_controls(
                context, target, action, frames, character, world_motion, rig_map, controls,
                settings.limbs, world,
            )  # fmt: skip
            yield from within(keying, 0.6, 1.0)
    return action


retarget = at_once(retarget_steps)


def _motion_of(
    context: bpy.types.Context,
    source: bpy.types.Object,
    performance: Motion | bpy.types.Action | None,
    start_frame: float | None,
) -> tuple[Motion, float]:
    """The motion in the body's own space, and the frame of the scene at which it begins."""
    from dataclasses import replace

    from ...runtime.errors import UserError
    from ..rig.sample import sample_body

    if performance is not None and not isinstance(performance, bpy.types.Action):
        return performance, 1.0 if start_frame is None else float(start_frame)
    action = performance or curves.active_action(source)
    if action is None:
        raise UserError(f"'{source.name}' plays nothing; bake a take or choose an Action.")
    with curves.playing(source, action):
        start, end = curves.keyed_range(source) or tuple(action.frame_range)
        motion = sample_body(context, source, start, end)
    take, contacts = take_of(action), contacts_of(action)
    known = contacts is not None and len(contacts) == motion.frames
    if take is not None:
        known = known and take["fps"] == motion.fps and abs(take["start_frame"] - start) < 0.5
        motion = replace(motion, metadata=take["metadata"])
    motion = replace(motion, contacts=contacts if known else None)
    return motion, start if start_frame is None else float(start_frame)


def _ground_of_body(source: bpy.types.Object) -> GroundFrame:
    world = np.array(source.matrix_world)
    axes = world[:3, :3]
    return GroundFrame(axes / np.linalg.norm(axes, axis=0), world[:3, 3])


def _describe(
    action: bpy.types.Action,
    motion: Motion,
    first: float,
    step: float,
    source: bpy.types.Object,
    rig_map: RigMap,
    settings: RetargetSettings,
    ground: GroundFrame,
) -> None:
    """Notes on the Action what it was made from, contacts included."""
    take = {"fps": motion.fps, "start_frame": first, "step": step, "metadata": motion.metadata}
    action[TAKE] = json.dumps(take, default=lambda value: value.tolist())
    if motion.contacts is not None:
        action[CONTACTS] = (motion.contacts @ (1 << np.arange(6))).tolist()
    action[RETARGET] = json.dumps(
        {
            "source": source.name,
            "settings": asdict(settings),
            "map": rig_map.to_dict(),
            "stage": {"turn": ground.turn.tolist(), "origin": ground.origin.tolist()},
        }
    )


def _put_on(
    context: bpy.types.Context,
    target: bpy.types.Object,
    action: bpy.types.Action,
    rig_map: RigMap,
    settings: RetargetSettings,
) -> None:
    """Makes the Action the one the character plays."""
    if settings.mute_constraints:
        for constraint in in_the_way(target, rig_map):
            constraint.mute = True
    action.use_fake_user = True
    previous = curves.active_action(target)
    if previous:
        previous.use_fake_user = True
    _reset_carriers(target, rig_map)
    curves.assign(target, action)
    context.view_layer.update()


def _curves(
    target: bpy.types.Object,
    character: Character,
    motion: WorldMotion,
    bones: list[str],
) -> tuple[dict[curves.Channel, np.ndarray], dict[curves.Channel, str]]:
    """Values (T,) and group of each curve."""
    world = np.array(target.matrix_world)
    scale = float(np.linalg.norm(world[:3, 0]))
    inherits = {b.name: (b.use_inherit_rotation, b.use_local_location) for b in target.data.bones}
    parents = {b.name: b.parent.name if b.parent else "" for b in target.data.bones}
    local = local_motion(
        *with_original_parents(character, motion, parents), inherits, world[:3, :3] / scale, scale
    )
    values: dict[curves.Channel, np.ndarray] = {}
    groups: dict[curves.Channel, str] = {}

    def add(prefix: str, group: str, channel: str, tracks: np.ndarray) -> None:
        for index in range(tracks.shape[1]):
            values[curves.Channel(prefix + channel, index)] = tracks[:, index]
            groups[curves.Channel(prefix + channel, index)] = group

    for bone in bones:
        path = f'pose.bones["{bpy.utils.escape_identifier(bone)}"].'
        if bone in local.locations:
            add(path, bone, "location", local.locations[bone])
        if bone in local.rotations:
            mode = target.pose.bones[bone].rotation_mode
            add(path, bone, *rotation_curves(mode, quaternions(local.rotations[bone])))
    if motion.object_turn is not None:
        place, turn = _object_motion(target, motion)
        add("", "Object Transforms", "location", place)
        add("", "Object Transforms", *rotation_curves(target.rotation_mode, quaternions(turn)))
    return values, groups


def _object_motion(target: bpy.types.Object, motion: WorldMotion) -> tuple[np.ndarray, np.ndarray]:
    """Location (T, 3) and rotation (T, 3, 3) of the object in what it is parented to."""
    here = np.array(target.matrix_world)
    above = here @ np.linalg.inv(np.array(target.matrix_basis))
    world = np.tile(here, (len(motion.object_turn), 1, 1))
    world[:, :3, :3] = motion.object_turn @ here[:3, :3]
    world[:, :3, 3] = motion.object_turn @ here[:3, 3] + motion.object_shift
    own = np.linalg.inv(above) @ world
    return own[:, :3, 3], own[:, :3, :3] / np.linalg.norm(own[:, :3, :3], axis=1, keepdims=True)


def _reset_carriers(target: bpy.types.Object, rig_map: RigMap) -> None:
    """Rests the bones that carry the character: what is not keyed would else stay as it was posed."""
    for name in _carriers(target, rig_map):
        target.pose.bones[name].matrix_basis.identity()


def _carriers(target: bpy.types.Object, rig_map: RigMap) -> set[str]:
    """The bones of the map and those these hang on."""
    bones = set(rig_map.bones.values())
    above = [target.data.bones[bone].parent_recursive for bone in bones]
    return bones | {parent.name for parents in above for parent in parents}
