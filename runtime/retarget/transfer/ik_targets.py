"""Where the controls of a control rig have to be for the character to go as it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...numerics.rotations import unit
from ...skeletons.control_rigs import ControlRig
from ...skeletons.human_bones import LIMBS, SIDES
from ..rig.character import Character
from .root_motion import WorldMotion

_BENT = 0.03
"""Share of a limb's length by which its middle joint is aside where the bend tells the plane."""


@dataclass(frozen=True)
class ControlTarget:
    """What a control does in the world."""

    rotations: np.ndarray | None
    """(T, 3, 3); None where only its place counts."""
    places: np.ndarray | None
    """(T, 3) metres; None where it is only turned."""


def ik_targets(
    bones: Mapping[str, np.ndarray],
    world: np.ndarray,
    character: Character,
    motion: WorldMotion,
    control_rig: ControlRig,
) -> tuple[dict[str, ControlTarget], dict[str, ControlTarget]]:
    """Control -> goal of what limbs end in, and of what may hang on these. Empty without IK.

    ``bones`` are the rest matrices (4, 4) in the armature by name, ``world`` (4, 4) is where the
    object stands, as ``character`` was measured.
    """

    def carried(group: str) -> dict[str, ControlTarget]:
        return {
            name: _carried(_at_rest(bones[name], world), character, motion, character.bones[role])
            for role, name in control_rig.sided(group).items()
            if name in bones and role in character.bones
        }

    first = carried("goals")
    then = {
        name: ControlTarget(target.rotations, None) for name, target in carried("on_goals").items()
    }
    poles = control_rig.sided("poles")
    for side in SIDES:
        for limb, parts in LIMBS.items():
            name, roles = poles.get(f"{side}_{limb}", ""), [f"{side}_{part}" for part in parts]
            if name in bones and all(role in character.bones for role in roles):
                joints = [character.bones[role] for role in roles]
                head, _ = _at_rest(bones[name], world)
                then[name] = ControlTarget(None, _pole(head, character, motion, joints))
    return first, then


def _carried(
    at_rest: tuple[np.ndarray, np.ndarray], character: Character, motion: WorldMotion, bone: int
) -> ControlTarget:
    """A control that goes along with a bone as if it were a part of it."""
    head, axes = at_rest
    rest = character.rest
    turned = motion.pose.rotations[:, bone] @ rest.axes[bone].T
    return ControlTarget(
        turned @ axes, motion.pose.positions[:, bone] + turned @ (head - rest.heads[bone])
    )


def _pole(
    head: np.ndarray, character: Character, motion: WorldMotion, joints: list[int]
) -> np.ndarray:
    """(T, 3): in the plane of the limb, as far off its middle joint as ``head`` is at rest.

    Where the limb is straight its upper bone tells where it would bend.
    """
    rest, pose = character.rest, motion.pose
    start, middle, end = (pose.positions[:, joint] for joint in joints)
    along = unit(end - start)

    def across(vectors: np.ndarray) -> np.ndarray:
        return vectors - (vectors * along).sum(axis=1, keepdims=True) * along

    away = head - rest.heads[joints[1]]
    turned = pose.rotations[:, joints[0]] @ rest.axes[joints[0]].T
    usual = unit(across(turned @ away))
    bent = across(middle - start)
    length = np.linalg.norm(middle - start, axis=1) + np.linalg.norm(end - middle, axis=1)
    share = np.linalg.norm(bent, axis=1) / np.maximum(_BENT * length, 1e-9)
    little = np.clip(1.0 - share, 0.0, 1.0)[:, None]
    direction = unit(unit(bent) * (1.0 - little) + usual * little)
    return middle + direction * float(np.linalg.norm(away))


def _at_rest(rest: np.ndarray, world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Head (3,) and axes (3, 3) of a bone in the world at rest."""
    matrix = world @ rest
    axes = matrix[:3, :3]
    return matrix[:3, 3], axes / np.linalg.norm(axes, axis=0)


def fk_targets(
    character: Character, motion: WorldMotion, roles: list[str], bones: Mapping[str, str]
) -> dict[str, ControlTarget]:
    """The same for controls that are bones of the character themselves."""
    targets = {}
    for role in roles:
        bone = character.rest.index(bones[role])
        if bone in motion.rotated:
            places = motion.pose.positions[:, bone] if bone in motion.moved else None
            targets[bones[role]] = ControlTarget(motion.pose.rotations[:, bone], places)
    return targets
