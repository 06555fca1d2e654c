"""The joints of SMPL among the bones of a motion's skeleton, from the same map that characters have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.names import SMPL_ORDER
from ..errors import UserError
from .bone_map import RigMap
from .detection import recognise_deform
from .human_bones import LIMBS, NECK, ROLE_TO_SMPL, SIDES, SPINE, in_words
from .name_matching import read_names, read_words
from .skeleton import Skeleton

LEGS: tuple[str, ...] = tuple(
    f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle")
)
"""Without these there is no scale and no stance: nothing can be fitted."""
ARMS: tuple[str, ...] = tuple(
    f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow")
)

_ENDS = {"head", "left_wrist", "right_wrist"}
"""What is told as well by a rest pose that is believed alone."""
_STRAIGHT = 0.8
"""Cosine between a bone of the trunk or the legs and all of them, for somebody who stands straight."""


@dataclass(frozen=True)
class SourceBones:
    """What was recognised of a motion's skeleton."""

    rig_map: RigMap
    joints: dict[str, str]
    """SMPL joint -> the source's joint."""

    @property
    def skeleton(self) -> str:
        """Whose names they are."""
        return self.rig_map.convention

    @property
    def missing(self) -> tuple[str, ...]:
        """SMPL joints the source has no counterpart for."""
        return tuple(joint for joint in SMPL_ORDER if joint not in self.joints)

    @property
    def has_legs(self) -> bool:
        return all(joint in self.joints for joint in LEGS)

    @property
    def has_arms(self) -> bool:
        return all(joint in self.joints for joint in ARMS)

    @property
    def extent(self) -> tuple[bool, int]:
        """How much of a person it is: with legs before without, then by the joints that are known."""
        return self.has_legs, len(self.joints)


def skeleton_of(names: Sequence[str], parents: Sequence[int], heads: np.ndarray) -> Skeleton:
    """A motion's joints (J, 3), z up, as bones: each ends where those that hang on it begin."""
    tails = heads.astype(np.float64).copy()
    above = np.asarray(parents)
    for joint in range(len(names)):
        children = np.flatnonzero(above == joint)
        if len(children):
            tails[joint] = heads[children].mean(axis=0)
        elif above[joint] >= 0:
            tails[joint] = heads[joint] + 0.5 * (heads[joint] - heads[above[joint]])
    axes = np.tile(np.eye(3), (len(names), 1, 1))
    return Skeleton(tuple(names), above, heads, tails, axes)


def recognise_source(
    names: Sequence[str],
    parents: Sequence[int],
    poses: Iterable[np.ndarray],
    rig_map: RigMap | None = None,
) -> SourceBones:
    """Which joint of a motion's skeleton is which of SMPL's.

    Args:
        poses: (J, 3) each, z up: the rest pose first, then some of the motion. Names say the
            same in all. Shape is read from the rest pose, if somebody stands straight in it: many
            files rest with their limbs anyhow. Else it is what most poses agree on.
        rig_map: given by a person, it is used as it is.

    Raises:
        UserError: a map was given that names bones the source does not have, or one bone twice.
    """
    if rig_map is not None:
        gone = rig_map.missing_bones(names)
        if gone:
            raise UserError(
                f"The bone map names '{gone[0]}', which the motion does not have; choose the map "
                "that was saved for this skeleton.",
                f"missing: {gone}; there: {list(names)}",
            )
        twice = rig_map.chosen_twice()
        if twice is not None:
            raise UserError(
                f"The bone map gives '{twice[0]}' two parts, {in_words(twice[1])} and "
                f"{in_words(twice[2])}; take it away from one of them."
            )
        return SourceBones(rig_map, smpl_joints(rig_map))
    given = [np.asarray(heads, dtype=float) for heads in poses]
    read: list[SourceBones] = []
    straight: list[SourceBones] = []
    for number, heads in enumerate([given[0], *_usual_poses(given[1:]), *given[1:]]):
        found = recognise_deform(skeleton_of(names, parents, heads))
        bones = SourceBones(found, _with_named(found, names, parents))
        whole = bones.has_legs and bones.has_arms
        if whole and _stands_straight(bones, names, heads):
            if not number and bones.joints.keys() >= _ENDS:
                return bones
            straight.append(bones)
        if whole and _all_named(found):
            return bones
        read.append(bones)
    return _agreed(straight or [bones for bones in read if bones.has_arms] or read)


