"""Feet that tread where a warped motion has them tread: each stands still while it stood in life.

A stretch that is bent to other places carries its standing feet along. Here each foot has
a warp of its own: constant from its footfall until it lifts, between footfalls the one
fading into the other, and at the ends of the gap the one that puts it where it was keyed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_opening
from scipy.spatial.transform import Rotation, Slerp

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..motion.contacts import reference_contacts
from ..motion.ground_frame import heading, planar, wrapped
from ..motion.motion import CONTACT_BODIES, CONTROL_FPS, Motion
from .mending.grounding import intervals
from .mending.legs import place_foot

SHORTEST = 3
"""Frames: shorter touches are no footfalls, shorter gaps no steps."""
KEY_STAYS = 3
"""Frames for which a foot stays where a key has it before it steps, and after it has stepped there."""
ON_FLOOR_M = 0.16
"""Metres: of the ankle of a foot that stands, its heel may be off the floor."""
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


def trodden(recorded: np.ndarray, bent: np.ndarray) -> tuple[np.ndarray, float]:
    """Frames (T, 76) bent to where they have to be, with feet that stand where they stood.

    ``recorded`` (T, 76) are the same frames as they were in life. The first and the last
    frame of ``bent`` are keys: their feet stay as they are. Also returns by how many metres
    legs are too short for it, mean over the frames.
    """
    contacts = reference_contacts(Motion(CONTROL_FPS, recorded))
    life, there = forward_kinematics(recorded), forward_kinematics(bent)
    turn = np.unwrap(heading(bent) - heading(recorded))
    result, missed = bent.copy(), np.zeros(len(bent))
    for side in "LR":
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        columns = [CONTACT_BODIES.index(f"{side}_{part}") for part in ("Ankle", "Toe")]
        stands = contacts[:, columns].any(axis=1)
        floor = there[0][[0, -1], ankle, 2] < ON_FLOOR_M
        spans = _stances(stands, *(KEY_STAYS if low else 1 for low in floor))
        times = _times(stands, spans)
        place, rotation = _at(times, life[0][:, ankle], life[1][:, ankle])
        balls = place + rotation @ _LEVER
        warps = [
            _warp_of(recorded, bent, turn, (start + stop - 1) // 2, balls) for start, stop in spans
        ]
        for index, frame in ((0, 0), (-1, len(bent) - 1)):
            keyed = there[0][frame, ankle], there[1][frame, ankle]
            warps[index] = _warp_onto(keyed, place[frame], rotation[frame], turn[frame])
        wanted = _targets(spans, warps, place, rotation)
        ends = [(there[0][frame, ankle], there[1][frame, ankle]) for frame in (0, -1)]
        wanted = _through(ends, spans, *wanted)
        result = place_foot(result, side, *wanted)
        away = forward_kinematics(result)[0][:, ankle] - wanted[0]
        missed = np.maximum(missed, np.linalg.norm(away, axis=1))
    return result, float(missed.mean())


def _stances(stands: np.ndarray, first: int, last: int) -> list[tuple[int, int]]:
    """Frames from ``start`` to ``stop`` (not included) in which a foot stands, at the keys a moment
    in any case: so many ``first`` and ``last`` frames."""
    count = len(stands)
    padded = np.pad(stands, SHORTEST, mode="edge")
    padded = binary_opening(binary_closing(padded, np.ones(SHORTEST)), np.ones(SHORTEST))
    steady = padded[SHORTEST : SHORTEST + count]
    steady[:first] = steady[-last:] = True
    spans = [(int(start), int(stop)) for start, stop in intervals(steady)]
    if len(spans) == 1:
        # It never lifts: what the keys are apart it has to slide, in the middle.
        return [(0, max(1, count // 2 - 1)), (min(count - 1, count // 2 + 2), count)]
    return spans


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
    spans: list[tuple[int, int]], warps: list[_Warp], place: np.ndarray, rotation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ankle (T, 3) and its rotation (T, 3, 3) under the warps of the stances and what lies between."""
    count = len(place)
    angles, points = np.zeros(count), place.copy()
    for (start, stop), warp in zip(spans, warps, strict=True):
        angles[start:stop] = warp.angle
        points[start:stop, :2] = warp.points(place[start:stop, :2])
    for number in range(len(spans) - 1):
        start, stop = spans[number][1], spans[number + 1][0]
        share = _eased(np.arange(1, stop - start + 1) / (stop - start + 1))
        one, other = warps[number], warps[number + 1]
        angles[start:stop] = (1 - share) * one.angle + share * other.angle
        ways = one.points(place[start:stop, :2]), other.points(place[start:stop, :2])
        points[start:stop, :2] = (1 - share)[:, None] * ways[0] + share[:, None] * ways[1]
    about = Rotation.from_rotvec(angles[:, None] * np.array([0.0, 0.0, 1.0])).as_matrix()
    return points, about @ rotation


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
