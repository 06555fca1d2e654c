"""Hands on the floor: how they are turned there, and where they rest."""

from __future__ import annotations

import numpy as np

from ...motion.contact_detection import HAND, ON_CHARACTER, without_short
from ...motion.motion import CONTACT_BODIES
from ...numerics.smoothing import FIRM, SoftTarget, fit_smooth_offset
from ...skeletons.skeleton import SkeletonPose
from ..rig.character import Character
from ..rig.skin_surface import Surface
from ..transfer.source_motion import SourceMotion, hand_heights
from .floor_clearance import pitch_above_floor
from .foot_contact import sliding
from .solver import ContactPoint, EndEffectorTarget

_THIN = 0.012
"""Half the thickness of a hand that has no skin, as a share of the leg."""


def hand_target(
    source: SourceMotion,
    character: Character,
    scale: float,
    side: str,
    surface: Surface,
    pose: SkeletonPose,
    rotations: dict[int, np.ndarray],
    ease: float,
) -> EndEffectorTarget | None:
    """Turns a hand back until its fingers are out of the floor, and tells where it rests.

    A hand on the floor stays where it is, its knuckles as high as the body's
    own or as high as it is thick.
    """
    roles = (f"{side}_upper_arm", f"{side}_forearm", f"{side}_hand")
    if any(role not in character.bones for role in roles):
        return None
    bone, rest = character.bones[roles[2]], character.rest
    wrist, turn = pose.positions[:, bone], rotations[bone]
    end = character.segments.points.get(f"{side}_hand_end")
    knuckles = np.zeros(3) if end is None else rest.axes[bone].T @ (end - rest.heads[bone])
    joint = source.joint(f"{side}_wrist" if end is None else f"{side}_hand")
    slow, drift = sliding(joint[:, :2], source.fps)
    touches = source.contacts[:, CONTACT_BODIES.index(f"{side[0].upper()}_Hand")]
    # It may touch the body itself, or a thing.
    over = hand_heights(source, side)
    low = (touches & (over < HAND.near_m)) | (over < ON_CHARACTER.near_m)
    down = without_short(low & slow, HAND.shortest)
    asked = (scale * joint[:, 2] - wrist[:, 2] - (turn @ knuckles)[:, 2])[:, None]
    lift = fit_smooth_offset(source.frames, 1, [SoftTarget(asked, FIRM * down)], ease=ease)
    cloud = _cloud(character, bone, surface)
    tip, thick = _fingers(character, bone, knuckles, cloud)
    across = rest.axes[bone].T @ character.segments.frames[roles[2]][:, 1]
    never = np.zeros(source.frames, dtype=bool)
    turn = pitch_above_floor(
        turn, tip, across, thick - wrist[:, 2] - lift[:, 0], never, never, ease
    )
    rotations[bone] = turn
    arm = turn @ knuckles
    under = arm[:, 2] + thick
    if len(cloud):
        under = arm[:, 2] - (turn[:, 2] @ cloud.T).min(axis=1)
    contact = ContactPoint(
        arm, down, np.maximum(scale * joint[:, 2], under), down.astype(float), scale * drift
    )
    return EndEffectorTarget(roles, (contact,))


def _cloud(character: Character, bone: int, surface: Surface) -> np.ndarray:
    """(n, 3) metres in the hand's axes: its skin and that of its fingers, as they are held."""
    locked_pose = character.locked_pose
    mine = np.isin(surface.owner, sorted(locked_pose.descendants(bone)))
    owner = surface.owner[mine]
    beside = np.einsum("nij,nj->ni", locked_pose.axes[owner], surface.offsets[mine, 0])
    return (locked_pose.heads[owner] + beside - locked_pose.heads[bone]) @ locked_pose.axes[bone]


def _fingers(
    character: Character, bone: int, knuckles: np.ndarray, cloud: np.ndarray
) -> tuple[np.ndarray, float]:
    """The tip of the fingers (3,) in the hand's axes, and half the hand's thickness in metres."""
    rest = character.rest
    if len(cloud):
        middle = np.median(cloud, axis=0)
        along = middle if not knuckles.any() else knuckles
        along = along / max(float(np.linalg.norm(along)), 1e-9)
        reach = cloud @ along
        # The narrowest way through the hand is from the palm to its back.
        aside = cloud - np.outer(reach, along) - (middle - along * (middle @ along))
        thick = float(np.sqrt(max(0.0, np.linalg.eigvalsh(np.cov(aside.T))[1])) * 1.5)
        return along * float(reach.max()), thick
    below = sorted(rest.descendants(bone))
    heads = (rest.heads[below] - rest.heads[bone]) @ rest.axes[bone]
    farthest = heads[np.linalg.norm(heads, axis=1).argmax()]
    return farthest, _THIN * character.segments.leg
