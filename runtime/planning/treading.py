"""Feet that tread where a warped motion has them tread: each stands still while it stood in life.

A stretch that is bent to other places carries its standing feet along. Here each foot has
a warp of its own: constant from its footfall until it lifts, between footfalls the one
fading into the other, and at the ends of the gap the one that puts it where it was keyed.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_opening, gaussian_filter1d
from scipy.spatial.transform import Rotation, Slerp

from ..body.figures import BODY_NAMES, OFFSETS
from ..body.kinematics import forward_kinematics
from ..motion.contact_detection import SKATE
from ..motion.contacts import reference_contacts
from ..motion.ground_frame import heading, planar, wrapped
from ..motion.motion import CONTACT_BODIES, CONTROL_FPS, Motion
from .mending.grounding import intervals
from .mending.legs import place_foot
from .mending.settings import TREADING, TreadingSettings

_LEVER = np.array([0.0, -0.05, 0.12])
"""Metres in the frame of the ankle: a point under the ball of the foot, which the foot turns about
while it stands on it."""


@dataclass(frozen=True)
class _Warp:
    """Where a standing foot of the recording stands: turned by an angle about a point, moved."""

    angle: float
    about: np.ndarray  # (2,) metres, in the recording
    place: np.ndarray  # (2,) metres, where that point comes to

    def points(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) -> (n, 2)."""
        return (points - self.about) @ planar(np.array([self.angle]))[0].T + self.place


