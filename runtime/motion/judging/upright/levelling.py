"""Worlds that lean as a whole, as a camera sees them, stood upright.

Three things know which way is up, none of them for certain: the plane on which feet are put
down, which says nothing across a straight walk; the body, which leans as it likes but is
balanced over its feet; and soles, which lie flat where they stand. Together they tell a
tilted world from a ramp, on which soles lean and balance does not.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ....body.kinematics import to_rotation
from ....numerics.smoothing import runs
from ...contact_detection import LEVELLING, resting, speeds, without_short
from ...sources.skeleton import SkeletonClip, turned
from .gravity import up_by_balance


@dataclass(frozen=True)
class AnimatedPeople:
    """Who is animated is not balanced: what is enough to believe their feet against balance."""

    feet: float = 60.0
    """By how much likelier (twice the logarithm) the answer must be to the feet, ..."""
    stances: int = 5
    """... by so many stances, ..."""
    lean: float = 0.3
    """... if the lean says so too, by this much, ..."""
    against_balance: float = 3.0
    """... and balance the contrary by less than that."""


@dataclass(frozen=True)
class LevellingWeights:
    """How much each witness is believed, as what it is usually off by."""

    stance_m: float = 0.02
    """Height of an ankle over the plane from one stance to the next: heels rise."""
    ankle_m: float = 0.015
    """By which one ankle lies higher over its sole than the other."""
    aside_deg: float = 1.8
    """Of balance, to a side: of 380 recordings of people on their feet twice this was hardly
    exceeded ..."""
    forwards_deg: float = 2.7
    """... and forwards, where it is not known which part of the sole bears."""
    lean_deg: tuple[float, float] = (3.0, 4.0)
    """Of the direction to the head, to a side and forwards, ..."""
    lean_deg_per_m_s: float = 2.5
    """... more the faster somebody goes: runners lean."""
    soles_deg: float = 5.0
    """Mean tilt of soles that stand."""
    tilts_deg: tuple[float, float] = (4.0, 45.0)
    """What is taken out: less is left to the floor's slope, more is no floor."""
    straight: float = 0.94
    """Share of its length from which a leg is straight: who crouches stands on raised heels, and
    soles tell nothing."""
    sure: float = 22.0
    """By how much less likely (twice the logarithm) the world must be as it is, to all together ..."""
    sure_alone: float = 30.0
    """... and to balance, where nothing else agrees with it but the lean; ..."""
    sure_agreed: float = 15.0
    """... less is enough where feet, soles and balance all tell the same: of 402 level recordings
    none reaches it."""
    against: float = 1.0
    """By how much likelier the world as it is may be to any who agree: kicks raise heels."""
    least: float = 2.0
    """By how much less likely it must be to balance, however sure the others are: ramps."""
    animated: AnimatedPeople = field(default_factory=AnimatedPeople)
    doubt: float = 8.0
    """How much those who do not agree count at most."""
    against_feet: float = 10.0
    """From here on feet that do not agree are followed (who is borne by what is not seen leans on
    a level floor), ..."""
    sure_soles: float = 5.0
    """... unless soles are this sure: feet that climb stand on no plane."""
    against_soles: float = 5.0
    """Soles that are surer than this of the world as it is, are believed, ..."""
    over_soles: float = 60.0
    """... unless balance and feet are this sure together: who dances bends for seconds over feet in
    few places."""
    consistent: float = 3.0
    """Usual deviations that each witness may be off the answer: rest poses lie about soles."""
    upright: float = 0.7
    """Share of the direction to the head that must lie along the answer, ..."""
    mostly: float = 0.75
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


_BODY, _FEET, _SOLES, _LEAN = "body", "feet", "soles", "lean"
_TOGETHER = ((_BODY, _FEET, _SOLES), (_BODY, _FEET), (_BODY, _SOLES), (_BODY,))
"""Who is believed: the first of these who agree."""


def levelled(clip: SkeletonClip, weights: LevellingWeights = WEIGHTS) -> SkeletonClip:
    """The clip with its world stood upright, and a note, where balance and those who agree with it
    say that it leans."""
    if clip.frames < 10:
        return clip
    tracks = _Tracks.of(clip)
    for believed in _TOGETHER:
        turn = _turn_to_level(tracks, believed, weights)
        if turn is None:
            continue
        was_up = turn.apply([0.0, 0.0, 1.0])
        tilt = float(np.degrees(np.arccos(np.clip(was_up[2], -1, 1))))
        if not weights.tilts_deg[0] < tilt < weights.tilts_deg[1]:
            return clip
        if _sure(tracks.turned(turn), was_up, believed, weights):
            return turned(clip, turn, f"floor levelled by {tilt:.0f} degrees")
    return clip


