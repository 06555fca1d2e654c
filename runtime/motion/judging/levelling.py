"""Worlds that lean as a whole, as a camera sees them, stood upright.

Three things know which way is up, none of them for certain: the plane on which feet are put
down, which says nothing across a straight walk; the body, which leans as it likes but on the
whole stays over its feet; and soles, which lie flat where they stand. Together they tell a
tilted world from a ramp, on which soles lean and bodies do not.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ...body.kinematics import to_rotation
from ...numerics.smoothing import runs
from ..contact_detection import LEVELLING, resting, speeds, without_short
from ..skeleton import SkeletonClip, turned


@dataclass(frozen=True)
class LevellingWeights:
    """How much each witness is believed, as what it is usually off by."""

    stance_m: float = 0.02
    """Height of an ankle over the plane from one stance to the next: heels rise."""
    ankle_m: float = 0.015
    """By which one ankle lies higher over its sole than the other."""
    aside_deg: float = 3.0
    """Mean lean to a side."""
    body_deg: float = 4.0
    """Mean lean forwards of somebody who stays in place ..."""
    body_deg_per_m_s: float = 2.5
    """... and more the faster somebody goes: runners lean."""
    soles_deg: float = 5.0
    """Mean tilt of soles that stand."""
    tilts_deg: tuple[float, float] = (4.0, 35.0)
    """What is taken out: less is left to the floor's slope, more is no floor."""
    straight: float = 0.94
    """Share of its length from which a leg is straight: who crouches leans, on raised heels, ..."""
    straight_share: float = 0.2
    """... and tells nothing where legs are straight in fewer of the frames."""
    sure: float = 12.0
    """By how much less likely (twice the logarithm) the world must be as it is."""
    against: float = 1.0
    """By how much likelier the world as it is may be to any of the witnesses: kicks lean bodies
    and raise heels, and feet that are put down on one plane say so."""
    sure_feet: tuple[float, int] = (60.0, 5)
    """Likelier by this much, by so many stances, feet alone say where the floor is; soles, whose
    rest pose may lie, are not asked then. Of 402 level recordings those in which feet are this
    sure climb, and their bodies speak against it."""
    consistent: float = 3.0
    """Usual deviations that each witness may be off the answer."""
    upright: float = 0.7
    """Share of the direction to the head that must lie along the answer, ..."""
    mostly: float = 0.9
    """... in this share of the frames."""


WEIGHTS = LevellingWeights()
_SHORTEST = 3
"""Frames of a stance."""
_ROUNDS = 4
"""After each the world is more level, and more stances are found."""


def trunk_and_ankles(clip: SkeletonClip) -> tuple[np.ndarray, np.ndarray]:
    """Ankles (T, 2, 3) and the upper end of the trunk (T, 3)."""
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    ankles = clip.positions[:, [at["left_ankle"], at["right_ankle"]]]
    top = next((j for j in ("head", "neck", "spine3", "pelvis") if j in at), "left_hip")
    return ankles, clip.positions[:, at[top]]


def levelled(clip: SkeletonClip, weights: LevellingWeights = WEIGHTS) -> SkeletonClip:
    """The clip with its world stood upright, and a note, where all witnesses agree that it leans."""
    if clip.frames < 10:
        return clip
    tracks = _Tracks.of(clip)
    turn = Rotation.identity()
    for _ in range(_ROUNDS):
        step = _towards_level(_witnesses(tracks.turned(turn), weights), weights)
        if step is None:
            return clip
        turn = step * turn
    tilt = float(np.degrees(np.arccos(np.clip(turn.apply([0.0, 0.0, 1.0])[2], -1, 1))))
    if not weights.tilts_deg[0] < tilt < weights.tilts_deg[1]:
        return clip
    if not _believed(tracks.turned(turn), turn.apply([0.0, 0.0, 1.0]), weights):
        return clip
    return turned(clip, turn, f"floor levelled by {tilt:.0f} degrees")


