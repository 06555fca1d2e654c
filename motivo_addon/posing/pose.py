"""The body's pose as something that is dragged, mirrored and keyed."""

from collections.abc import Iterable, Mapping

import bpy
import numpy as np
from mathutils import Vector

from ..rig.body.armature import require_body
from ..rig.body.size import own_space
from ..rig.channels import channel_values, current_pose, write_pose
from ..rig.sample import require_posed

UNCHANGED = 1e-4


def start_pose(body: bpy.types.Object) -> np.ndarray:
    """(76,): the pose as it stands now; ``UserError`` where the body shows none."""
    require_body(body)
    require_posed(body)
    return current_pose(body)


def to_body(body: bpy.types.Object, point: Iterable[float]) -> np.ndarray:
    """A point in the world -> (3,) metres in the simulation's space."""
    return np.array(own_space(body).inverted() @ Vector(point))


def dragged(
    body: bpy.types.Object,
    start: np.ndarray,
    handle: str,
    place: Iterable[float],
    guess: np.ndarray | None = None,
):
    """``runtime.posing.reach.Reached`` with a handle at a place in the world, from a pose (76,)."""
    from ...runtime.posing.reach import reach
    from .settings import LOOK

    settings = body.motivo_posing
    target = to_body(body, place)
    goals: Mapping[str, np.ndarray] = {} if handle == LOOK else {handle: target}
    look_at = target if handle == LOOK else None
    pins = [pin for pin in settings.pins() if pin != handle]
    return reach(start, goals, pins, look_at, settings.balance, guess)


def show_pose(
    context: bpy.types.Context, body: bpy.types.Object, qpos: np.ndarray, before: np.ndarray
) -> None:
    """Poses the body; where auto keying is on, keys what is not as it was ``before`` (76,)."""
    write_pose(body, qpos)
    if context.scene.tool_settings.use_keyframe_insert_auto:
        key_changes(context, body, qpos, before)


def key_changes(
    context: bpy.types.Context, body: bpy.types.Object, qpos: np.ndarray, before: np.ndarray
) -> None:
    old = channel_values(body, before)
    for (bone, name), values in channel_values(body, qpos).items():
        if np.abs(np.array(values) - old[bone, name]).max() > UNCHANGED:
            body.pose.bones[bone].keyframe_insert(
                name, frame=context.scene.frame_current, group=bone
            )


def key_all(context: bpy.types.Context, body: bpy.types.Object) -> None:
    """Keys the whole pose at the current frame."""
    for bone, name in channel_values(body, current_pose(body)):
        body.pose.bones[bone].keyframe_insert(name, frame=context.scene.frame_current, group=bone)
