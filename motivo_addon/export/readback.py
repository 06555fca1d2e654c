"""A file that was written, read again and compared with what it should hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...runtime.errors import UserError
from ..rig import curves
from ..rig.clip import Clip
from ..rig.imported import fbx_importer, imported
from ..rig.sample import pose_matrices
from .bvh import read_joints
from .gltf import Glb
from .presets import Format

LOOKS = 25
"""Frames of a clip that are compared, its ends among them."""


@dataclass(frozen=True)
class Comparison:
    """How far the joints in a file are from where they should be."""

    reader: str
    error_mm: float
    """The largest distance of a joint."""
    bone: str
    frame: int
    """Where that is, frames counted from 0."""
    joints: int
    frames: int
    """How many were compared."""
    left_out: tuple[str, ...]
    """Bones that are not in the file."""


def compare(
    context: bpy.types.Context, path: Path, kind: Format, clips: Sequence[Clip]
) -> dict[str, Comparison]:
    """Reads the file and compares every clip; by the clips' names.

    Raises:
        UserError: the file cannot be read, or a clip or all of its bones are missing in it.
    """
    if kind == "glb":
        glb = Glb.read(path)
        found = {
            clip.name: glb.joints(clip.name, _looked_at(clip) / clip.fps)
            for clip in clips
            if clip.name in glb.animations
        }
        reader = "own glTF reader"
    elif kind == "bvh":
        names, joints = read_joints(path)
        found = {clips[0].name: (names, joints[_looked_at(clips[0])])}
        reader = "own BVH reader"
    else:
        found = _imported(context, path, clips)
        reader = {"fbx": f"{fbx_importer()} of Blender", "usd": "wm.usd_import of Blender"}[kind]
    return {clip.name: _compared(clip, found.get(clip.name), reader, kind) for clip in clips}


def _looked_at(clip: Clip) -> np.ndarray:
    return np.unique(np.linspace(0, clip.frames - 1, LOOKS).round().astype(int))


def _compared(
    clip: Clip,
    found: tuple[list[str], np.ndarray] | None,
    reader: str,
    kind: Format,
) -> Comparison:
    if found is None:
        raise UserError(f"The file was written, and '{clip.name}' is not in it when read back.")
    names = {name: index for index, name in enumerate(found[0])}
    spelled = [_spelled(bone, kind) for bone in clip.bones]
    there = [index for index, name in enumerate(spelled) if name in names]
    if not there:
        raise UserError("The file was written, and no bone is in it when read back.")
    looked = _looked_at(clip)
    expected = clip.joints[looked][:, there]
    distances = np.linalg.norm(
        found[1][:, [names[spelled[index]] for index in there]] - expected, axis=-1
    )
    worst = np.unravel_index(int(np.argmax(distances)), distances.shape)
    return Comparison(
        reader=reader,
        error_mm=float(1000.0 * distances.max()),
        bone=clip.bones[there[worst[1]]],
        frame=int(looked[worst[0]]),
        joints=len(there),
        frames=len(looked),
        left_out=tuple(b for i, b in enumerate(clip.bones) if i not in set(there)),
    )


def _spelled(bone: str, kind: Format) -> str:
    """The bone's name as the format can hold it."""
    if kind == "bvh":
        return bone.replace(" ", "_")
    if kind == "usd":
        name = re.sub(r"[^A-Za-z0-9_]", "_", bone)
        return f"_{name}" if name[:1].isdigit() else name
    return bone


def _imported(
    context: bpy.types.Context, path: Path, clips: Sequence[Clip]
) -> dict[str, tuple[list[str], np.ndarray]]:
    """What one of Blender's importers makes of the file, in a scene that is gone again after."""
    failed = "The file was written and cannot be read back."
    with imported(context, path, failed, clips[0].fps) as (scene, before):
        rigs = [thing for thing in scene.objects if thing.type == "ARMATURE"]
        if not rigs:
            raise UserError("The file was written, and no armature is in it when read back.")
        rig = max(rigs, key=lambda thing: len(thing.data.bones))
        names = tuple(rig.data.bones.keys())
        found = {}
        for clip in clips:
            made = [action for action in bpy.data.actions if action.session_uid not in before]
            if len(clips) > 1 and not _play(rig, clip.name, made):
                continue
            keys = curves.keyed_range(rig)
            first = keys[0] if keys else float(scene.frame_start)
            frames = first + _looked_at(clip).astype(float)
            world, posed = pose_matrices(context, rig, frames, names)
            found[clip.name] = (list(names), (world[:, None] @ posed)[..., :3, 3])
        return found


def _play(rig: bpy.types.Object, clip: str, actions: Sequence[bpy.types.Action]) -> bool:
    """Whether the importer made an Action for that clip; it is assigned then.

    Importers put the object's name before it, and Blender numbers what exists already.
    """
    names = {action.name.split("|")[-1]: action for action in actions}
    plain = {re.sub(r"\.\d{3}$", "", name): action for name, action in names.items()}
    action = names.get(clip) or plain.get(clip)
    if action is not None:
        curves.assign(rig, action)
    return action is not None
