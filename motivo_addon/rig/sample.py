"""What armatures do over a range of frames, as a motion of the body or of a foreign skeleton.

Both are read from evaluated poses, so constraints, drivers and NLA tracks count,
30 times a second whatever the scene's rate is.
"""

from typing import TYPE_CHECKING

import bpy
import numpy as np
from mathutils import Matrix

from ...runtime.body import PARENTS, SMPL_NAMES
from ...runtime.body.rest_pose import rest_pose
from ...runtime.errors import UserError
from ..scene import scene_fps
from . import curves
from .body.armature import require_armature, require_body
from .body.size import length_of
from .side_scene import side_scene

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

    from ...runtime.motion import Motion, SkeletonClip


def sample_body(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    start: float,
    end: float,
    place: Matrix | None = None,
) -> "Motion":
    """What the body does from frame ``start`` to ``end`` (included) of the scene.

    In the space the object has now, or in ``place`` in the world: its own animation, if it is
    animated as a whole, is part of the motion. Scaled or moved bones count only by where they
    turn their children; the simulated body cannot stretch.

    Raises:
        UserError: the body is gone or not whole, nothing on it is animated, or
            the range holds less than two frames at 30 a second.
    """
    from ...runtime.motion.motion import CONTROL_FPS, Motion

    require_body(armature)
    frames = _sampled_frames(context, armature, start, end, CONTROL_FPS)
    context.view_layer.update()  # matrix_world may still be of before a change just made
    qpos = _body_qpos(armature, *pose_matrices(context, armature, frames, SMPL_NAMES), place)
    action = curves.active_action(armature)
    return Motion(CONTROL_FPS, qpos, metadata={"source": action.name if action else armature.name})


def sample_pose(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    frame: float | None = None,
    place: Matrix | None = None,
) -> np.ndarray:
    """The body's pose as qpos (76,), at a frame of the scene or, by default, as it stands now.

    Now includes what is posed and not keyed. In its own space, or in ``place`` in the world.
    Raises the errors of ``sample_body``.
    """
    require_body(armature)
    require_posed(armature)
    context.view_layer.update()
    if frame is not None:
        world, posed = pose_matrices(context, armature, np.array([float(frame)]), SMPL_NAMES)
    else:
        seen = armature.evaluated_get(context.evaluated_depsgraph_get())
        world = np.array(seen.matrix_world)[None]
        posed = np.array([seen.pose.bones[name].matrix for name in SMPL_NAMES])[None]
    return _body_qpos(armature, world, posed, place)[0]


def _body_qpos(
    armature: bpy.types.Object, world: np.ndarray, posed: np.ndarray, place: Matrix | None = None
) -> np.ndarray:
    """World (T, 4, 4) and bone matrices (T, 24, 4, 4) of a body -> qpos (T, 76)."""
    from ...runtime.body.kinematics import qpos_from_rotations, to_wxyz

    own = np.linalg.inv(np.array(place or armature.matrix_world)) @ world
    matrices = own[:, None] @ posed
    scale = length_of(armature)
    turned = _turns(matrices, armature).as_matrix().reshape(len(matrices), 24, 3, 3)
    turned = turned @ np.swapaxes(rest_pose().bone_turns, 1, 2)
    local = turned.copy()
    local[:, 1:] = np.swapaxes(turned[:, PARENTS[1:]], 2, 3) @ turned[:, 1:]
    return qpos_from_rotations(
        matrices[:, 0, :3, 3] / scale, to_wxyz(_rotation(local)).reshape(len(matrices), 24, 4)
    )


