"""Where a character touches the floor with anything but its feet: how thick its limbs are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...runtime.body import BODY_NAMES, SMPL_NAMES
from ...runtime.motion.contacts import support_points
from ..rig.rest import REST_TURN
from .character import Character
from .performer import body_anatomy
from .roles import ROLE_TO_SMPL
from .skeleton import Pose

FEET = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe", "L_Hand", "R_Hand", "L_Wrist", "R_Wrist")
"""Bodies that have goals of their own."""


@dataclass(frozen=True)
class Bulk:
    """Balls that stand for the character's trunk, head and limbs."""

    bone: np.ndarray
    """(K,) the bone each moves with."""
    offset: np.ndarray
    """(K, 3) metres, in the bone's own axes from its head."""
    radius: np.ndarray
    """(K,)"""

    def clearance(self, pose: Pose) -> np.ndarray:
        """(T,) metres from the floor at z = 0 to the lowest of the balls."""
        turned = np.einsum("tkj,kj->tk", pose.turns[:, self.bone, 2], self.offset)
        return (pose.positions[:, self.bone, 2] + turned - self.radius).min(axis=1)


def bulk_of(character: Character, scale: float, skin: Mapping[str, np.ndarray]) -> Bulk:
    """The character's own thickness where its skin tells, else the body's at its size."""
    table = support_points()
    body, own = body_anatomy(), character.anatomy
    bones, offsets, radii = [], [], []
    for joint, bone, frame in _counterparts(character):
        number = SMPL_NAMES.index(joint)
        if BODY_NAMES[number] in FEET:
            continue
        chosen = table.body == number
        # From the simulated body's axes over the world at rest into the bone's.
        turn = character.rest.axes[bone].T @ own.frames[frame] @ body.frames[frame].T @ REST_TURN
        points = scale * table.offset[chosen] @ turn.T
        widths = np.full(len(points), scale) * table.radius[chosen]
        cloud = skin.get(character.rest.names[bone])
        if cloud is not None and len(cloud) > 20:
            points, widths = _thickness(
                (cloud - character.rest.heads[bone]) @ character.rest.axes[bone]
            )
        bones += [bone] * len(points)
        offsets.append(points)
        radii.append(widths)
    return Bulk(np.array(bones), np.concatenate(offsets), np.concatenate(radii))


def body_clearance(positions: np.ndarray, deltas: np.ndarray) -> np.ndarray:
    """(T, 24, 3), (T, 24, 3, 3) -> (T,) metres: the same of the body itself."""
    table = support_points()
    heights = table.heights(positions, deltas @ REST_TURN)
    others = ~np.isin(table.body, [BODY_NAMES.index(name) for name in FEET])
    return heights[:, others].min(axis=1)


def _counterparts(character: Character) -> list[tuple[str, int, str]]:
    """SMPL joint, bone, frame; of the spine the bones nearest to SMPL's three."""
    found = [
        (joint, character.bones[role], role)
        for role, joint in ROLE_TO_SMPL.items()
        if role in character.bones and role in character.anatomy.frames
    ]
    count = len(character.spine)
    for number in range(1, 4 if count else 1):
        bone = character.spine[max(0, round(number * count / 3) - 1)]
        found.append((f"spine{number}", bone, "spine"))
    return found


def _thickness(cloud: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3) vertices in a bone's axes -> points (14, 3) of their hull, hair and cloth left out."""
    middle = np.median(cloud, axis=0)
    away = cloud - middle
    signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).reshape(3, -1).T / np.sqrt(3)
    directions = np.concatenate([np.eye(3), -np.eye(3), signs])
    reach = np.quantile(away @ directions.T, 0.9, axis=0)
    return middle + directions * reach[:, None], np.zeros(len(directions))
