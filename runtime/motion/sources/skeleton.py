"""A motion on somebody else's skeleton, before it is fitted to the body."""

from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ...body.kinematics import to_wxyz
from ...errors import UserError
from ...skeletons.bone_map import RigMap
from ...skeletons.source_bones import SourceBones, recognise_source

_POSES = 5
"""Poses of the motion in which a person is looked for where the rest pose shows none."""


@dataclass(frozen=True)
class SkeletonClip:
    """World-space joints of any skeleton over time, z up, in metres.

    A BVH file, an armature in Blender: whatever it was, it is this before it is
    fitted. The rest pose is the skeleton's own (T, A or any other).
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    """Index of each joint's parent, -1 for a root; parents come first."""
    fps: float
    positions: np.ndarray
    """(T, J, 3) metres, world."""
    rotations: np.ndarray
    """(T, J, 4) wxyz, world orientation of the joint's axes (at rest: ``rest_rotations``)."""
    rest_positions: np.ndarray
    """(J, 3) metres, world, at rest."""
    rest_rotations: np.ndarray
    """(J, 4) wxyz, world, at rest. BVH joints have none: identity."""
    name: str = ""
    notes: tuple[str, ...] = ()
    """What was set right when it was read, each a few words for people."""
    rig_map: RigMap | None = None
    """What its joints are, where a person said so."""
    rest_axes: np.ndarray = field(default_factory=lambda: np.array([1.0, 0.0, 0.0, 0.0]))
    """(4,) wxyz: how the world that the rest pose was given in has been turned since."""

    def __post_init__(self) -> None:
        joints = len(self.names)
        frames = len(self.positions)
        expected = {
            "positions": (frames, joints, 3),
            "rotations": (frames, joints, 4),
            "rest_positions": (joints, 3),
            "rest_rotations": (joints, 4),
            "rest_axes": (4,),
        }
        for name, shape in expected.items():
            value = np.asarray(getattr(self, name), dtype=np.float64)
            if value.shape != shape:
                raise UserError(f"{name} of the skeleton has shape {value.shape}, not {shape}.")
            if not np.isfinite(value).all():
                raise UserError(f"The motion of '{self.name}' holds numbers that are not finite.")
            object.__setattr__(self, name, value)
        if not frames:
            raise UserError(f"The motion of '{self.name}' has no frames.")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise UserError(f"The motion of '{self.name}' has no usable frame rate ({self.fps}).")

    @property
    def frames(self) -> int:
        return len(self.positions)

    @cached_property
    def bones(self) -> SourceBones:
        """Which joints of SMPL its joints are: by name, by shape, or as a person said."""
        chosen = np.unique(np.linspace(0, self.frames - 1, min(self.frames, _POSES)).astype(int))
        poses = (self.rest_positions, *self.positions[chosen])
        return recognise_source(self.names, self.parents, poses, self.rig_map)

    def to_dict(self) -> dict[str, Any]:
        """Plain data and arrays; ``from_dict`` is the inverse."""
        fields = {entry.name: getattr(self, entry.name) for entry in dataclass_fields(self)}
        return fields | {"rig_map": None if self.rig_map is None else self.rig_map.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "SkeletonClip":
        """Raises ``UserError`` where the data are no clip."""
        made = {**data, "names": tuple(data["names"]), "parents": tuple(data["parents"])}
        made["notes"] = tuple(data.get("notes", ()))
        if data.get("rig_map") is not None:
            made["rig_map"] = RigMap.from_dict(data["rig_map"])
        return cls(**made)

    def resampled(self, fps: float) -> "SkeletonClip":
        """The same clip at another rate: every joint's rotation in its parent by slerp."""
        if fps == self.fps or self.frames == 1:
            return replace(self, fps=fps)
        old = np.arange(self.frames) / self.fps
        count = int(np.floor(old[-1] * fps + 1e-6)) + 1
        return replace(self._between(old, np.minimum(np.arange(count) / fps, old[-1])), fps=fps)

    def bridged(self, bad: np.ndarray) -> "SkeletonClip":
        """The clip with frames that are ``bad`` (T,) bool led through from those beside them.

        The first and the last are good.
        """
        frames = np.arange(self.frames, dtype=float)
        good = ~bad
        kept = replace(self, positions=self.positions[good], rotations=self.rotations[good])
        return kept._between(frames[good], frames)

    def _between(self, old: np.ndarray, new: np.ndarray) -> "SkeletonClip":
        """At times ``new`` of a clip whose frames are at ``old``, both rising."""
        before = np.clip(np.searchsorted(old, new, side="right") - 1, 0, len(old) - 2)
        share = ((new - old[before]) / (old[before + 1] - old[before]))[:, None]
        positions = np.empty((len(new), len(self.names), 3))
        rotations: list[Rotation] = []
        world = [
            Rotation.from_quat(self.rotations[:, joint], scalar_first=True)
            for joint in range(len(self.names))
        ]
        for joint, parent in enumerate(self.parents):
            offset, turn = self.positions[:, joint], world[joint]
            if parent >= 0:
                offset = world[parent].inv().apply(offset - self.positions[:, parent])
                turn = world[parent].inv() * turn
            offset = offset[before] * (1 - share) + offset[before + 1] * share
            turn = Slerp(old, turn)(new)
            if parent >= 0:
                offset = positions[:, parent] + rotations[parent].apply(offset)
                turn = rotations[parent] * turn
            positions[:, joint] = offset
            rotations.append(turn)
        turned = np.stack([turn.as_quat(scalar_first=True) for turn in rotations], axis=1)
        return replace(self, positions=positions, rotations=turned)


def turned(clip: SkeletonClip, turn: Rotation, note: str) -> SkeletonClip:
    """The whole clip, rest pose and all, turned about the world's origin."""

    def quats(wxyz: np.ndarray) -> np.ndarray:
        flat = Rotation.from_quat(wxyz.reshape(-1, 4), scalar_first=True)
        return to_wxyz(turn * flat).reshape(wxyz.shape)

    return replace(
        clip,
        positions=turn.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape),
        rotations=quats(clip.rotations),
        rest_positions=turn.apply(clip.rest_positions),
        rest_rotations=quats(clip.rest_rotations),
        rest_axes=quats(clip.rest_axes),
        notes=(*clip.notes, note),
    )