@dataclass(frozen=True)
class _Tracks:
    """What the witnesses go by."""

    ankles: np.ndarray
    """(T, 2, 3) metres."""
    along: np.ndarray
    """(T, 3) of length 1: from the feet to the head."""
    balance: np.ndarray | None
    """(3,) of length 1: against gravity, see ``up_by_balance``."""
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
        return cls(ankles, along, up_by_balance(clip), across, straight, flat, clip.fps)

    def turned(self, turn: Rotation) -> "_Tracks":
        def applied(vectors: np.ndarray) -> np.ndarray:
            return turn.apply(vectors.reshape(-1, 3)).reshape(vectors.shape)

        soles = None if self.soles is None else applied(self.soles)
        return _Tracks(
            applied(self.ankles),
            applied(self.along),
            None if self.balance is None else turn.apply(self.balance),
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
    """(2,) slope across which the body is balanced."""
    body_off: np.ndarray
    """(2, 2): its deviations from a slope (2,) in usual ones, to the side and forwards."""
    lean: np.ndarray
    """(2,) slope across which the body stands ..."""
    lean_off: np.ndarray
    """(2, 2) ... and its deviations."""
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
    aside, forwards = weights.lean_deg
    across = tracks.across[:, :2]
    flat = np.array(soles).mean(axis=0) if soles else None
    return _Witnesses(
        np.array(stances).reshape(-1, 3),
        np.array(sides, dtype=int),
        None if tracks.balance is None else _slope(tracks.balance),
        _in_deviations(across, weights.aside_deg, weights.forwards_deg),
        _slope(tracks.along.mean(axis=0)),
        _in_deviations(across, aside, forwards + weights.lean_deg_per_m_s * pace),
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
    off = {_LEAN: found.lean_off @ (found.lean - slope)}
    if found.body is not None:
        off[_BODY] = found.body_off @ (found.body - slope)
    if found.soles is not None:
        off[_SOLES] = (found.soles - slope) / found.soles_off
    if len(found.stances) > 1:
        heights = found.stances[:, 2] - found.stances[:, :2] @ slope
        # The floor's height is free; how much higher one ankle lies is known a little.
        design = np.stack([np.ones(len(heights)), found.sides - 0.5], axis=1) / weights.stance_m
        design = np.vstack([design, [0.0, 1.0 / weights.ankle_m]])
        wanted = np.append(heights / weights.stance_m, 0.0)
        best = np.linalg.lstsq(design, wanted, rcond=None)[0]
        off[_FEET] = wanted - design @ best
    return off


def _turn_to_level(
    tracks: _Tracks, believed: tuple[str, ...], weights: LevellingWeights
) -> Rotation | None:
    """The turn after which these witnesses together say that the world stands straight; None
    where there are not all of them, or they do not agree about it."""
    if tracks.balance is None:
        return None
    turn = Rotation.align_vectors([[0.0, 0.0, 1.0]], [tracks.balance])[0]
    for _ in range(_ROUNDS):
        found = _witnesses(tracks.turned(turn), weights)
        start = _off(np.zeros(2), found, weights)
        if not start.keys() >= set(believed):
            return None
        # All of it is linear in the slope.
        columns = [_off(unit, found, weights) for unit in np.eye(2)]
        rows = np.concatenate([start[name] for name in believed])
        design = np.stack(
            [np.concatenate([off[name] for name in believed]) - rows for off in columns], axis=1
        )
        slope = np.linalg.lstsq(design, -rows, rcond=None)[0]
        up = np.array([-slope[0], -slope[1], 1.0])
        turn = Rotation.align_vectors([[0.0, 0.0, 1.0]], [up / np.linalg.norm(up)])[0] * turn
    off = _off(np.zeros(2), _witnesses(tracks.turned(turn), weights), weights)
    agree = all(
        np.linalg.norm(off[name]) < weights.consistent * np.sqrt(max(len(off[name]) / 2, 1))
        for name in believed
        if name in off
    )
    return turn if agree else None


def _sure(
    level: _Tracks, was_up: np.ndarray, believed: tuple[str, ...], weights: LevellingWeights
) -> bool:
    """Whether the levelled world is so much likelier than the world as it was.

    ``was_up`` (3,) is where up of the file points in it.
    """
    found = _witnesses(level, weights)
    right, wrong = (_off(slope, found, weights) for slope in (np.zeros(2), _slope(was_up)))
    gained = {name: float((wrong[name] ** 2).sum() - (right[name] ** 2).sum()) for name in right}
    lean = gained.pop(_LEAN)
    against = [max(gained[name], -weights.doubt) for name in gained if name not in believed]
    sure = sum(gained.get(name, 0.0) for name in believed) + sum(min(off, 0.0) for off in against)
    if sure < {1: weights.sure_alone, 3: weights.sure_agreed}.get(len(believed), weights.sure):
        return False
    if gained.get(_SOLES, 0.0) < -weights.against_soles and (
        gained[_BODY] + gained.get(_FEET, 0.0) < weights.over_soles
    ):
        return False
    if len(believed) == 1 and lean < 0:
        return False
    people = weights.animated
    animated = (
        _FEET in believed
        and gained.get(_FEET, 0.0) > people.feet
        and len(found.stances) >= people.stances
        and lean > people.lean
    )
    if gained[_BODY] < (-people.against_balance if animated else weights.least):
        return False
    if min((gained.get(name, 0.0) for name in believed[1:]), default=0.0) < -weights.against:
        return False
    soles_too = _SOLES in believed and gained[_SOLES] > weights.sure_soles
    if gained.get(_FEET, 0.0) < -weights.against_feet and not soles_too:
        return False
    return bool((level.along[:, 2] > weights.upright).mean() >= weights.mostly)
