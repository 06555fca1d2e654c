"""What to key on a control rig, level by level, from where its constraints carry each control."""

from __future__ import annotations

import bpy
import numpy as np

from ...runtime.numerics.rotations import quaternions
from ...runtime.progress import Steps
from ...runtime.retarget.rig.character import Character
from ...runtime.retarget.transfer.ik_targets import fk_targets, ik_targets
from ...runtime.retarget.transfer.root_motion import WorldMotion
from ...runtime.skeletons.bone_map import RigMap
from ...runtime.skeletons.control_rigs import ControlRig, levels
from ..rig import curves
from ..rig.rotation_modes import rotation_curves
from ..rig.side_scene import side_scene
from .pruned_rig import pruned_copy


def key_controls(
    context: bpy.types.Context,
    target: bpy.types.Object,
    action: bpy.types.Action,
    frames: np.ndarray,
    character: Character,
    motion: WorldMotion,
    rig_map: RigMap,
    control_rig: ControlRig,
    limbs: str,
    world: np.ndarray,
) -> Steps[None]:
    """Writes the curves of the controls into ``action``, which ``target`` plays already.

    Both the FK and the IK controls; ``limbs`` says which of them are followed.
    ``world`` (4, 4) is where the object stood before that.
    """
    _switch(target, action, frames[:1], control_rig, limbs)
    scale = float(np.linalg.norm(world[:3, 0]))
    turn = np.broadcast_to(world[:3, :3] / scale, (len(frames), 3, 3))
    place = np.broadcast_to(world[:3, 3], (len(frames), 3))
    if motion.object_turn is not None and motion.object_shift is not None:
        place = motion.object_turn @ world[:3, 3] + motion.object_shift
        turn = motion.object_turn @ turn
    back = np.swapaxes(turn, 1, 2)
    groups = [fk_targets(character, motion, roles, rig_map.bones) for roles in levels(rig_map)]
    bones = {bone.name: np.array(bone.matrix_local) for bone in target.data.bones}
    ends, on_ends = ik_targets(bones, world, character, motion, control_rig)
    # What the ends hang on, a root or the trunk, is keyed by then.
    groups = [*groups[:-1], groups[-1] | ends, on_ends] if ends else groups
    named = [name for group in groups for name in group]
    with pruned_copy(context, target, [*rig_map.bones.values(), *named]) as model:
        for number, group in enumerate(groups):
            yield number / len(groups)
            parents = _parents_over_time(context, model, list(group), frames)
            values: dict[curves.Channel, np.ndarray] = {}
            owners: dict[curves.Channel, str] = {}
            for name, goal in group.items():
                basis = parents[name] @ _in_parent(target.data.bones[name])
                rotations = None if goal.rotations is None else back @ goal.rotations
                at = None
                if goal.places is not None:
                    at = (back @ (goal.places - place)[..., None])[..., 0] / scale
                path = f'pose.bones["{bpy.utils.escape_identifier(name)}"].'
                bone = target.pose.bones[name]
                along = basis if bone.bone.use_local_location else parents[name]
                for channel, track in _own_motion(bone, basis, along, rotations, at):
                    for index in range(track.shape[1]):
                        key = curves.Channel(path + channel, index)
                        values[key], owners[key] = track[:, index], name
            curves.write_curves(action, target, frames, values, owners)


def _own_motion(
    bone: bpy.types.PoseBone,
    basis: np.ndarray,
    along: np.ndarray,
    rotations: np.ndarray | None,
    at: np.ndarray | None,
) -> list[tuple[str, np.ndarray]]:
    """Properties of the bone and their values (T, n), with which it is turned so and stands there.

    All in the armature: ``basis`` (T, 4, 4) is where it is without motion of
    its own, ``along`` (T, 4, 4) what it is moved along, ``rotations`` (T, 3, 3)
    and ``at`` (T, 3) where it has to be.
    """
    tracks = []
    if rotations is not None:
        tracks.append(rotation_curves(bone.rotation_mode, quaternions(_back(basis) @ rotations)))
    if at is not None:
        away = (at - basis[:, :3, 3])[..., None]
        tracks.append(("location", (_back(along) @ away)[..., 0]))
    return tracks


def _back(matrices: np.ndarray) -> np.ndarray:
    """(T, 4, 4) -> (T, 3, 3): from the armature into their axes."""
    axes = matrices[:, :3, :3]
    return np.swapaxes(axes / np.linalg.norm(axes, axis=1, keepdims=True), 1, 2)


def rest_controls(target: bpy.types.Object, control_rig: ControlRig) -> None:
    """Puts the controls beside the keyed ones at rest, which would else add what they have."""
    for name in control_rig.resting:
        if name in target.pose.bones:
            target.pose.bones[name].matrix_basis.identity()


def _switch(
    target: bpy.types.Object,
    action: bpy.types.Action,
    first: np.ndarray,
    control_rig: ControlRig,
    limbs: str,
) -> None:
    """Keys what makes the limbs follow their FK or their IK controls."""
    values = {}
    for switch in control_rig.switches(limbs):
        bone = target.pose.bones.get(switch.bone)
        if bone is not None and switch.property in bone:
            path = f'pose.bones["{switch.bone}"]["{switch.property}"]'
            values[curves.Channel(path)] = np.full(1, switch.value)
    curves.write_curves(action, target, first, values)


def _parents_over_time(
    context: bpy.types.Context, model: bpy.types.Object, names: list[str], frames: np.ndarray
) -> dict[str, np.ndarray]:
    """(T, 4, 4) per bone: where its parent is in the armature, as keyed so far."""
    result = {name: np.tile(np.eye(4), (len(frames), 1, 1)) for name in names}
    above = {
        name: model.pose.bones.find(parent.name)
        for name in names
        if (parent := model.data.bones[name].parent) is not None
    }
    if not above:
        return result
    flat = np.empty(len(model.pose.bones) * 16, dtype=np.float32)
    with side_scene(context, [model], "Motivo Retargeting") as scene:
        for number, frame in enumerate(frames):
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=float(frame - whole))
            seen = model.evaluated_get(scene.view_layers[0].depsgraph)
            seen.pose.bones.foreach_get("matrix", flat)
            matrices = flat.reshape(-1, 4, 4)
            for name, parent in above.items():
                result[name][number] = matrices[parent].T
    return result


def _in_parent(bone: bpy.types.Bone) -> np.ndarray:
    """(4, 4): the bone at rest in its parent."""
    own = np.array(bone.matrix_local)
    if bone.parent is None:
        return own
    return np.linalg.inv(np.array(bone.parent.matrix_local)) @ own
