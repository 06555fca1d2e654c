"""What an armature's Actions do, as clips."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np

from ...runtime.errors import UserError
from ..bodies import is_body
from ..scene import metres_per_unit
from . import curves
from .bake import TAKE, scene_fps
from .body.armature import require_armature
from .clip import Clip
from .sample import pose_matrices, require_posed
from .unkeyed import unkeyed_kept

_BONE_PATH = 'pose.bones["'
_EVEN = 0.5


def takes_of(armature: bpy.types.Object) -> list[bpy.types.Action]:
    """Actions that are takes of this character, by name.

    Those that were baked or put on it, as far as their curves move bones that
    it has; a character without any has every such Action, whoever made it.
    Actions of another character with the same bones count too: nothing in
    Blender tells them apart.
    """
    bones = set(armature.pose.bones.keys())
    found = []
    for action in bpy.data.actions:
        moved = {
            curve.data_path[len(_BONE_PATH) :].split('"]')[0]
            for curve in curves.curves_of(action)
            if curve.data_path.startswith(_BONE_PATH)
        }
        if moved and moved <= bones:
            found.append(action)
    takes = [action for action in found if TAKE in action]
    if takes or is_body(armature):
        found = takes
    return sorted(found, key=lambda action: action.name)


@contextmanager
def playing(
    context: bpy.types.Context, armature: bpy.types.Object, action: bpy.types.Action
) -> Iterator[None]:
    """Lets the armature play another Action for as long as this lasts; its pose stays after."""
    if curves.active_action(armature) == action:
        yield
        return
    with unkeyed_kept(context, [armature]), curves.playing(armature, action):
        yield


def sample_clip(
    context: bpy.types.Context, armature: bpy.types.Object, fps: float | None = None
) -> Clip:
    """The Action that the armature plays, constraints and drivers included, in metres.

    From its first to its last key, at ``fps`` or the scene's rate. Looks at the
    frames that have keys where these lie evenly, as a baked take has them, at
    every frame of the scene otherwise, and turns by slerp in between.

    Raises:
        UserError: no armature, none or an empty Action, or a scale that no file can hold.
    """
    require_armature(armature)
    if armature.mode == "EDIT":
        raise UserError(f"'{armature.name}' is in Edit Mode. Leave it first.")
    require_posed(armature)
    if not armature.data.bones:
        raise UserError(f"'{armature.name}' has no bones. Choose another armature.")
    action = curves.active_action(armature)
    if action is None:
        raise UserError(f"'{armature.name}' plays no Action. Bake a take or choose an Action.")
    keys = [curves.read_keys(curve)[:, 0] for curve in curves.curves_of(action, armature)]
    keyed = np.unique(np.concatenate([*keys, []]).round(3))
    if not len(keyed):
        raise UserError(f"The Action '{action.name}' has no keys. Choose another.")
    frames, step = _frames(keyed)
    clip = _clip(context, armature, frames, action.name, scene_fps(context.scene) / step)
    return clip.resampled(fps or scene_fps(context.scene))


def sample_pose(context: bpy.types.Context, armature: bpy.types.Object) -> Clip:
    """The pose the armature has now, as a clip of one frame."""
    require_armature(armature)
    frames = np.array([float(context.scene.frame_current)])
    return _clip(context, armature, frames, armature.name, scene_fps(context.scene))


def _frames(keyed: np.ndarray) -> tuple[np.ndarray, float]:
    """Frames to look at, and how many frames of the scene lie between two."""
    steps = np.diff(keyed)
    if len(steps) and steps.max() <= 2.0 and np.ptp(steps) < 0.005:
        step = (keyed[-1] - keyed[0]) / len(steps)
        return keyed[0] + step * np.arange(len(keyed)), float(step)
    first, last = np.floor(keyed[0]), np.ceil(keyed[-1])
    return np.arange(first, last + _EVEN), 1.0


def _clip(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    frames: np.ndarray,
    name: str,
    fps: float,
) -> Clip:
    names = _parents_first(armature)
    bones = armature.data.bones
    world, posed = pose_matrices(context, armature, frames, names)
    size = _uniform_size(world, armature)
    metres = metres_per_unit(context.scene)
    rest = np.array([bones[name].matrix_local for name in names])
    rest[:, :3, 3] *= size * metres
    matrices = world[:, None] @ posed
    matrices[..., :3, :3] /= size
    placed = world.copy()
    placed[:, :3, :3] /= size
    for places in (matrices, placed):
        places[..., :3, 3] *= metres
    parents = tuple(names.index(bones[n].parent.name) if bones[n].parent else -1 for n in names)
    return Clip(name, fps, names, parents, rest, placed, matrices, size * metres)


def _parents_first(armature: bpy.types.Object) -> tuple[str, ...]:
    ordered: list[str] = []
    waiting = [bone for bone in armature.data.bones if bone.parent is None]
    while waiting:
        bone = waiting.pop(0)
        ordered.append(bone.name)
        waiting.extend(bone.children)
    return tuple(ordered)


def _uniform_size(world: np.ndarray, armature: bpy.types.Object) -> float:
    """The scale of the object, the same along its axes; refuses any other."""
    sizes = np.linalg.norm(world[:, :3, :3], axis=1)
    if (np.linalg.det(world[:, :3, :3]) <= 0).any():
        raise UserError(
            f"'{armature.name}' is mirrored or flattened by its scale. Apply the scale or set it to 1."
        )
    if np.ptp(sizes, axis=1).max() > 1e-3 * sizes.max():
        raise UserError(
            f"'{armature.name}' is scaled unevenly, which bones cannot be. Apply the scale."
        )
    return float(sizes[0].mean())