@dataclass(frozen=True)
class _Tracks:
    """What the witnesses go by."""

    ankles: np.ndarray
    """(T, 2, 3) metres."""
    along: np.ndarray
    """(T, 3) of length 1: from the feet to the head."""
    across: np.ndarray
    """(T, 3) metres: from the right hip to the left."""
    straight: np.ndarray
    """(T, 2): distance from hip to ankle, as a share of the leg."""
    soles: np.ndarray | None
    """(T, 2, 3) of length 1: out of the soles; None where nothing tells how these lie."""
    fps: float

    @classmethod
    def of(cls, clip: SkeletonClip) -> "_Tracks":
        ankles, top = trunk_and_ankles(clip)
        along = top - ankles.mean(axis=1)
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        up, soles = _up_at_rest(clip), []
        for side in ("left", "right"):
            joint = clip.names.index(clip.bones.joints[f"{side}_ankle"])
            at_rest = to_rotation(clip.rest_rotations[joint])
            if up is not None:
                soles.append((to_rotation(clip.rotations[:, joint]) * at_rest.inv()).apply(up))
        hips, knees = (
            clip.positions[
                :, [clip.names.index(clip.bones.joints[f"{s}_{part}"]) for s in ("left", "right")]
            ]
            for part in ("hip", "knee")
        )
        legs = np.linalg.norm(hips - knees, axis=-1) + np.linalg.norm(knees - ankles, axis=-1)
        straight = np.linalg.norm(hips - ankles, axis=-1) / np.maximum(legs, 1e-9)
        across = hips[:, 0] - hips[:, 1]
        flat = np.stack(soles, axis=1) if soles else None
        return cls(ankles, along, across, straight, flat, clip.fps)

    def turned(self, turn: Rotation) -> "_Tracks":
        def applied(vectors: np.ndarray) -> np.ndarray:
            return turn.apply(vectors.reshape(-1, 3)).reshape(vectors.shape)

        soles = None if self.soles is None else applied(self.soles)
        return _Tracks(
            applied(self.ankles),
            applied(self.along),
            applied(self.across),
            self.straight,
            soles,
            self.fps,
        )


@dataclass(frozen=True)
class _Witnesses:
    """What knows of the slope (2,) of the level: z = slope . (x, y)."""

    stances: np.ndarray
    """(n, 3) metres: where ankles stood."""
    sides: np.ndarray
    """(n,) 0 or 1."""
    body: np.ndarray | None
    """(2,) slope across which the body stands, where it stands on straight legs."""
    body_off: np.ndarray
    """(2, 2): its deviations from a slope (2,) in usual ones, to the side and forwards."""
    soles: np.ndarray | None
    """(2,), where the skeleton rests with its soles flat and somebody stands."""
    soles_off: float


def _witnesses(tracks: _Tracks, weights: LevellingWeights) -> _Witnesses:
    ankles = tracks.ankles
    over = ankles[..., 2] - ankles[..., 2].min(axis=1, keepdims=True)
    stands = resting(over, speeds(ankles, tracks.fps), LEVELLING)
    stances, sides, soles = [], [], []
    for side in (0, 1):
        for run in runs(without_short(stands[:, side], _SHORTEST, ends=True)):
            stances.append(ankles[run, side].mean(axis=0))
            sides.append(side)
            used = np.zeros(len(ankles), dtype=bool)
            used[run] = tracks.straight[run, side] > weights.straight
            if tracks.soles is not None and used.any():
                soles.append(tracks.soles[used, side].mean(axis=0))
    middle = ankles.mean(axis=1)
    pace = float(np.linalg.norm(middle[-1] - middle[0])) * tracks.fps / max(len(middle) - 1, 1)
    forwards = weights.body_deg + weights.body_deg_per_m_s * pace
    flat = np.array(soles).mean(axis=0) if soles else None
    stretched = tracks.straight.max(axis=1) > weights.straight
    stood = stretched.mean() > weights.straight_share
    return _Witnesses(
        np.array(stances).reshape(-1, 3),
        np.array(sides, dtype=int),
        _slope(tracks.along[stretched].mean(axis=0)) if stood else None,
        _in_deviations(tracks.across[:, :2], weights.aside_deg, forwards),
        None if flat is None or flat[2] < 0.5 else _slope(flat),
        float(np.tan(np.radians(weights.soles_deg))),
    )


def _in_deviations(across: np.ndarray, aside_deg: float, forwards_deg: float) -> np.ndarray:
    """(2, 2) from a slope of the world to usual deviations of a body that faces across (T, 2).

    Who turns about leans forwards to all sides.
    """
    mean = (across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)).mean(axis=0)
    length = float(np.linalg.norm(mean))
    side = mean / length if length > 1e-6 else np.array([1.0, 0.0])
    aside = aside_deg * length + forwards_deg * (1 - length)
    axes = np.stack([side, [-side[1], side[0]]])
    return axes / np.tan(np.radians([[aside], [forwards_deg]]))


