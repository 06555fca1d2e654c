"""A rig and its map, read as a person: what the transfer and the held feet need to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...skeletons.bone_map import RigMap
from ...skeletons.human_bones import NECK, SIDES, SPINE, TWISTED
from ...skeletons.segment_frames import SegmentFrames, segment_frames
from ...skeletons.skeleton import Skeleton

_SOLE = 0.12
"""Share of the leg by which the lowest bone of a foot may lie over its sole."""
_FOOT = 0.18
"""Length of a foot that has no toe, from ankle to ball, as a share of the leg."""
_TILTED = np.cos(np.radians(35.0))


@dataclass(frozen=True)
class Sole:
    """Three points under a foot at rest, in the world."""

    heel: np.ndarray
    ball: np.ndarray
    """Under the toe joint: what the foot rolls over."""
    tip: np.ndarray


@dataclass(frozen=True)
class Character:
    rest: Skeleton
    bones: Mapping[str, int]
    """Role -> bone, of roles of one bone."""
    spine: tuple[int, ...]
    neck: tuple[int, ...]
    twists: Mapping[str, tuple[int, ...]]
    """Role of a limb's bone -> its twist bones."""
    root: int | None
    segments: SegmentFrames
    soles: Mapping[str, Sole]
    """Per side."""
    locked_pose: Skeleton
    """The rest pose with fingers and whatever else is not moved as they are held."""

    @property
    def spine_weights(self) -> dict[int, float]:
        """Bone -> share of a lean of the chest by which it turns: more and more along the spine."""
        if not self.spine:
            return {}
        # In a Biped the thighs hang on the lowest bone of the spine: it moves as the hips do.
        carries = {b for side in SIDES for b in self.rest.ancestors(self.bones[f"{side}_thigh"])}
        bends = [bone for bone in self.spine if bone not in carries]
        first = 1 / (len(bends) + 1)
        shares = {bone: first * number for number, bone in enumerate(bends, 2)}
        # Neck and head look where they did, arms and legs point where they did.
        shares |= dict.fromkeys(self.neck, 0.0)
        shares |= {bone: float(role.endswith("clavicle")) for role, bone in self.bones.items()}
        shares |= dict.fromkeys(carries.intersection([self.bones["hips"], *self.spine]), first)
        return shares

    @classmethod
    def of(
        cls,
        rest: Skeleton,
        rig_map: RigMap,
        skin: Mapping[str, np.ndarray] | None = None,
        origin: np.ndarray | None = None,
        locked_pose: Skeleton | None = None,
    ) -> Character:
        """Measures the rig.

        Args:
            skin: per bone the (n, 3) vertices that mostly follow it, at rest.
            origin: (3,) of the object, which for most characters lies on the floor.
            held: the rest pose with the bones that are not moved as they are held now.
        """
        index = {name: number for number, name in enumerate(rest.names)}
        bones = {role: index[bone] for role, bone in rig_map.bones.items()}
        spine = tuple(index[bone] for bone in rig_map.chain(SPINE))
        neck = tuple(index[bone] for bone in rig_map.chain(NECK))
        twists = {
            role: tuple(index[bone] for bone in rig_map.chain(f"{role}_twist")) for role in TWISTED
        }
        root = bones.pop("root", None)
        single = {
            role: bone
            for role, bone in bones.items()
            if bone not in spine + neck and "_twist_" not in role
        }
        points = {role: rest.heads[bone] for role, bone in single.items()}
        if neck:
            points["neck_1"] = rest.heads[neck[0]]
        points.update(_ends(rest, single))
        up = _up(rest, points)
        thick = _sole_thickness(points, up, origin)
        soles = {side: _sole(rest, points, side, single, up, skin or {}, thick) for side in SIDES}
        under = {side: float(sole.ball @ up) for side, sole in soles.items()}
        segments = segment_frames(points, up, under, _palms(rest, single))
        return cls(rest, single, spine, neck, twists, root, segments, soles, locked_pose or rest)


