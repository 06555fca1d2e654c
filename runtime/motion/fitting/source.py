"""The clip to be fitted in the body's terms: SMPL joints, the body's size."""

from dataclasses import dataclass

import numpy as np

from ...body.figures import BODY_NAMES, OFFSETS, PARENTS
from ...body.kinematics import to_rotation
from ...body.names import BODY_TO_SMPL, SMPL_ORDER, SMPL_TO_BODY
from ...skeletons.source_bones import SourceBones, require_legs
from ..sources.skeleton import SkeletonClip

_ENDS = ("left_foot", "right_foot", "left_hand", "right_hand")
"""Joints whose place may be told by the end of the bone above when they have no name."""


_SAME = 0.01
"""Metres bones, and unit vectors axes, may differ that are the same."""


def _bone(name: str) -> float:
    return float(np.linalg.norm(OFFSETS[BODY_NAMES.index(name)]))


BODY_LEG = (_bone("L_Knee") + _bone("L_Ankle") + _bone("R_Knee") + _bone("R_Ankle")) / 2
"""Metres from hip to ankle of the body."""


@dataclass(frozen=True)
class Source:
    """Joints of the source by SMPL name, scaled so that its legs are as long as the body's."""

    bones: SourceBones
    scale: float
    """The body's leg length over the source's."""
    positions: dict[str, np.ndarray]
    """(T, 3) metres."""
    turns: dict[str, np.ndarray]
    """(T, 3, 3): axes of the source's joint in the world, whatever they are at rest."""
    rest_positions: dict[str, np.ndarray]
    """(1, 3) metres."""
    rest_turns: dict[str, np.ndarray]
    """(1, 3, 3)"""

    @classmethod
    def of(cls, clip: SkeletonClip) -> "Source":
        """Recognises the joints by name and scales by leg length.

        Raises:
            UserError: when there are no recognisable legs.
        """
        label = clip.name or "the clip"
        bones = clip.bones
        require_legs(bones, label)
        index = {joint: clip.names.index(name) for joint, name in bones.joints.items()}
        positions = {joint: clip.positions[:, i] for joint, i in index.items()}
        rest = {joint: clip.rest_positions[i][None] for joint, i in index.items()}
        for joint in _ENDS:
            end = _end_of_bone(clip, index, joint)
            if joint not in index and end is not None:
                positions[joint] = clip.positions[:, end]
                rest[joint] = clip.rest_positions[end][None]
        scale = BODY_LEG / leg_length(positions)
        return cls(
            bones=bones,
            scale=scale,
            positions={joint: value * scale for joint, value in positions.items()},
            turns={joint: _matrices(clip.rotations[:, i]) for joint, i in index.items()},
            rest_positions={joint: value * scale for joint, value in rest.items()},
            rest_turns={j: _matrices(clip.rest_rotations[None, i]) for j, i in index.items()},
        )

    @property
    def frames(self) -> int:
        return len(self.positions["left_hip"])

    @property
    def rests_upright(self) -> bool:
        """Whether the rest pose is a person standing (T, A, arms down) and not just axes.

        Many files rest with all bones in a line or with limbs turned anyhow.
        """
        rest = {joint: value[0] for joint, value in self.rest_positions.items()}
        top = rest.get("neck", rest.get("head", rest.get("left_shoulder")))
        if top is None:
            return False
        hips = (rest["left_hip"] + rest["right_hip"]) / 2
        along = [top - hips]
        for side in ("left", "right"):
            along += [rest[f"{side}_hip"] - rest[f"{side}_knee"]]
            along += [rest[f"{side}_knee"] - rest[f"{side}_ankle"]]
        return all(vector[2] > 0.85 * np.linalg.norm(vector) for vector in along)

    @property
    def rests_on_its_axes(self) -> bool:
        """Whether all joints rest with the same axes, as in BVH files: an importer that gives bones
        axes of their own leaves nothing of what is on record for a skeleton."""
        first, *others = self.rest_turns.values()
        return all(np.abs(turn - first).max() < _SAME for turn in others)

    @property
    def is_the_body(self) -> bool:
        """Whether the source has the body's own bones and rest pose, up to its size."""
        rest = self.rest_positions
        if not set(SMPL_ORDER) <= set(rest):
            return False
        bones = [
            rest[BODY_TO_SMPL[name]][0] - rest[BODY_TO_SMPL[BODY_NAMES[PARENTS[body]]]][0]
            for body, name in enumerate(BODY_NAMES)
            if body
        ]
        # At rest the body stands in y-up axes: x left, y up, z forward.
        own = OFFSETS[1:] @ np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
        return bool(np.abs(np.array(bones) - own).max() < _SAME)

    def at_rest(self) -> "Source":
        """The rest pose as a clip of one frame."""
        return Source(
            self.bones,
            self.scale,
            self.rest_positions,
            self.rest_turns,
            self.rest_positions,
            self.rest_turns,
        )

    def hips(self) -> np.ndarray:
        """(T, 3): the middle between the hips."""
        return (self.positions["left_hip"] + self.positions["right_hip"]) / 2

    def top(self) -> np.ndarray | None:
        """(T, 3): the upper end of the trunk, if the source has one."""
        if "neck" in self.positions:
            return self.positions["neck"]
        if "left_shoulder" in self.positions and "right_shoulder" in self.positions:
            return (self.positions["left_shoulder"] + self.positions["right_shoulder"]) / 2
        return self.positions.get("head")


def body_index(joint: str) -> int:
    """SMPL joint -> index of the body."""
    return BODY_NAMES.index(SMPL_TO_BODY[joint])


def leg_length(positions: dict[str, np.ndarray]) -> float:
    """Mean distance over both legs and all frames, hip to knee to ankle."""
    total = 0.0
    for side in ("left", "right"):
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            bone = positions[f"{side}_{lower}"] - positions[f"{side}_{upper}"]
            total += float(np.linalg.norm(bone, axis=-1).mean())
    return max(total / 2, 1e-6)


def _end_of_bone(clip: SkeletonClip, index: dict[str, int], joint: str) -> int | None:
    """The farthest child of an ankle or wrist, if it is a bone's length away."""
    side, part = joint.split("_")
    above = index.get(f"{side}_{'ankle' if part == 'foot' else 'wrist'}")
    if above is None:
        return None
    children = [child for child, parent in enumerate(clip.parents) if parent == above]
    lengths = {
        child: float(np.linalg.norm(clip.positions[0, child] - clip.positions[0, above]))
        for child in children
    }
    if not lengths:
        return None
    farthest = max(lengths, key=lambda child: lengths[child])
    return farthest if lengths[farthest] > 0.02 else None


def _matrices(wxyz: np.ndarray) -> np.ndarray:
    return to_rotation(wxyz).as_matrix()
