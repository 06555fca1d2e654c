"""Cleaned performances as Actions: baked, thinned out, moved in time."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ...runtime.errors import UserError
from ..characters.write_action import RETARGET
from ..rig import curves
from ..rig.bake import TAKE, scene_fps, take_of
from ..rig.body.armature import require_armature
from ..rig.clip import Clip, decompose
from ..rig.rotation_modes import rotation_curves
from ..scene import metres_per_unit
from .reduction import apart, degrees_apart, euler_degrees_apart, kept_keys, slopes

_EVENNESS = 1e-3


@dataclass(frozen=True)
class Reduction:
    """What was saved and what it cost."""

    before: int
    after: int
    """Keys of all curves."""
    degrees: float
    """The largest angle by which a bone, in its parent, is off at a frame."""
    millimetres: float
    """The largest distance by which one that is moved is off."""

    def in_words(self) -> str:
        return (
            f"{self.before} keys became {self.after}; "
            f"at most {self.degrees:.2f}° and {self.millimetres:.2f} mm off"
        )


def require_action(armature: bpy.types.Object) -> bpy.types.Action:
    """The Action that the armature plays, with keys in it; ``UserError`` where there is none."""
    require_armature(armature)
    action = curves.active_action(armature)
    if action is None:
        raise UserError(f"'{armature.name}' plays no Action. Bake a take or choose an Action.")
    if curves.keyed_range(armature) is None:
        raise UserError(f"The Action '{action.name}' has no keys. Choose another.")
    return action


def bake_clip(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    clip: Clip,
    name: str,
    start_frame: float,
    every_bone: bool = False,
    others: Collection[str] = (),
) -> bpy.types.Action:
    """Writes a clip into a new Action of the armature and makes it the one that plays.

    Keys what the Action before keyed, and ``others``; ``every_bone`` keys all bones as they are
    seen, and mutes the constraints that would bend them again. What the Action
    before was, it stays, with a fake user.
    """
    before = require_action(armature)
    keyed = keyed_bones(before, armature) | set(others)
    chosen = [bone for bone in clip.bones if every_bone or bone in keyed]
    moved = _moved_bones(clip)
    step = scene_fps(context.scene) / clip.fps
    frames = start_frame + np.arange(clip.frames) * step
    size = clip.size
    values: dict[curves.Channel, np.ndarray] = {}
    groups: dict[curves.Channel, str] = {}

    def add(prefix: str, group: str, channel: str, tracks: np.ndarray) -> None:
        for index in range(tracks.shape[1]):
            values[curves.Channel(prefix + channel, index)] = tracks[:, index]
            groups[curves.Channel(prefix + channel, index)] = group

    basis = clip.basis()
    for bone in chosen:
        own = _own_basis(armature, clip, clip.bones.index(bone), basis)
        place, turn, scale = decompose(own)
        path = f'pose.bones["{bpy.utils.escape_identifier(bone)}"].'
        if bone in moved:
            add(path, bone, "location", place / size)
        add(path, bone, *rotation_curves(armature.pose.bones[bone].rotation_mode, turn))
        if np.abs(scale - 1.0).max() > 1e-4:
            add(path, bone, "scale", scale)
    if any("." not in curve.data_path for curve in curves.curves_of(before, armature)):
        place, turn = _object_tracks(context, armature, clip)
        add("", "Object Transforms", "location", place)
        add("", "Object Transforms", *rotation_curves(armature.rotation_mode, turn))
    action = curves.new_action(name, armature)
    curves.write_curves(action, armature, frames, values, groups)
    _describe(before, action, clip, start_frame, step)
    action.use_fake_user = before.use_fake_user = True
    if every_bone:
        _mute_constraints(armature, chosen)
    curves.assign(armature, action)
    context.view_layer.update()
    return action


def push_to_nla(armature: bpy.types.Object) -> bpy.types.NlaStrip:
    """Moves the Action that plays onto a new NLA track, as Blender's own Push Down does."""
    action = require_action(armature)
    armature.animation_data.action = None
    return curves.add_strip(armature, action, action.name)


def shift_in_time(armature: bpy.types.Object, frames: float) -> None:
    """Moves all keys of the Action that plays."""
    action = require_action(armature)
    for curve in curves.curves_of(action, armature):
        curves.shift_keys(curve, frames)