def trodden(
    recorded: np.ndarray,
    bent: np.ndarray,
    settings: TreadingSettings = TREADING,
) -> tuple[np.ndarray, float]:
    """Frames (T, 76) bent to where they have to be, with feet that stand where they stood.

    ``recorded`` (T, 76) are the same frames as they were in life. The first and the last
    frame of ``bent`` are keys: their feet stay as they are. Where legs are too short hips follow
    as ``settings`` let them. Also returns by how many metres
    legs are too short for it, mean over the frames.
    """
    contacts = reference_contacts(Motion(CONTROL_FPS, recorded))
    life, there = forward_kinematics(recorded), forward_kinematics(bent)
    turn = np.unwrap(heading(bent) - heading(recorded))
    feet: list[_Feet] = []
    for side in "LR":
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        toe = OFFSETS[BODY_NAMES.index(f"{side}_Toe")]
        columns = [CONTACT_BODIES.index(f"{side}_{part}") for part in ("Ankle", "Toe")]
        stands = contacts[:, columns].any(axis=1)
        ends = [(there[0][frame, ankle], there[1][frame, ankle]) for frame in (0, -1)]
        first, last = (
            settings.key_stays if place[2] < settings.on_floor_m else 1 for place, _ in ends
        )
        spans = _stances(stands, first, last, settings)
        shuffles = len(spans) == 1
        if shuffles:
            # It never lifts in life, so that it has to step where the keys are apart.
            spans = _shuffle(len(bent), side, settings)
        times = _times(stands, spans)
        place, rotation = _at(times, life[0][:, ankle], life[1][:, ankle])
        middles = [0, *((start + stop - 1) // 2 for start, stop in spans[1:-1]), len(bent) - 1]
        if not shuffles:
            spans = _with_rolling(spans, place + rotation @ toe, first > 1, last > 1, settings)
        place, rotation = _still(spans, middles, place, rotation, toe, settings)
        balls = place + rotation @ _LEVER
        warps = [_warp_of(recorded, bent, turn, middle, balls) for middle in middles]
        for index, frame in ((0, 0), (-1, len(bent) - 1)):
            warps[index] = _warp_onto(ends[index], place[frame], rotation[frame], turn[frame])
        wanted = _targets(spans, warps, place, rotation, settings)
        wanted = _through(ends, spans, *wanted)
        if shuffles:
            _lift(spans, wanted[0], settings)
        feet.append(_Feet(side, *wanted))
    return _placed(bent, feet, settings)


@dataclass(frozen=True)
class _Feet:
    """Where one foot has to be."""

    side: str
    ankle: np.ndarray  # (T, 3) metres
    rotation: np.ndarray  # (T, 3, 3)


def _placed(
    bent: np.ndarray, feet: list[_Feet], settings: TreadingSettings
) -> tuple[np.ndarray, float]:
    """The body (T, 76) on its feet, and by how many metres legs are too short, mean over the frames.

    Where they are, hips go after the feet, evenly; at the keys they stay.
    """
    hips, frames = bent, np.arange(len(bent))
    edge = np.clip(np.minimum(frames, frames[::-1]) / settings.hips_frames, 0, 1)[:, None]
    for attempt in range(settings.hips_follow + 1):
        result, away = hips, np.zeros((len(feet), len(bent), 3))
        for index, foot in enumerate(feet):
            result = place_foot(result, foot.side, foot.ankle, foot.rotation)
            ankle = BODY_NAMES.index(f"{foot.side}_Ankle")
            away[index] = foot.ankle - forward_kinematics(result)[0][:, ankle]
        missed = np.linalg.norm(away, axis=-1)
        if (
            attempt == settings.hips_follow
            or missed.max() < settings.reached_m
            or not settings.hips_m
        ):
            break
        after = gaussian_filter1d(
            away.sum(axis=0), settings.hips_frames / 2, axis=0, mode="constant"
        )
        hips = hips.copy()
        hips[:, :3] += edge * np.clip(2 * after, -settings.hips_m, settings.hips_m)
    return result, float(missed.max(axis=0).mean())


def _shuffle(count: int, side: str, settings: TreadingSettings) -> list[tuple[int, int]]:
    """Two stances of a gap of ``count`` frames: the feet step one after the other."""
    wide = max(3, min(settings.shuffle_frames, count // 4))
    middle = round(count * (settings.shuffle_left if side == "L" else settings.shuffle_right))
    start = min(max(1, middle - wide // 2), count - 2)
    return [(0, start), (max(start + 1, min(start + wide, count - 1)), count)]


def _lift(spans: list[tuple[int, int]], points: np.ndarray, settings: TreadingSettings) -> None:
    """Raises a foot (T, 3) between its two stances, by as much as its step is long."""
    (_, lifts), (lands, _) = spans
    way = float(np.linalg.norm(points[lands, :2] - points[lifts - 1, :2]))
    bell = np.sin(np.pi * np.arange(1, lands - lifts + 1) / (lands - lifts + 1))
    points[lifts:lands, 2] += settings.lifted_m * min(way / settings.long_m, 1) * bell


def _stances(
    stands: np.ndarray, first: int, last: int, settings: TreadingSettings
) -> list[tuple[int, int]]:
    """Frames from ``start`` to ``stop`` (not included) in which a foot stands, at the keys a moment
    in any case: so many ``first`` and ``last`` frames."""
    count = len(stands)
    padded = np.pad(stands, settings.shortest, mode="edge")
    padded = binary_opening(
        binary_closing(padded, np.ones(settings.shortest)), np.ones(settings.shortest)
    )
    steady = padded[settings.shortest : settings.shortest + count]
    steady[:first] = steady[-last:] = True
    return [(int(start), int(stop)) for start, stop in intervals(steady)]


def _times(stands: np.ndarray, spans: list[tuple[int, int]]) -> np.ndarray:
    """(T,) frames of life that a foot shows: its own, but where it swings at a key it waits there
    and does the rest of its step faster."""
    count = len(stands)
    times = np.arange(count, dtype=float)
    (_, lifts), (lands, _) = spans[0], spans[1]
    if not stands[:lifts].all():
        times[:lifts] = 0.0
        times[lifts:lands] = np.linspace(0, lands, lands - lifts + 2)[1:-1]
    (_, lifts), (lands, _) = spans[-2], spans[-1]
    if not stands[lands:].all():
        times[lands:] = count - 1
        first = times[lifts] if lifts < lands else count - 1
        times[lifts:lands] = np.linspace(first, count - 1, lands - lifts + 1)[:-1]
    return times


def _with_rolling(
    spans: list[tuple[int, int]],
    toes: np.ndarray,
    first_down: bool,
    last_down: bool,
    settings: TreadingSettings,
) -> list[tuple[int, int]]:
    """The same with the frames before and after in which the toe joint (T, 3) is as low as one that
    stands and is dragged over the floor by little: it comes down, or rolls off, where it stands.
    Whether the first and the last key have it on the floor: one in the air is flown through."""
    low = toes[:, 2] < SKATE.near_m
    pace = np.linalg.norm(np.diff(toes[:, :2], axis=0), axis=1)
    wide = [list(span) for span in spans]
    for before, after in itertools.pairwise(wide):
        start, stop = before[1], after[0]
        spare = stop - start - settings.fewest_in_air
        for step, edge in ((1, start), (-1, stop - 1)):
            dragged = 0.0
            while spare > 0 and low[edge]:
                dragged += pace[edge - 1 if step > 0 else edge]
                if dragged > settings.dragged_m:
                    break
                edge, spare = edge + step, spare - 1
            # What is performed leaves the floor a frame late, and comes to rest a frame late; over a
            # key a foot comes down from above, or it would be lifted for skating there.
            stance = before if step > 0 else after
            late = settings.late
            for key, down in ((wide[0], first_down), (wide[-1], last_down)):
                if stance is key:
                    late = settings.late_at_key if down else 0
            late = min(late, max(spare, 0))
            edge, spare = edge + late * step, spare - late
            if step > 0:
                before[1] = edge
            else:
                after[0] = edge + 1
    return [(start, stop) for start, stop in wide]


def _still(
    spans: list[tuple[int, int]],
    middles: list[int],
    place: np.ndarray,
    rotation: np.ndarray,
    toe: np.ndarray,
    settings: TreadingSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Ankles (T, 3) and rotations (T, 3, 3) of a foot whose toe joint, ``toe`` (3,) in its frame,
    stays where it is in the middle of each stance and turns no further there; what that takes away
    or adds is made up for in the air."""
    toes, ahead = place + rotation @ toe, rotation @ np.array([0.0, 0.0, 1.0])
    yaw = np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0]))
    now = np.column_stack([toes[:, :2], yaw])
    off = np.zeros((len(place), 3))
    for (start, stop), middle in zip(spans, middles, strict=True):
        off[start:stop] = now[middle] - now[start:stop]
        off[start:stop, 2] = np.clip(off[start:stop, 2], -settings.pivot_rad, settings.pivot_rad)
    for (_, lifts), (lands, _) in itertools.pairwise(spans):
        share = _carried_over(toes[lifts - 1 : lands + 1], settings)[:, None]
        off[lifts:lands] = (1 - share) * off[lifts - 1] + share * off[lands]
    toes[:, :2] += off[:, :2]
    turned = Rotation.from_rotvec(off[:, 2:] * np.array([0.0, 0.0, 1.0])).as_matrix()
    rotation = turned @ rotation
    return toes - rotation @ toe, rotation


def _at(
    times: np.ndarray, place: np.ndarray, rotation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Places (T, 3) and rotations (T, 3, 3) at (T,) frames, whole ones or not."""
    own = np.arange(len(place))
    moved = np.stack([np.interp(times, own, column) for column in place.T], axis=1)
    return moved, Slerp(own, Rotation.from_matrix(rotation))(times).as_matrix()


def _warp_of(
    recorded: np.ndarray, bent: np.ndarray, turn: np.ndarray, frame: int, balls: np.ndarray
) -> _Warp:
    """As the whole body is warped at a frame."""
    ball = balls[frame, :2]
    away = planar(turn[frame : frame + 1])[0] @ (ball - recorded[frame, :2])
    return _Warp(float(turn[frame]), ball, bent[frame, :2] + away)


def _warp_onto(
    keyed: tuple[np.ndarray, np.ndarray], place: np.ndarray, rotation: np.ndarray, near: float
) -> _Warp:
    """That brings a foot of the recording to where it is keyed, turned as little as ``near``."""
    ahead = [r @ np.array([0.0, 0.0, 1.0]) for r in (rotation, keyed[1])]
    angle = np.arctan2(ahead[1][1], ahead[1][0]) - np.arctan2(ahead[0][1], ahead[0][0])
    angle = near + float(wrapped(angle - near))
    return _Warp(angle, (place + rotation @ _LEVER)[:2], (keyed[0] + keyed[1] @ _LEVER)[:2])


def _targets(
    spans: list[tuple[int, int]],
    warps: list[_Warp],
    place: np.ndarray,
    rotation: np.ndarray,
    settings: TreadingSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Ankle (T, 3) and its rotation (T, 3, 3) under the warps of the stances and what lies between."""
    count, balls = len(place), place + rotation @ _LEVER
    angles, points = np.zeros(count), place.copy()
    for (start, stop), warp in zip(spans, warps, strict=True):
        angles[start:stop] = warp.angle
        points[start:stop, :2] = warp.points(place[start:stop, :2])
    for number in range(len(spans) - 1):
        start, stop = spans[number][1], spans[number + 1][0]
        share = _carried_over(balls[start - 1 : stop + 1], settings)
        one, other = warps[number], warps[number + 1]
        angles[start:stop] = (1 - share) * one.angle + share * other.angle
        ways = one.points(place[start:stop, :2]), other.points(place[start:stop, :2])
        points[start:stop, :2] = (1 - share)[:, None] * ways[0] + share[:, None] * ways[1]
    about = Rotation.from_rotvec(angles[:, None] * np.array([0.0, 0.0, 1.0])).as_matrix()
    return points, about @ rotation


def _carried_over(balls: np.ndarray, settings: TreadingSettings) -> np.ndarray:
    """(n,) 0..1: how much of the way from one warp to the next is done, of the balls (n + 2, 3) of a
    foot from where it last stands to where it stands again.

    It is done while the foot is in the air and on its way: one that still rolls off, or is about
    to stand, would slide. Toes that pass low over the floor in the middle of a swing are in the air all
    the same: left out, what they lack is made up for in a frame or two before and after, at 10 m/s.
    """
    way = np.linalg.norm(np.diff(balls[:, :2], axis=0), axis=1)
    height = (balls[1:, 2] + balls[:-1, 2]) / 2
    if settings.low_in_swing:
        # A foot that is held over its place while it rolls off is high already where its way begins.
        height = height - balls[:, 2].min()
        risen, falls = np.maximum.accumulate(height), np.maximum.accumulate(height[::-1])[::-1]
        height = np.minimum(risen, falls)
    else:
        height = height - balls[[0, -1], 2].min()
    bell = np.sin(np.pi * (np.arange(len(way)) + 0.5) / len(way))
    done = np.cumsum(way * np.clip(height / settings.carried_m, 0, 1) + settings.idle_m * bell)
    return np.asarray(done[:-1] / done[-1])


def _through(
    ends: list[tuple[np.ndarray, np.ndarray]],
    spans: list[tuple[int, int]],
    points: np.ndarray,
    rotations: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The same through the feet of both keys: what is left of them stays while the foot stands."""
    points, rotations = points.copy(), rotations.copy()
    frames = np.arange(len(points))
    first, last = spans[0][1], spans[-1][0]
    fades = (
        1 - _eased((frames - first + 1) / max(spans[1][0] - first + 1, 1)),
        1 - _eased((last - frames) / max(last - spans[-2][1] + 1, 1)),
    )
    for (place, rotation), index, fade in zip(ends, (0, -1), fades, strict=True):
        points += fade[:, None] * (place - points[index])
        left = Rotation.from_matrix(rotation @ rotations[index].T).as_rotvec()
        rotations = Rotation.from_rotvec(fade[:, None] * left).as_matrix() @ rotations
    return points, rotations


def _eased(share: np.ndarray) -> np.ndarray:
    x = np.clip(share, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