def _up(rest: Skeleton, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """The world's up, or for a rig that rests on its side the axis along which it stands."""
    feet = (points["left_foot"] + points["right_foot"]) / 2
    hips = (points["left_thigh"] + points["right_thigh"]) / 2
    top = points.get("head", points.get("neck_1", hips))
    along = (top - feet) / np.linalg.norm(top - feet)
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    if along[2] > _TILTED:
        return axes[2]
    return axes[(axes @ along).argmax()] if (axes @ along).max() > 0.9 else along


def _wrists_by_palms(rest: Skeleton, bones: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Of arms without a hand: the wrist is where the palms begin, which tells where forearms point."""
    ends = {}
    for side in SIDES:
        forearm = bones.get(f"{side}_forearm")
        if f"{side}_hand" in bones or forearm is None:
            continue
        palms = [child for child in rest.children(forearm) if _far(rest, forearm, child)]
        if palms:
            ends[f"{side}_hand"] = rest.heads[palms].mean(axis=0)
        elif _far_tail(rest, forearm):
            ends[f"{side}_hand"] = rest.tails[forearm]
    return ends


def _ends(rest: Skeleton, bones: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Where hands and feet go on, from the bones that hang on them."""
    ends = _wrists_by_palms(rest, bones)
    for side in SIDES:
        hand = bones.get(f"{side}_hand")
        if hand is not None:
            fingers = [child for child in rest.children(hand) if _far(rest, hand, child)]
            usual = [f for f in fingers if "thumb" not in rest.names[f].lower()] or fingers
            if usual:
                ends[f"{side}_hand_end"] = rest.heads[usual].mean(axis=0)
        foot, toe = bones.get(f"{side}_foot"), bones.get(f"{side}_toe")
        last = foot if toe is None else toe
        if foot is None or last is None:
            continue
        children = [child for child in rest.children(last) if _far(rest, last, child)]
        if children:
            ends[f"{side}_toe_end"] = rest.heads[children].mean(axis=0)
        elif toe is not None and _goes_on(rest, foot, toe):
            ends[f"{side}_toe_end"] = rest.tails[toe]
    return ends


def _far_tail(rest: Skeleton, bone: int) -> bool:
    return bool(np.linalg.norm(rest.tails[bone] - rest.heads[bone]) > 1e-4)


def _goes_on(rest: Skeleton, foot: int, toe: int) -> bool:
    """Whether the tail of the toe lies ahead of the foot; importers leave tails anywhere."""
    along = rest.heads[toe] - rest.heads[foot]
    on = rest.tails[toe] - rest.heads[toe]
    length = np.linalg.norm(along)
    return bool(
        along @ on > 0.7 * length * np.linalg.norm(on) and np.linalg.norm(on) < 1.2 * length
    )


def _far(rest: Skeleton, bone: int, child: int) -> bool:
    return bool(np.linalg.norm(rest.heads[child] - rest.heads[bone]) > 1e-4)


def _palms(rest: Skeleton, bones: Mapping[str, int]) -> dict[str, np.ndarray]:
    """From the little finger to the index, where both can be told by name."""
    palms = {}
    for side in SIDES:
        hand = bones.get(f"{side}_hand")
        if hand is None:
            continue
        index = _finger(rest, hand, ("index", "pointer", "finger1"))
        little = _finger(rest, hand, ("pinky", "little", "finger4"))
        if index is not None and little is not None:
            palms[side] = rest.heads[index] - rest.heads[little]
    return palms


def _finger(rest: Skeleton, hand: int, words: Sequence[str]) -> int | None:
    below = sorted(rest.descendants(hand) - {hand})
    return next(
        (b for b in below if any(word in rest.names[b].lower() for word in words)),
        None,
    )


def _foot_points(points: Mapping[str, np.ndarray], side: str) -> list[np.ndarray]:
    """The ankle, and the toe's joint or where the foot ends."""
    toe = points.get(f"{side}_toe", points.get(f"{side}_toe_end"))
    return [points[f"{side}_foot"], *([] if toe is None else [toe])]


def _sole_thickness(
    points: Mapping[str, np.ndarray], up: np.ndarray, origin: np.ndarray | None
) -> float:
    """Metres from the lowest bone of the feet to the floor, where the object's origin lies on it."""
    if origin is None:
        return 0.0
    lowest = min(float(point @ up) for side in SIDES for point in _foot_points(points, side))
    leg = max(float((points[f"{side}_thigh"] - points[f"{side}_foot"]) @ up) for side in SIDES)
    thick = lowest - float(origin @ up)
    return thick if 0.0 < thick < _SOLE * leg else 0.0


def _sole(
    rest: Skeleton,
    points: Mapping[str, np.ndarray],
    side: str,
    bones: Mapping[str, int],
    up: np.ndarray,
    skin: Mapping[str, np.ndarray],
    thick: float,
) -> Sole:
    """From the skin of the foot; without one from the bones, the heel where heels usually are."""
    ankle = points[f"{side}_foot"]
    tip = points.get(f"{side}_toe_end")
    toe = points.get(f"{side}_toe", tip)
    across = points["left_thigh"] - points["right_thigh"]
    forward = np.cross(across - up * (across @ up), up)
    leg = float((points[f"{side}_thigh"] - ankle) @ up)
    length = _FOOT * leg
    if toe is not None:
        ahead = toe - ankle
        ahead = ahead - up * (ahead @ up)
        if np.linalg.norm(ahead) > 0.3 * length:
            forward, length = ahead, float(np.linalg.norm(ahead))
    forward = forward / np.linalg.norm(forward)
    foot = bones[f"{side}_foot"]
    below = [rest.names[bone] for bone in sorted(rest.descendants(foot))]
    vertices = [skin[name] for name in below if name in skin and len(skin[name])]
    if vertices:
        cloud = np.concatenate(vertices)
        floor = float((cloud @ up).min())
        along = (cloud - ankle) @ forward
        heel, end = float(along.min()), float(along.max())
    else:
        floor = min(float(point @ up) for point in _foot_points(points, side)) - thick
        heel, end = -0.3 * length, 1.6 * length
        if tip is not None and toe is not tip:
            end = float((tip - ankle) @ forward)

    def under(distance: float) -> np.ndarray:
        point = ankle + distance * forward
        return point - up * (point @ up - floor)

    return Sole(under(0.8 * min(heel, 0.0)), under(length), under(max(end, length)))