def _usual_poses(poses: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The mean of poses (J, 3) laid onto each other, as it is and along its own axes.

    People step left and right alike, so that it is even and rather straight where the poses are
    not; its axes stand it up, however it lay.
    """
    if len(poses) < 3:
        return []
    centred = [points - points.mean(axis=0) for points in poses]
    mean = max(centred, key=lambda points: float(np.linalg.norm(points)))
    for _ in range(3):
        laid = [Rotation.align_vectors(mean, points)[0].apply(points) for points in centred]
        mean = np.mean(laid, axis=0)
    axes = np.linalg.svd(mean, full_matrices=False)[2][::-1]
    axes[0] *= np.sign(np.linalg.det(axes))
    return [mean, mean @ axes.T]


def _all_named(rig_map: RigMap) -> bool:
    """Whether names told every joint of the limbs; what shape tells, another pose may tell otherwise."""
    limbs = {f"{side}_{part}" for side in SIDES for parts in LIMBS.values() for part in parts}
    return limbs <= {row.role for row in rig_map.rows if row.origin == "name"}


def _stands_straight(bones: SourceBones, names: Sequence[str], heads: np.ndarray) -> bool:
    """Whether trunk and legs lie along one line in a pose (J, 3), whichever way is up."""
    at = {joint: heads[names.index(bone)] for joint, bone in bones.joints.items()}
    top = next((at[joint] for joint in ("neck", "head", "spine3") if joint in at), None)
    if top is None:
        return False
    along = [top - (at["left_hip"] + at["right_hip"]) / 2]
    for side in ("left", "right"):
        along += [at[f"{side}_hip"] - at[f"{side}_knee"], at[f"{side}_knee"] - at[f"{side}_ankle"]]
    directions = np.array([bone / max(np.linalg.norm(bone), 1e-9) for bone in along])
    middle = directions.mean(axis=0)
    return bool((directions @ middle > _STRAIGHT * np.linalg.norm(middle)).all())


def _agreed(read: Sequence[SourceBones]) -> SourceBones:
    """What most poses read; of equals that with the most of a person, then the first."""
    votes = Counter(tuple(sorted(bones.joints.items())) for bones in read)
    return max(
        read,
        key=lambda bones: (
            bones.has_legs,
            votes[tuple(sorted(bones.joints.items()))],
            bones.extent,
        ),
    )


def smpl_joints(rig_map: RigMap) -> dict[str, str]:
    """SMPL joint -> bone; of a spine of any number of bones, SMPL's three: the chest is the last."""
    found = rig_map.bones
    joints = {joint: found[role] for role, joint in ROLE_TO_SMPL.items() if role in found}
    spine, neck = rig_map.chain(SPINE), rig_map.chain(NECK)
    joints.update(spread_spine(spine))
    if neck:
        joints["neck"] = neck[0]
    return joints


def spread_spine(spine: Sequence[str]) -> dict[str, str]:
    """Any number of spine bones, from the hips up, onto SMPL's three."""
    if not spine:
        return {}
    if len(spine) == 1:
        return {"spine3": spine[0]}
    if len(spine) == 2:
        return {"spine1": spine[0], "spine3": spine[1]}
    return {"spine1": spine[0], "spine2": spine[len(spine) // 2], "spine3": spine[-1]}


def _with_named(rig_map: RigMap, names: Sequence[str], parents: Sequence[int]) -> dict[str, str]:
    """The map's joints; a table's own choice of spine and fingers where it agrees with the map."""
    joints = smpl_joints(rig_map)
    for side in ("left", "right"):
        # The end of a foot is no toe joint: it has no axes of its own.
        if joints.get(f"{side}_foot", "").endswith("_end"):
            del joints[f"{side}_foot"]
    named = read_names(names, list(parents))
    if named is None:
        # Parts of a person: too few for a map, enough to know a leg by.
        for joint, bone in read_words(names, parents).items():
            if joint not in joints and bone not in joints.values():
                joints[joint] = bone
        return joints
    spine = {j: bone for j, bone in named.joints.items() if j in ("spine1", "spine2", "spine3")}
    whole = min(3, len(rig_map.chain(SPINE)))
    if len(spine) >= whole and set(spine.values()) <= set(rig_map.chain(SPINE)):
        joints = {j: bone for j, bone in joints.items() if j not in ("spine1", "spine2", "spine3")}
        joints.update(spine)
    if named.joints.get("neck") in rig_map.chain(NECK):
        joints["neck"] = named.joints["neck"]
    for side in ("left", "right"):
        if named.joints.get(f"{side}_wrist") == joints.get(f"{side}_wrist"):
            hand = named.joints.get(f"{side}_hand")
            if hand is not None and hand not in joints.values():
                joints[f"{side}_hand"] = hand
    return joints


def require_legs(bones: SourceBones, label: str) -> None:
    """Raises a ``UserError`` that names what is missing when the legs are not all there."""
    if not bones.has_legs:
        missing = ", ".join(joint for joint in LEGS if joint not in bones.joints)
        raise UserError(
            f"The skeleton of '{label}' has no legs that can be recognised by name or by shape "
            f"(missing: {missing}); choose them in its bone map (File Settings, --map), or rename "
            "its joints as in Mixamo, Unreal or SMPL.",
            f"recognised: {bones.joints}",
        )
