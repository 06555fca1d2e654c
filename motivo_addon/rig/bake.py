"""A motion becomes an Action of the body."""

import json
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ...runtime.body import SMPL_NAMES
from ...runtime.body.rest_pose import rest_pose
from ..scene import scene_fps
from . import curves
from .body.armature import require_body
from .body.size import length_of
from .rotation_modes import rotation_curves

if TYPE_CHECKING:
    from ...runtime.motion import Motion

TAKE = "motivo_take"
"""Custom property of a baked Action: JSON with ``fps``, ``start_frame``, ``step`` (frames of the
scene from one frame of the motion to the next) and the motion's ``metadata``."""
CONTACTS = "motivo_contacts"
"""Custom property of a baked Action: an integer per frame of the motion, bit ``i`` of it set
while body ``i`` of ``CONTACT_BODIES`` touches something."""


def bake_motion(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    motion: "Motion",
    name: str,
    start_frame: float = 1,
) -> bpy.types.Action:
    """Writes the motion into a new Action and assigns it to the body.

    The motion's world is the armature object's own space, so the take follows
    the object wherever that is moved, turned or scaled. Frame ``i`` of the
    motion becomes keys at ``start_frame + i / motion.fps * scene fps``, between
    whole frames where the rates differ. The Action that was assigned before
    stays in the file, unchanged, with a fake user so that it is saved.
    """
    require_body(armature)
    start_frame = float(start_frame)
    step = scene_fps(context.scene) / motion.fps
    frames = start_frame + np.arange(motion.frames) * step
    channels, groups = _channels(armature, motion)
    action = curves.new_action(name, armature)
    curves.write_curves(action, armature, frames, channels, groups)
    action.use_fake_user = True
    take = {
        "fps": motion.fps,
        "start_frame": start_frame,
        "step": step,
        "metadata": motion.metadata,
    }
    action[TAKE] = json.dumps(take, default=_plain)
    if motion.contacts is not None:
        action[CONTACTS] = (motion.contacts @ (1 << np.arange(motion.contacts.shape[1]))).tolist()
    previous = curves.active_action(armature)
    if previous:
        previous.use_fake_user = True
    _clear_unused_channels(armature)
    curves.assign(armature, action)
    return action


def take_of(action: bpy.types.Action) -> dict[str, Any] | None:
    """What ``TAKE`` holds, if the Action was baked here."""
    text = action.get(TAKE)
    return json.loads(text) if text else None


def contacts_of(action: bpy.types.Action) -> np.ndarray | None:
    """(T, 6) bool in the order of ``CONTACT_BODIES``, one row per baked frame, if known."""
    if CONTACTS not in action:
        return None
    flags = np.array(action[CONTACTS], dtype=np.int64)
    return (flags[:, None] >> np.arange(6) & 1).astype(bool)


def overriding_constraints(armature: bpy.types.Object) -> list[str]:
    """Constraints on the body's bones that will bend a baked take, as "bone: constraint"."""
    return [
        f"{bone.name}: {constraint.name}"
        for bone in armature.pose.bones
        for constraint in bone.constraints
        if not constraint.mute and constraint.influence > 0
    ]


def _channels(
    armature: bpy.types.Object, motion: "Motion"
) -> tuple[dict[curves.Channel, np.ndarray], dict[curves.Channel, str]]:
    """Values (T,) and group of each curve: all rotations, and the location of the pelvis."""
    location, rotations = pose_channels(armature, motion.qpos)
    tracks: dict[curves.Channel, np.ndarray] = {}
    groups: dict[curves.Channel, str] = {}

    def add(bone: str, channel: str, values: np.ndarray) -> None:
        path = f'pose.bones["{bone}"].{channel}'
        for index in range(values.shape[1]):
            tracks[curves.Channel(path, index)] = values[:, index]
            groups[curves.Channel(path, index)] = bone

    add("pelvis", "location", location)
    for body, bone in enumerate(SMPL_NAMES):
        mode = armature.pose.bones[bone].rotation_mode
        add(bone, *rotation_curves(mode, rotations[:, body]))
    return tracks, groups


def pose_channels(armature: bpy.types.Object, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, 76) -> the pelvis' pose location (T, 3) and all pose rotations (T, 24, 4) wxyz.

    The pelvis is measured from where this armature has it at rest, so that an
    object whose transform was applied still performs in its own space, at its
    own size. Rotations are continuous in time.
    """
    from scipy.spatial.transform import Rotation

    from ...runtime.body.kinematics import (
        continuous_quaternions,
        local_rotations,
        to_rotation,
        to_wxyz,
    )

    count = len(qpos)
    local = to_rotation(local_rotations(qpos)).as_matrix().reshape(count, 24, 3, 3)
    turns = rest_pose().bone_turns
    pose = np.einsum("bji,tbjk,bkl->tbil", turns, local, turns)
    rest = np.array(armature.data.bones["pelvis"].matrix_local)
    pose[:, 0] = rest[:3, :3].T @ local[:, 0] @ turns[0]
    location = (qpos[:, :3] * length_of(armature) - rest[:3, 3]) @ rest[:3, :3]
    wxyz = to_wxyz(Rotation.from_matrix(pose.reshape(-1, 3, 3))).reshape(count, 24, 4)
    return location, np.stack([continuous_quaternions(wxyz[:, i]) for i in range(24)], axis=1)


def _clear_unused_channels(armature: bpy.types.Object) -> None:
    """Undoes what the new Action does not key and would otherwise stay: moved or scaled bones."""
    for name in SMPL_NAMES:
        bone = armature.pose.bones[name]
        bone.scale = (1.0, 1.0, 1.0)
        if name != "pelvis":
            bone.location = (0.0, 0.0, 0.0)


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON has them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} does not belong into metadata")