def reduce_keys(
    context: bpy.types.Context, armature: bpy.types.Object, degrees: float, millimetres: float
) -> Reduction:
    """Thins out the Action that plays, in place, within a tolerance for each bone.

    The curves of one property keep their keys at the same frames. At every
    whole frame, and wherever a key was, a bone in its parent is within
    ``degrees`` and ``millimetres`` of what it was; curves that are neither turns
    nor places within a hundredth. What else a curve had, its modifiers, stays.
    """
    action = require_action(armature)
    unit = 1000.0 * metres_per_unit(context.scene)
    size = unit * float(np.mean(armature.matrix_world.to_scale()))
    before = after = 0
    worst_degrees = worst_millimetres = 0.0
    for path, tracks in _properties(action, armature).items():
        frames = _looked_at(tracks)
        if len(frames) < 3:
            before += sum(len(curve.keyframe_points) for curve in tracks)
            after += sum(len(curve.keyframe_points) for curve in tracks)
            continue
        values = np.stack([curves.evaluate(curve, frames) for curve in tracks], axis=1)
        kind = path.rsplit(".", 1)[-1]
        if kind == "rotation_quaternion" and len(tracks) == 4:
            distance, tolerance = degrees_apart, degrees
        elif kind == "rotation_euler":
            distance, tolerance = euler_degrees_apart, degrees
        elif kind == "location":
            own = unit if path == kind else size
            distance = _scaled(own)
            tolerance = millimetres
        else:
            distance, tolerance = apart, 0.01
        # Single precision of Blender's keys takes a little of the tolerance.
        kept = kept_keys(frames, values, 0.98 * tolerance, distance)
        tangents = slopes(frames, values)
        before += sum(len(curve.keyframe_points) for curve in tracks)
        after += len(kept) * len(tracks)
        for index, curve in enumerate(tracks):
            curves.write_smooth_keys(
                curve, frames[kept], values[kept, index], tangents[kept, index]
            )
        shown = np.stack([curves.evaluate(curve, frames) for curve in tracks], axis=1)
        off = float(distance(shown, values).max())
        if kind == "location":
            worst_millimetres = max(worst_millimetres, off)
        elif kind in ("rotation_quaternion", "rotation_euler"):
            worst_degrees = max(worst_degrees, off)
    return Reduction(before, after, worst_degrees, worst_millimetres)


def _scaled(factor: float):
    return lambda shown, wanted: factor * apart(shown, wanted)


def _properties(
    action: bpy.types.Action, armature: bpy.types.Object
) -> dict[str, list[bpy.types.FCurve]]:
    """The curves with keys, by the property they move, in the order of its components."""
    found: dict[str, list[bpy.types.FCurve]] = {}
    for curve in curves.curves_of(action, armature):
        if len(curve.keyframe_points) > 1 and not curve.lock:
            found.setdefault(curve.data_path, []).append(curve)
    return {path: sorted(tracks, key=lambda c: c.array_index) for path, tracks in found.items()}


def _looked_at(tracks: list[bpy.types.FCurve]) -> np.ndarray:
    """Frames at which curves must not be off: all with keys, and all whole ones in between."""
    keyed = np.concatenate([curves.read_keys(curve)[:, 0] for curve in tracks])
    whole = np.arange(np.ceil(keyed.min()), np.floor(keyed.max()) + 1)
    frames = np.unique(np.concatenate([keyed, whole]).round(4))
    return frames[np.concatenate([[True], np.diff(frames) > _EVENNESS])]


def keyed_bones(action: bpy.types.Action, armature: bpy.types.Object) -> set[str]:
    """Bones that have curves in the Action."""
    prefix = 'pose.bones["'
    return {
        curve.data_path[len(prefix) :].split('"]')[0]
        for curve in curves.curves_of(action, armature)
        if curve.data_path.startswith(prefix)
    }


def _moved_bones(clip: Clip) -> set[str]:
    """Bones that are elsewhere in their parent than at rest."""
    off = np.abs(clip.basis()[..., :3, 3]).max(axis=(0, 2))
    return {bone for bone, far in zip(clip.bones, off, strict=True) if far > 1e-5}


def _own_basis(armature: bpy.types.Object, clip: Clip, bone: int, basis: np.ndarray) -> np.ndarray:
    """(T, 4, 4): pose channels of a bone, for those that inherit in some other way as well."""
    data = armature.data.bones[clip.bones[bone]]
    parent = clip.parents[bone]
    usual = data.use_inherit_rotation and data.use_local_location and data.inherit_scale == "FULL"
    if usual or parent < 0:
        return basis[:, bone]
    inside = np.linalg.inv(clip.placed)[:, None] @ clip.posed[:, [bone, parent]]
    own, above = Matrix(clip.rest[bone]), Matrix(clip.rest[parent])
    return np.array(
        [
            data.convert_local_to_pose(
                Matrix(pose),
                own,
                parent_matrix=Matrix(carrier),
                parent_matrix_local=above,
                invert=True,
            )
            for pose, carrier in inside
        ]
    )


def _describe(
    before: bpy.types.Action, after: bpy.types.Action, clip: Clip, start: float, step: float
) -> None:
    """Hands on what the Action remembers of its take; contacts belong to the old frames."""
    take = take_of(before)
    if take is not None:
        take |= {"fps": clip.fps, "start_frame": float(start), "step": step}
        after[TAKE] = json.dumps(take)
    if RETARGET in before:
        after[RETARGET] = before[RETARGET]


def _object_tracks(
    context: bpy.types.Context, armature: bpy.types.Object, clip: Clip
) -> tuple[np.ndarray, np.ndarray]:
    """Location (T, 3) and rotation (T, 4) of the object in what it is parented to."""
    above = np.array(armature.matrix_world) @ np.linalg.inv(np.array(armature.matrix_basis))
    world = clip.placed.copy()
    world[:, :3, 3] /= metres_per_unit(context.scene)
    place, turn, _ = decompose(np.linalg.inv(above) @ world)
    return place, turn


def _mute_constraints(armature: bpy.types.Object, bones: list[str]) -> None:
    for name in bones:
        for constraint in armature.pose.bones[name].constraints:
            constraint.mute = True
