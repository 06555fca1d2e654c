"""A body's pose as its channels have it now, without evaluating anything; and back.

What ``bake.pose_channels`` turns into channels is turned back here. Constraints
and drivers do not count: this is what a person keys.
"""

from collections.abc import Mapping

import bpy
import numpy as np
from mathutils import Euler, Quaternion

from ...runtime.body import SMPL_NAMES
from ...runtime.body.rest_pose import rest_pose
from . import curves
from .bake import pose_channels
from .body.size import length_of
from .rotation_modes import rotation_curves

Base = Mapping[str, tuple[float, ...]]
"""Data path -> values, of channels that no curve moves."""


def rotation_property(bone: bpy.types.PoseBone) -> str:
    """Name of the property that turns the bone in its rotation mode."""
    if bone.rotation_mode == "QUATERNION":
        return "rotation_quaternion"
    return "rotation_axis_angle" if bone.rotation_mode == "AXIS_ANGLE" else "rotation_euler"


def path_of(bone: str, name: str) -> str:
    return f'pose.bones["{bone}"].{name}'


def current_base(body: bpy.types.Object) -> dict[str, tuple[float, ...]]:
    """Every channel of the pose as it stands now."""
    base = {path_of("pelvis", "location"): tuple(body.pose.bones["pelvis"].location)}
    for name in SMPL_NAMES:
        bone = body.pose.bones[name]
        channel = rotation_property(bone)
        base[path_of(name, channel)] = tuple(getattr(bone, channel))
    return base


def current_pose(body: bpy.types.Object) -> np.ndarray:
    """(76,): the pose as it stands now, keyed or not."""
    return _poses(body, {path: np.array([value]) for path, value in current_base(body).items()})[0]


def keyed_poses(
    body: bpy.types.Object, action: bpy.types.Action, frames: np.ndarray, base: Base
) -> np.ndarray:
    """(T, 76): what the Action's curves say at frames; what it does not move is as in ``base``."""
    tracks = {path: np.tile(value, (len(frames), 1)) for path, value in base.items()}
    for curve in curves.curves_of(action, body):
        track = tracks.get(curve.data_path)
        if track is not None:
            track[:, curve.array_index] = curves.evaluate(curve, frames)
    return _poses(body, tracks)


def write_pose(body: bpy.types.Object, qpos: np.ndarray) -> None:
    """Poses the body as qpos (76,), keying nothing."""
    for (bone, channel), values in channel_values(body, qpos).items():
        setattr(body.pose.bones[bone], channel, values)


def channel_values(
    body: bpy.types.Object, qpos: np.ndarray
) -> dict[tuple[str, str], tuple[float, ...]]:
    """qpos (76,) -> (bone, property) -> values, rotations on the side of where they are now."""
    location, rotations = pose_channels(body, np.asarray(qpos)[None])
    values = {("pelvis", "location"): tuple(location[0])}
    for index, name in enumerate(SMPL_NAMES):
        bone = body.pose.bones[name]
        turn = rotations[0, index]
        if bone.rotation_mode == "QUATERNION" and turn @ np.array(bone.rotation_quaternion) < 0:
            turn = -turn
        channel, tracks = rotation_curves(bone.rotation_mode, turn[None])
        values[name, channel] = tuple(tracks[0])
    return values


def _poses(body: bpy.types.Object, tracks: Mapping[str, np.ndarray]) -> np.ndarray:
    """Values (T, n) by data path -> qpos (T, 76)."""
    from ...runtime.body.kinematics import qpos_from_rotations, to_rotation, to_wxyz

    count = len(next(iter(tracks.values())))
    wxyz = np.empty((count, 24, 4))
    for index, name in enumerate(SMPL_NAMES):
        bone = body.pose.bones[name]
        values = tracks[path_of(name, rotation_property(bone))]
        wxyz[:, index] = _quaternions(bone.rotation_mode, values)
    pose = to_rotation(wxyz).as_matrix().reshape(count, 24, 3, 3)
    turns = rest_pose().bone_turns
    local = np.einsum("bij,tbjk,blk->tbil", turns, pose, turns)
    rest = np.array(body.data.bones["pelvis"].matrix_local)
    local[:, 0] = rest[:3, :3] @ pose[:, 0] @ turns[0].T
    location = tracks[path_of("pelvis", "location")]
    root = (location @ rest[:3, :3].T + rest[:3, 3]) / length_of(body)
    from scipy.spatial.transform import Rotation

    turned = to_wxyz(Rotation.from_matrix(local.reshape(-1, 3, 3))).reshape(count, 24, 4)
    # Frame by frame: the angles of a pose do not depend on the pose before it.
    return np.concatenate(
        [qpos_from_rotations(root[i : i + 1], turned[i : i + 1]) for i in range(count)]
    )


def _quaternions(mode: str, values: np.ndarray) -> np.ndarray:
    """(T, 3 or 4) -> (T, 4) wxyz of length 1."""
    if mode == "QUATERNION":
        length = np.linalg.norm(values, axis=1, keepdims=True)
        return np.where(length > 1e-9, values / np.maximum(length, 1e-9), (1.0, 0.0, 0.0, 0.0))
    if mode == "AXIS_ANGLE":
        return np.array([Quaternion(row[1:], row[0]) for row in values])
    return np.array([Euler(row, mode).to_quaternion() for row in values])
