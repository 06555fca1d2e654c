"""World turns of a character's bones from the turns of the body: no positions yet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...body import SMPL_NAMES
from ...numerics.rotations import about_axis, between, twist_angle, unit
from ...numerics.smoothing import lowpass_rotations
from ...skeletons.human_bones import ROLE_TO_SMPL
from ...skeletons.segment_frames import body_segments
from ..rig.character import Character
from .source_motion import SourceMotion

_SPINE = ("pelvis", "spine1", "spine2", "spine3")
_TRUNK = (*_SPINE, "neck", "head", "left_collar", "right_collar")


def transfer_orientations(source: SourceMotion, character: Character) -> dict[int, np.ndarray]:
    """Bone -> world axes (T, 3, 3). Limbs point as the source's do, whatever both rest in.

    A bone with a counterpart is turned as it: from where its frame at rest is
    the counterpart's frame at rest. A spine of any number of bones shares the
    source's three bends, its last bone being turned as the chest; necks
    likewise. Twist bones are for ``add_twists``.
    """
    own, body = character.segments.frames, body_segments().frames
    source = _calm(source)

    def turned(bone: int, frame: str, deltas: np.ndarray) -> np.ndarray:
        return deltas @ (body[frame] @ own[frame].T @ character.rest.axes[bone])

    rotations = {}
    for role, bone in character.bones.items():
        if role in own and role in body:
            rotations[bone] = turned(bone, role, source.delta(ROLE_TO_SMPL[role]))
    for number, bone in enumerate(character.spine, 1):
        place = 3 * number / len(character.spine)
        rotations[bone] = turned(bone, "spine", _between_joints(source, _SPINE, place))
    for number, bone in enumerate(character.neck, 1):
        place = number / len(character.neck)
        rotations[bone] = turned(bone, "neck", _between_joints(source, ("spine3", "neck"), place))
    return rotations


def _calm(source: SourceMotion) -> SourceMotion:
    """The source with a trunk that does not tremble.

    Simulated, its joints tremble against each other so that the head is still.
    On a spine that is divided or sized otherwise head and arms would shake.
    """
    deltas = source.deltas.copy()
    for joint in _TRUNK:
        deltas[:, SMPL_NAMES.index(joint)] = lowpass_rotations(source.delta(joint), source.fps)
    return replace(source, deltas=deltas)


def add_twists(character: Character, rotations: dict[int, np.ndarray]) -> None:
    """Adds the twist bones: each takes the share of its limb's twist that its place asks for.

    The twist of an upper arm or a thigh grows from none at the trunk to all at
    the elbow or knee; that of a forearm or a shin from there to the hand or
    foot. A twist bone that hangs beside the chain so undoes part of the bone it
    hangs on; one inside the chain leaves the rest to the next.
    """
    rest = character.rest
    for role, twists in character.twists.items():
        if not twists or role not in character.bones:
            continue
        bone, following, above = _neighbours(character, role)
        if following is None or bone not in rotations:
            continue
        start, end = rest.heads[bone], rest.heads[following]
        length = float(np.linalg.norm(end - start))
        direction = (end - start) / max(length, 1e-9)
        upper = role.endswith(("upper_arm", "thigh"))
        other = above if upper else following
        if other is None or other not in rotations:
            for twist in twists:
                rotations[twist] = _carried(character, bone, twist, rotations[bone])
            continue
        # The turn of one against the other in the limb's own axes, at rest none.
        inner, outer = (other, bone) if upper else (bone, other)
        delta = _delta(character, inner, rotations[inner])
        relative = np.swapaxes(delta, 1, 2) @ _delta(character, outer, rotations[outer])
        angle = twist_angle(relative, direction)
        along = unit(rotations[bone] @ (rest.axes[bone].T @ direction))
        for twist in twists:
            share = float(np.clip((rest.heads[twist] - start) @ direction / length, 0, 1))
            reach = _reach(character, twist, share, length, direction)
            part = (reach - 1.0) * angle if upper else reach * angle
            carried = _carried(character, bone, twist, rotations[bone])
            rotations[twist] = about_axis(along, part) @ carried


def _reach(
    character: Character, twist: int, share: float, length: float, direction: np.ndarray
) -> float:
    """Where on its limb a twist bone acts, 0..1: the middle of the stretch it stands for."""
    rest = character.rest
    stretch = float((rest.tails[twist] - rest.heads[twist]) @ direction) / length
    return float(np.clip(share + 0.5 * np.clip(stretch, 0.0, 1.0 - share), 0.0, 1.0))


def _neighbours(character: Character, role: str) -> tuple[int, int | None, int | None]:
    """The limb's bone, the one after it and the one it hangs on."""
    side, _, part = role.partition("_")
    after = {"upper_arm": "forearm", "forearm": "hand", "thigh": "shin", "shin": "foot"}[part]
    bones = character.bones
    trunk = character.spine[-1] if character.spine else bones.get("hips")
    above = {
        "upper_arm": bones.get(f"{side}_clavicle", trunk),
        "thigh": bones.get("hips"),
    }.get(part)
    return bones[role], bones.get(f"{side}_{after}"), above


def _delta(character: Character, bone: int, rotations: np.ndarray) -> np.ndarray:
    return rotations @ character.rest.axes[bone].T


def _carried(character: Character, bone: int, child: int, rotations: np.ndarray) -> np.ndarray:
    return rotations @ (character.rest.axes[bone].T @ character.rest.axes[child])


def _between_joints(source: SourceMotion, joints: tuple[str, ...], place: float) -> np.ndarray:
    """(T, 3, 3): the turn at a place along a chain, whole numbers being its joints."""
    below = min(int(place), len(joints) - 1)
    share = place - below
    if share < 1e-9:
        return source.delta(joints[below])
    return between(source.delta(joints[below]), source.delta(joints[below + 1]), share)
