"""From where bones are in the world to what is keyed on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..rig.character import Character
from .root_motion import WorldMotion


@dataclass(frozen=True)
class LocalMotion:
    """Values to key, by bone."""

    rotations: Mapping[str, np.ndarray]
    """(T, 3, 3): rotation against rest, in the bone's own axes."""
    locations: Mapping[str, np.ndarray]
    """(T, 3) in the units of the armature."""


def local_motion(
    character: Character,
    motion: WorldMotion,
    inherits: Mapping[str, tuple[bool, bool]],
    object_axes: np.ndarray,
    scale: float,
) -> LocalMotion:
    """Pose channels of the bones that turn or move on their own.

    Args:
        inherits: bone -> whether it turns with its parent, and whether it is
            moved along its own axes, as Blender has these options.
        object_axes: (3, 3) of the object in the world.
        scale: metres per unit of the armature.
    """
    rest, pose = character.rest, motion.pose
    frames = len(pose.rotations)
    carried_by_object = motion.object_turn
    if carried_by_object is None:
        carried_by_object = np.broadcast_to(np.eye(3), (frames, 3, 3))
    rotations, locations = {}, {}
    for bone, name in enumerate(rest.names):
        if bone not in motion.rotated and bone not in motion.moved:
            continue
        parent = int(rest.parents[bone])
        with_parent, own_axes = inherits[name]
        if parent >= 0:
            carried = pose.rotations[:, parent] @ rest.axes[parent].T
            head = pose.positions[:, parent] + carried @ (rest.heads[bone] - rest.heads[parent])
        else:
            carried = carried_by_object
            head = carried @ rest.heads[bone]
            if motion.object_shift is not None:
                head = head + motion.object_shift
        turning = carried if with_parent else carried_by_object
        basis = turning @ rest.axes[bone]
        if bone in motion.rotated:
            rotations[name] = np.swapaxes(basis, 1, 2) @ pose.rotations[:, bone]
        if bone in motion.moved:
            away = (pose.positions[:, bone] - head)[..., None]
            # Without local location Blender moves along the parent's axes, or the armature's.
            beside = carried @ object_axes if parent < 0 else pose.rotations[:, parent]
            along = carried @ rest.axes[bone] if own_axes else beside
            locations[name] = (np.swapaxes(along, 1, 2) @ away)[..., 0] / scale
    return LocalMotion(rotations, locations)


def with_original_parents(
    character: Character, motion: WorldMotion, parents: Mapping[str, str]
) -> tuple[Character, WorldMotion]:
    """The same performance over what the bones really hang on, ``parents`` by name."""
    rest = character.rest
    index = {name: bone for bone, name in enumerate(rest.names)}
    real = np.array([index.get(parents[name], -1) for name in rest.names])
    misparented = np.flatnonzero(real != rest.parents).tolist()
    if not misparented:
        return character, motion
    motion = replace(
        motion,
        moved=motion.moved | set(misparented),
        rotated=motion.rotated | set(misparented),
    )
    return replace(character, rest=replace(rest, parents=real)), motion
