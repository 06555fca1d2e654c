"""Hands on the floor stand still there, and fingers stay out of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...runtime.motion.motion import CONTACT_BODIES
from .character import Character
from .limbs import bend_limb
from .performer import Performance
from .pitch import pitched
from .skeleton import pose_rig
from .smoothing import AVOID, FIRM, Stillness, Wish, correction
from .touch import dragged, steady

_THIN = 0.012
"""Half the thickness of a hand that has no skin, as a share of the leg."""


def hold_hand(
    source: Performance,
    character: Character,
    scale: float,
    side: str,
    skin: Mapping[str, np.ndarray],
    turns: dict[int, np.ndarray],
    placed: Mapping[int, np.ndarray],
    ease: float,
) -> None:
    """Corrects the turns of an arm and its hand in place.

    A hand on the floor stays where it is, its knuckles as high as the body's
    own; the wrist bends back, and where that is not enough the arm lifts, until
    the fingers are out of the floor.
    """
    roles = (f"{side}_upper_arm", f"{side}_forearm", f"{side}_hand")
    if any(role not in character.bones for role in roles):
        return
    pose = pose_rig(character.rest, turns, placed)
    bone, rest = character.bones[roles[2]], character.rest
    wrist, turn = pose.positions[:, bone], turns[bone]
    end = character.anatomy.points.get(f"{side}_hand_end")
    knuckles = np.zeros(3) if end is None else rest.axes[bone].T @ (end - rest.heads[bone])
    joint = source.joint(f"{side}_wrist" if end is None else f"{side}_hand")
    down = steady(source.contacts[:, CONTACT_BODIES.index(f"{side[0].upper()}_Hand")])
    asked = (scale * joint[:, 2] - wrist[:, 2] - (turn @ knuckles)[:, 2])[:, None]
    lift = correction(source.frames, 1, [Wish(asked, FIRM * down)], ease=ease)
    tip, thick = _fingers(character, bone, knuckles, skin)
    across = rest.axes[bone].T @ character.anatomy.frames[roles[2]][:, 1]
    never = np.zeros(source.frames, dtype=bool)
    turn = pitched(turn, tip, across, thick - wrist[:, 2] - lift[:, 0], never, never, ease)
    lowest = wrist[:, 2] + np.minimum((turn @ tip)[:, 2], 0.0) - thick
    wishes = [Wish(asked + np.maximum(-lowest[:, None] - asked, 0.0), FIRM * down)]
    for _ in range(4):
        lift = correction(source.frames, 1, wishes, ease=ease)
        deep = np.where(down, 0.0, -(lowest + lift[:, 0]))
        if deep.max() < 1e-3:
            break
        wishes.append(Wish(lift + np.maximum(deep, 0.0)[:, None], 10.0 * AVOID * (deep > 0)))
    if not (lift.any() or down.any()):
        return
    track = (wrist + turn @ knuckles)[:, :2] - scale * dragged(joint[:, :2], down, source.fps)
    still = Stillness(track, FIRM * (down[1:] & down[:-1]))
    flat = correction(source.frames, 2, still=[still], ease=ease)
    bend_limb(character, pose, turns, roles, wrist + np.concatenate([flat, lift], axis=1))
    turns[bone] = turn


def _fingers(
    character: Character, bone: int, knuckles: np.ndarray, skin: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, float]:
    """The tip of the fingers (3,) in the hand's axes, and half the hand's thickness in metres."""
    rest = character.rest
    below = sorted(rest.descendants(bone))
    clouds = [skin[rest.names[b]] for b in below if rest.names[b] in skin]
    if clouds:
        cloud = (np.concatenate(clouds) - rest.heads[bone]) @ rest.axes[bone]
        middle = np.median(cloud, axis=0)
        along = middle if not knuckles.any() else knuckles
        along = along / max(float(np.linalg.norm(along)), 1e-9)
        reach = cloud @ along
        # The narrowest way through the hand is from the palm to its back.
        aside = cloud - np.outer(reach, along) - (middle - along * (middle @ along))
        thick = float(np.sqrt(np.linalg.eigvalsh(np.cov(aside.T))[1]) * 1.5)
        return along * float(reach.max()), thick
    heads = (rest.heads[below] - rest.heads[bone]) @ rest.axes[bone]
    farthest = heads[np.linalg.norm(heads, axis=1).argmax()]
    return farthest, _THIN * character.anatomy.leg