def _slope(up: np.ndarray) -> np.ndarray:
    """(3,) upwards -> (2,): of the plane across it."""
    return -up[:2] / max(float(up[2]), 0.1)


def _up_at_rest(clip: SkeletonClip) -> np.ndarray | None:
    """(3,): which way is up in the rest pose, where that is a person standing on flat soles.

    It is one of the axes that the file had; the clip may have been turned since.
    """
    at = {joint: clip.rest_positions[clip.names.index(b)] for joint, b in clip.bones.joints.items()}
    legs = [
        at[f"{side}_{upper}"] - at[f"{side}_{lower}"]
        for side in ("left", "right")
        for upper, lower in (("hip", "knee"), ("knee", "ankle"))
    ]
    axes = to_rotation(clip.rest_axes).as_matrix()[0].T
    axes = np.concatenate([axes, -axes])
    up = axes[(axes @ np.mean(legs, axis=0)).argmax()]
    return up if all(leg @ up > 0.9 * np.linalg.norm(leg) for leg in legs) else None


def _off(slope: np.ndarray, found: _Witnesses, weights: LevellingWeights) -> dict[str, np.ndarray]:
    """By how many usual deviations each witness is off a level of that slope."""
    off = {}
    if found.body is not None:
        off["body"] = found.body_off @ (found.body - slope)
    if found.soles is not None:
        off["soles"] = (found.soles - slope) / found.soles_off
    if len(found.stances) > 1:
        heights = found.stances[:, 2] - found.stances[:, :2] @ slope
        # The floor's height is free; how much higher one ankle lies is known a little.
        design = np.stack([np.ones(len(heights)), found.sides - 0.5], axis=1) / weights.stance_m
        design = np.vstack([design, [0.0, 1.0 / weights.ankle_m]])
        wanted = np.append(heights / weights.stance_m, 0.0)
        best = np.linalg.lstsq(design, wanted, rcond=None)[0]
        off["feet"] = wanted - design @ best
    return off


def _towards_level(found: _Witnesses, weights: LevellingWeights) -> Rotation | None:
    """The turn by which the witnesses together say that the world stands straight."""
    if not len(found.stances) or found.body is None:
        return None

    def residuals(slope: np.ndarray) -> np.ndarray:
        return np.concatenate(list(_off(slope, found, weights).values()))

    # All of it is linear in the slope.
    start = residuals(np.zeros(2))
    columns = [residuals(unit) - start for unit in np.eye(2)]
    slope = np.linalg.lstsq(np.stack(columns, axis=1), -start, rcond=None)[0]
    up = np.array([-slope[0], -slope[1], 1.0])
    return Rotation.align_vectors([[0.0, 0.0, 1.0]], [up / np.linalg.norm(up)])[0]


def _believed(level: _Tracks, was_up: np.ndarray, weights: LevellingWeights) -> bool:
    """Whether the witnesses agree about the levelled world, and not about the world as it was.

    ``was_up`` (3,) is where up of the file points in it.
    """
    found = _witnesses(level, weights)
    if found.body is None:
        return False
    right, wrong = (_off(slope, found, weights) for slope in (np.zeros(2), _slope(was_up)))
    gained = {name: float((wrong[name] ** 2).sum() - (right[name] ** 2).sum()) for name in right}
    gain, stances = weights.sure_feet
    if gained.get("feet", 0.0) >= gain and len(found.stances) >= stances:
        gained.pop("soles", None)
    if sum(gained.values()) < weights.sure or min(gained.values()) < -weights.against:
        return False
    flat = [name for name in ("body", "soles") if name in gained]
    if any(np.linalg.norm(right[name]) > weights.consistent for name in flat):
        return False
    # On a ramp people stand upright; in a tilted world they lean with the floor.
    if np.linalg.norm(right["body"]) > np.linalg.norm(wrong["body"]):
        return False
    if len(found.stances) < 3 and "soles" not in right:
        return False
    return bool((level.along[:, 2] > weights.upright).mean() >= weights.mostly)