def sample_skeleton(
    context: bpy.types.Context, armature: bpy.types.Object, start: float, end: float
) -> "SkeletonClip":
    """What any armature does from frame ``start`` to ``end`` (included) of the scene, in the world.

    Every bone is a joint, where its head is. Raises the errors of ``sample_body``.
    """
    from ...runtime.body.kinematics import to_wxyz
    from ...runtime.motion import SkeletonClip
    from ...runtime.motion.motion import CONTROL_FPS

    require_armature(armature)
    frames = _sampled_frames(context, armature, start, end, CONTROL_FPS)
    bones = armature.data.bones
    names = tuple(bone.name for bone in bones)
    if not names:
        raise UserError(f"'{armature.name}' has no bones. Choose another armature.")
    world, posed = pose_matrices(context, armature, frames, names)
    matrices = world[:, None] @ posed
    rest = world[0] @ np.array([bone.matrix_local for bone in bones])
    return SkeletonClip(
        names=names,
        parents=tuple(names.index(bone.parent.name) if bone.parent else -1 for bone in bones),
        fps=CONTROL_FPS,
        positions=matrices[..., :3, 3],
        rotations=to_wxyz(_turns(matrices, armature)).reshape(len(frames), len(names), 4),
        rest_positions=rest[:, :3, 3],
        rest_rotations=to_wxyz(_turns(rest, armature)),
        name=armature.name,
    )


def _sampled_frames(
    context: bpy.types.Context, armature: bpy.types.Object, start: float, end: float, fps: float
) -> np.ndarray:
    """Frames of the scene, whole or not, at which to look; refuses what cannot be sampled."""
    if end < start:
        raise UserError(
            f"The frame range runs backwards, from {start:g} to {end:g}. Swap start and end."
        )
    step = scene_fps(context.scene) / fps
    count = int(np.floor((end - start) / step + 1e-6)) + 1
    if count < 2:
        raise UserError(
            f"The frame range from {start:g} to {end:g} holds one pose only. Choose a later end."
        )
    require_posed(armature)
    if not is_animated(armature):
        raise UserError(f"'{armature.name}' has no keyframes. Key some poses or choose an Action.")
    return start + np.arange(count) * step


def require_posed(armature: bpy.types.Object) -> None:
    """Raises ``UserError`` if the armature shows no pose."""
    if armature.mode == "EDIT":
        raise UserError(f"'{armature.name}' is in Edit Mode. Leave it first.")
    if armature.data.pose_position == "REST":
        raise UserError(f"'{armature.name}' shows its rest position. Switch it to Pose Position.")


def is_animated(armature: bpy.types.Object) -> bool:
    """Whether keys, NLA strips, drivers or constraints move the armature or its bones."""
    data = armature.animation_data
    return bool(
        curves.keyed_range(armature)
        or (data and data.drivers)
        or (data and any(track.strips for track in data.nla_tracks if not track.mute))
        or len(armature.constraints)
        or any(len(bone.constraints) for bone in armature.pose.bones)
        or (armature.parent and armature.parent.animation_data)
    )


def pose_matrices(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    frames: np.ndarray,
    bones: tuple[str, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Matrices at frames of the scene: the object's in the world (T, 4, 4), its bones' in it (T, J, 4, 4)."""
    order = [armature.pose.bones.find(name) for name in bones]
    everything = np.empty(len(armature.pose.bones) * 16, dtype=np.float32)
    world = np.empty((len(frames), 4, 4))
    posed = np.empty((len(frames), len(bones), 4, 4))
    with side_scene(context, [armature], "Motivo Sampling") as scene:
        for index, frame in enumerate(frames):
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=float(frame - whole))
            seen = armature.evaluated_get(scene.view_layers[0].depsgraph)
            world[index] = seen.matrix_world
            seen.pose.bones.foreach_get("matrix", everything)
            # Blender hands matrices over column by column.
            posed[index] = everything.reshape(-1, 4, 4).swapaxes(1, 2)[order]
    return world, posed


def _turns(matrices: np.ndarray, armature: bpy.types.Object) -> "Rotation":
    """(..., 4, 4) -> their rotations without scale, as one flat stack."""
    axes = matrices[..., :3, :3]
    if not (np.linalg.det(axes) > 0).all():
        raise UserError(
            f"'{armature.name}' or one of its bones is mirrored or flattened by its scale. "
            "Apply the scale or set it to 1."
        )
    return _rotation(axes / np.linalg.norm(axes, axis=-2, keepdims=True))


def _rotation(axes: np.ndarray) -> "Rotation":
    from scipy.spatial.transform import Rotation

    return Rotation.from_matrix(axes.reshape(-1, 3, 3))
