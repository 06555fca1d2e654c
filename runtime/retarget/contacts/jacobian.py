"""How points of a character move, to first order, as its hips, its spine and the ends of its limbs do.

Unknowns stand in columns: three for the offset of the hips, three for the lean of
the chest as a rotation vector, three for the offset of each limb's end beyond what
hips and spine make of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...numerics.rotations import skew, unit
from ...skeletons.skeleton import SkeletonPose
from ..rig.character import Character
from ..rig.skin_surface import Surface

_FEW = 20
"""Points that are not worth dividing."""


@dataclass(frozen=True)
class Limb:
    """One limb over the clip, as the directions of the source have it."""

    number: int
    roles: tuple[str, str, str]
    bones: tuple[int, int, int]
    bone_directions: np.ndarray
    """(2, T, 3) unit vectors: upper and lower bone."""

    @property
    def own(self) -> slice:
        """Its columns."""
        return slice(6 + 3 * self.number, 9 + 3 * self.number)

    def directions_in(self, pose: SkeletonPose) -> np.ndarray:
        """(2, T, 3) unit vectors in another pose."""
        joints = pose.positions[:, self.bones]
        return unit(np.moveaxis(np.diff(joints, axis=1), 1, 0))


def limb_of(
    character: Character, roles: tuple[str, str, str], pose: SkeletonPose, number: int
) -> Limb:
    upper, lower, end = (character.bones[role] for role in roles)
    joints = pose.positions[:, (upper, lower, end)]
    bone_directions = unit(np.moveaxis(np.diff(joints, axis=1), 1, 0))
    return Limb(number, roles, (upper, lower, end), bone_directions)


@dataclass(frozen=True)
class SurfacePatch:
    """Points of the surface that move with one part of a limb, or with the trunk."""

    points: np.ndarray
    limb: int
    """Its number, -1 for the trunk."""
    part: int
    """Of the limb: 0 upper, 1 lower, 2 end."""


def surface_patches(
    character: Character, surface: Surface, limbs: Sequence[Limb]
) -> list[SurfacePatch]:
    """All points of the surface; the trunk's by what leans alike, for head and hips may sink apart."""
    moved = {bone: (limb.number, part) for limb in limbs for part, bone in enumerate(limb.bones)}
    found: dict[tuple[int, int], list[np.ndarray]] = {}
    rest = character.rest
    for bone in np.unique(surface.owner).tolist():
        chain = rest.ancestors(bone)
        above = next((b for b in chain if b in moved), None)
        if above is None:
            place = (-1, next((b for b in chain if b in character.spine_weights), -1))
        else:
            place = moved[above]
        found.setdefault(place, []).append(np.flatnonzero(surface.owner == bone))
    patches = []
    for place, points in found.items():
        whole = np.concatenate(points)
        # A trunk rolls from one side to the other: each is kept up by itself.
        parts = _quarters(surface, whole) if place[0] < 0 else [whole]
        patches += [SurfacePatch(part, *place) for part in parts]
    return patches


def _quarters(surface: Surface, points: np.ndarray) -> list[np.ndarray]:
    """Points divided across their two longest principal axes."""
    if len(points) < _FEW:
        return [points]
    away = surface.offsets[points, 0] - surface.offsets[points, 0].mean(axis=0)
    _, _, axes = np.linalg.svd(away, full_matrices=False)
    quarter = (away @ axes[:2].T > 0) @ (1, 2)
    return [points[quarter == number] for number in np.unique(quarter)]


@dataclass(frozen=True)
class PoseJacobian:
    """How a pose changes with the unknowns."""

    limbs: Sequence[Limb]
    turning: Sequence[np.ndarray]
    """Per limb (T, 6, 3): how its two bones turn, in radians, per metre its end moves."""
    pose: SkeletonPose
    lever_arms: np.ndarray
    """(T, J, 3) metres: the head of each bone moves by the lean x its lever."""
    shares: np.ndarray
    """(J,) how much of the lean each bone turns."""

    @classmethod
    def of(
        cls, character: Character, limbs: Sequence[Limb], pose: SkeletonPose, scale: float
    ) -> PoseJacobian:
        turning = [_turning(pose, limb.bones, scale) for limb in limbs]
        parents = character.rest.parents
        lever_arms = np.zeros_like(pose.positions)
        shares = np.zeros(len(parents))
        for bone, parent in enumerate(parents.tolist()):
            shares[bone] = character.spine_weights.get(bone, shares[parent] if parent >= 0 else 0.0)
            if parent >= 0:
                offset = pose.positions[:, bone] - pose.positions[:, parent]
                lever_arms[:, bone] = lever_arms[:, parent] + shares[parent] * offset
        return cls(limbs, turning, pose, lever_arms, shares)

    @property
    def width(self) -> int:
        return 6 + 3 * len(self.limbs)

    def end(self, limb: Limb) -> np.ndarray:
        """(T, 3, W): how the end of a limb moves."""
        rows = np.zeros((len(self.lever_arms), 3, self.width))
        rows[:, :, :3] = rows[:, :, limb.own] = np.eye(3)
        rows[:, :, 3:6] = -skew(self.lever_arms[:, limb.bones[0]])
        return rows

    def lowest(
        self, heights: np.ndarray, surface: Surface, patch: SurfacePatch, pose: SkeletonPose
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows (T, W) by which the lowest point of a group moves up, and its height (T,)."""
        every = np.arange(len(heights))
        rows = np.zeros((len(heights), self.width))
        rows[:, 2] = 1.0
        lowest = patch.points[heights[:, patch.points].argmin(axis=1)]
        height = heights[every, lowest]
        owner = surface.owner[lowest]
        place = pose.positions[every, owner] + np.einsum(
            "tij,tj->ti", pose.rotations[every, owner], surface.offsets[lowest, 0]
        )
        if patch.limb < 0:
            beside = place - pose.positions[every, owner]
            lever = self.lever_arms[every, owner] + self.shares[owner, None] * beside
            rows[:, 3:6] = -skew(lever)[:, 2]
            return rows, height
        limb, turning = self.limbs[patch.limb], self.turning[patch.limb]
        rows[:, 3:6] = -skew(self.lever_arms[:, limb.bones[0]])[:, 2]
        if patch.part == 2:
            rows[:, limb.own.start + 2] = 1.0
            return rows, height
        start, middle = (pose.positions[:, bone] for bone in limb.bones[:2])
        first = place - start if patch.part == 0 else middle - start
        up = -skew(first)[:, 2:] @ turning[:, :3]
        if patch.part == 1:
            up -= skew(place - middle)[:, 2:] @ turning[:, 3:]
        rows[:, limb.own] = up[:, 0]
        return rows, height


def _turning(pose: SkeletonPose, bones: tuple[int, int, int], scale: float) -> np.ndarray:
    """(T, 6, 3): the smallest turns of two bones that move their end; along a straight limb it takes much."""
    start, middle, end = (pose.positions[:, bone] for bone in bones)
    moved = np.concatenate([-skew(middle - start), -skew(end - middle)], axis=2)
    back = np.swapaxes(moved, 1, 2)
    return back @ np.linalg.inv(moved @ back + (0.02 * scale) ** 2 * np.eye(3))
