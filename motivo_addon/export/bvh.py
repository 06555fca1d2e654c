"""BVH files: joints and their turns, of any armature. The writer and reader are ``runtime``'s."""

from pathlib import Path

import bpy
import numpy as np
from scipy.spatial.transform import Rotation

from ...runtime.motion.formats.bvh import Bvh, BvhJoint, format_bvh, read_bvh
from ..rig.clip import Clip

_UNIT = 0.01
_ORDER = "XYZ"
_POSITION = ("xposition", "yposition", "zposition")
_ROTATION = tuple(f"{axis.lower()}rotation" for axis in _ORDER)
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_MOVES = 1e-4
"""Metres by which a joint may leave its place in its parent before it gets channels for it."""


def write_bvh(clip: Clip, armature: bpy.types.Object, path: Path) -> None:
    """Writes the clip's largest tree of bones: centimetres, y up, at rest no joint is turned."""
    path.write_text(format_bvh(clip_to_bvh(clip, _tails(clip, armature))), encoding="utf-8")


def clip_to_bvh(clip: Clip, tails: np.ndarray) -> Bvh:
    """``tails`` (J, 3): where the bones end at rest, in the object's space, for the end sites."""
    chosen = largest_tree(clip.parents)
    rest = clip.placed[0] @ clip.rest
    heads = rest[:, :3, 3] @ _Y_UP.T / _UNIT
    ends = (tails @ clip.placed[0, :3, :3].T + clip.placed[0, :3, 3]) @ _Y_UP.T / _UNIT
    # At rest a joint of a BVH is not turned, whatever axes the bone has.
    world = _Y_UP @ _turns(clip.posed) @ np.swapaxes(_turns(rest), 1, 2) @ _Y_UP.T
    places = clip.joints @ _Y_UP.T / _UNIT
    joints: list[BvhJoint] = []
    index: dict[int, int] = {}
    columns: list[np.ndarray] = []
    for bone in chosen:
        parent = clip.parents[bone]
        index[bone] = len(joints)
        if parent < 0:
            offset, place, turn = np.zeros(3), places[:, bone], world[:, bone]
        else:
            back = np.swapaxes(world[:, parent], 1, 2)
            offset, turn = heads[bone] - heads[parent], back @ world[:, bone]
            place = np.einsum("tij,tj->ti", back, places[:, bone] - places[:, parent])
        moves = parent < 0 or np.abs(place - offset).max() * _UNIT > _MOVES
        channels = (*(_POSITION if moves else ()), *_ROTATION)
        joints.append(_joint(clip.bones[bone], index.get(parent, -1), offset, channels))
        columns += [place] if moves else []
        columns.append(_continuous_angles(turn))
        if bone not in clip.parents:
            end = ends[bone] - heads[bone]
            joints.append(_joint(f"{clip.bones[bone]}_end", index[bone], end, ()))
    return Bvh(tuple(joints), 1.0 / clip.fps, np.hstack(columns))


def read_joints(path: Path) -> tuple[list[str], np.ndarray]:
    """Names (N,) and places (T, N, 3) in metres, z up, of the joints of a file from here."""
    bvh = read_bvh(path)
    places, turns = bvh.local_transforms()
    world: list[Rotation] = []
    for index, joint in enumerate(bvh.joints):
        if joint.parent >= 0:
            above = world[joint.parent]
            places[:, index] = places[:, joint.parent] + above.apply(places[:, index])
            world.append(above * turns[index])
        else:
            world.append(turns[index])
    return [joint.name for joint in bvh.joints], places @ _Y_UP * _UNIT


def largest_tree(parents: tuple[int, ...]) -> list[int]:
    """Bones of the tree with the most of them, each after its parent and before its cousins."""
    trees = [_branch(parents, bone) for bone, parent in enumerate(parents) if parent < 0]
    return max(trees, key=len)


def _branch(parents: tuple[int, ...], bone: int) -> list[int]:
    children = [child for child, parent in enumerate(parents) if parent == bone]
    return [bone, *(below for child in children for below in _branch(parents, child))]


def _joint(name: str, parent: int, offset: np.ndarray, channels: tuple[str, ...]) -> BvhJoint:
    x, y, z = offset.tolist()
    # A name ends at a blank for many readers.
    return BvhJoint(name.replace(" ", "_"), parent, (x, y, z), channels)


def _tails(clip: Clip, armature: bpy.types.Object) -> np.ndarray:
    """(J, 3) metres in the object's space; a root bone that only the clip has ends in itself."""
    bones = armature.data.bones
    return np.array(
        [
            np.array(bones[name].tail_local) * clip.size if name in bones else clip.rest[i, :3, 3]
            for i, name in enumerate(clip.bones)
        ]
    )


def _turns(matrices: np.ndarray) -> np.ndarray:
    axes = matrices[..., :3, :3]
    return axes / np.linalg.norm(axes, axis=-2, keepdims=True)


def _continuous_angles(turns: np.ndarray) -> np.ndarray:
    """(T, 3, 3) -> (T, 3) degrees, of the two ways to say each turn the one nearer to the last."""
    angles = Rotation.from_matrix(turns).as_euler(_ORDER)
    other = angles * (1.0, -1.0, 1.0) + np.pi
    for frame in range(1, len(angles)):
        before = angles[frame - 1]
        ways = np.stack([angles[frame], other[frame]])
        ways += 2 * np.pi * np.round((before - ways) / (2 * np.pi))
        angles[frame] = min(ways, key=lambda way: float(np.abs(way - before).sum()))
    return np.degrees(angles)
