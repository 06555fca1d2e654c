"""Keys in the air: take-off, flight and landing between them, as gravity has them.

Curves through such keys rise from the first frame on, with feet that hang; no body can do that.
Here the feet stay where they were keyed until the legs are long, the centre of mass flies along
the parabola through the keys in the air, and the legs take the landing up.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from ..body.figures import BODY_NAMES, GRAVITY, OFFSETS
from ..body.kinematics import forward_kinematics
from ..body.support_points import lowest_points
from ..body.weight import centre_of_mass
from ..motion.joining import ease_out
from ..motion.motion import CONTROL_FPS
from ..motion.poses import pose
from ..posing.limits import into_ranges
from .between import EASE_ONLY, Between, needs_steps, too_fast
from .mending.legs import place_foot
from .mending.settings import LegSettings


@dataclass(frozen=True)
class JumpSettings:
    """Of people, roughly; what is chosen within them is what asks least of the legs."""

    airborne_m: float = 0.06
    """Metres from the floor to the lowest point of a key in the air."""
    grounded_m: float = 0.03
    """The same, at most, of the keys before and after."""
    rise_m: float = 0.07
    """How far the hips are above standing when the toes leave the floor."""
    landing_m: float = -0.02
    """The same when they touch it again, with knees that are bent already."""
    longest_s: float = 0.6
    """A push or a landing takes no longer; what is left before and after, the body waits."""
    shortest_s: float = 0.1
    lowest_m: float = 0.35
    """Hips do not dip deeper before a jump."""
    hardest_m_s2: float = 30.0
    """Of the hips, in a push or landing; beyond that there is too little time."""
    foot_lever_m: float = 0.05
    """How much a wrong turn of a standing foot counts beside a wrong place of its ball: so little
    that heels rise before the toes do."""
    off_cm: float = 5.0
    """By how much a flight may pass by a key in the air; it is then met all the same."""
    blend: int = 4
    """Frames over which that is made up for."""
    fewest: int = 5
    """Frames between the keys; a motion that is keyed more densely is its own curve."""

    def heights(self) -> np.ndarray:
        """(2,) metres: of the hips when the feet leave the floor, and when they touch it again."""
        return pose("stand")[2] + np.array([self.rise_m, self.landing_m])


@dataclass(frozen=True)
class _Flight:
    """Heights over time from a take-off to a landing, in frames and metres."""

    take_off: float
    landing: float
    at: float
    height: float
    speed: float
    """m/s upward at ``at``"""
    gravity: float

    def rise(self, frames: np.ndarray) -> np.ndarray:
        """Metres over ``height``."""
        seconds = (np.asarray(frames) - self.at) / CONTROL_FPS
        return self.speed * seconds - self.gravity / 2 * seconds**2

    def pace(self, frame: float) -> float:
        """m/s upward"""
        return self.speed - self.gravity * (frame - self.at) / CONTROL_FPS


def with_jumps(
    qpos: np.ndarray,
    keys: list[int],
    chosen: dict[int, int],
    shift: int = 0,
    gravity: float = GRAVITY,
    settings: JumpSettings | None = None,
    levels: np.ndarray | None = None,
) -> tuple[np.ndarray, list[Between]]:
    """Frames (T, 76) as eased from key to key -> the same with flights through keys in the air.

    ``keys``, ``chosen`` and ``shift`` as in ``between.fill_between``; a jump of which a gap is
    chosen to be eased, or one so wide that it takes a run-up, is left alone. One for which
    there is no flight is left alone too, and told. ``levels``: metres of the ground that each key
    stands on, or is over.
    """
    settings = settings or JumpSettings()
    result, told = qpos.copy(), []
    stood = dict(zip(keys, np.zeros(len(keys)) if levels is None else levels, strict=True))
    flat = qpos
    if levels is not None and keys:
        flat = qpos.copy()
        flat[:, 2] -= np.interp(np.arange(len(qpos)), keys, levels)
    for before, air, after in _jumps(flat, keys, settings):
        gaps = list(zip([before, *air], [*air, after], strict=True))
        if any(chosen.get(first + shift) == EASE_ONLY for first, _ in gaps):
            continue
        if any(
            needs_steps(flat[first : last + 1]) or too_fast(flat[first : last + 1])
            for first, last in gaps
        ):
            continue
        flown, note = _jump(
            qpos[before : after + 1],
            [key - before for key in air],
            np.array([stood[before], stood[after]]),
            gravity,
            settings,
        )
        if note:
            told.append(Between(before + shift, air[0] + shift, "eased", EASE_ONLY, (), note=note))
            continue
        result[before : after + 1] = flown
        told += [Between(first + shift, last + shift, "jump", 0, ("jump",)) for first, last in gaps]
    return result, told


def _jumps(
    qpos: np.ndarray, keys: list[int], settings: JumpSettings
) -> list[tuple[int, list[int], int]]:
    """(last key on the floor, keys in the air, next key on the floor) of every jump."""
    if len(keys) < 3:
        return []
    lowest = lowest_points(qpos[keys]).min(axis=1)
    found, air = [], []
    for index, (key, height) in enumerate(zip(keys, lowest, strict=True)):
        if height > settings.airborne_m:
            air.append(key)
            continue
        first = index - len(air) - 1
        grounded = (
            height < settings.grounded_m and first >= 0 and lowest[first] < settings.grounded_m
        )
        if air and grounded:
            jump = [keys[first], *air, key]
            if min(np.diff(jump)) >= settings.fewest:
                found.append((keys[first], air, key))
        air = []
    return found


def _jump(
    qpos: np.ndarray, air: list[int], levels: np.ndarray, gravity: float, settings: JumpSettings
) -> tuple[np.ndarray, str]:
    """Frames (n, 76) from the key before to the key after with a flight through the keys ``air``,
    or as they were, and why. ``levels`` (2,): metres of the ground before and after."""
    last = len(qpos) - 1
    centres = centre_of_mass(qpos)
    over = centres[:, 2] - qpos[:, 2]
    high = settings.heights() + levels
    flight, off_cm = _flight(qpos, centres[:, 2], air, gravity, high, settings)
    stances = _stances(qpos)
    take_off, landing = int(np.floor(flight.take_off)), int(np.ceil(flight.landing))
    path = _along(qpos, air, flight, settings)
    off_cm = max(off_cm, 100 * float(np.linalg.norm((path - qpos[:, :2])[air], axis=1).max()))
    if note := _note(flight, last, off_cm, qpos, high, settings):
        return qpos, note
    flown = flight.height + flight.rise(np.arange(last + 1)) - over
    pelvis = _pelvis(qpos, flight, flown, levels, settings)
    result = qpos.copy()
    for _ in range(2):
        result[:, :2], result[:, 2] = path, pelvis
        standing = _standing(result, stances, take_off, landing, settings)
        result = _flying(standing, qpos, air, take_off, landing)
        # In the air it is the centre of mass that flies, wherever the limbs are.
        over = centre_of_mass(result)[:, 2] - result[:, 2]
        flown = flight.height + flight.rise(np.arange(last + 1)) - over
        pelvis = _pelvis(qpos, flight, flown, levels, settings)
    result[:, 2] = pelvis
    result = into_ranges(_standing(result, stances, take_off, landing, settings))
    frames = np.arange(last + 1)
    for key in air:
        fade = ease_out(np.abs(frames - key), settings.blend)[:, None]
        result[:, :3] += fade * (qpos[key, :3] - result[key, :3])
    for key in (0, *air, last):
        result[key] = qpos[key]
    return result, ""


def _flight(
    qpos: np.ndarray,
    centre: np.ndarray,
    air: list[int],
    gravity: float,
    high: np.ndarray,
    settings: JumpSettings,
) -> tuple[_Flight, float]:
    """The parabola through the keys in the air that asks least of the legs, and by how many
    centimetres it misses the worst of them."""
    last, at = len(qpos) - 1, air[0]
    over = centre[at] - qpos[at, 2]
    if len(air) > 1:
        seconds = (np.array(air) - at) / CONTROL_FPS
        rows = np.stack([np.ones(len(air)), seconds], axis=1)
        fitted = np.linalg.lstsq(rows, centre[air] + gravity / 2 * seconds**2, rcond=None)[0]
        tried, height = [float(fitted[1])], float(fitted[0])
    else:
        tried, height = np.linspace(-4, 4, 81).tolist(), float(centre[at])
    best, least = None, np.inf
    for speed in tried:
        top = height + speed**2 / (2 * gravity)
        to_top = speed / gravity
        up, down = (np.sqrt(max(2 * (top - over - one) / gravity, 0.0)) for one in high)
        flight = _Flight(
            float(np.clip(at + (to_top - up) * CONTROL_FPS, 1.0, at - 1.0)),
            float(np.clip(at + (to_top + down) * CONTROL_FPS, air[-1] + 1.0, last - 1.0)),
            at,
            height,
            speed,
            gravity,
        )
        asked = max(_asked(qpos, flight, last, high, settings), 1e-9)
        if asked < least:
            best, least = flight, asked
    assert best is not None
    missed = best.height + best.rise(np.array(air)) - centre[air]
    return best, 100 * float(np.abs(missed).max())


def _asked(
    qpos: np.ndarray, flight: _Flight, last: int, high: np.ndarray, settings: JumpSettings
) -> float:
    """m/s2: the hardest of what hips are asked for on the floor."""
    hardest = 0.0
    for frames, height, speed, rest in (
        (flight.take_off, high[0], flight.pace(flight.take_off), qpos[0, 2]),
        (last - flight.landing, high[1], -flight.pace(flight.landing), qpos[last, 2]),
    ):
        seconds = frames / CONTROL_FPS
        if seconds < settings.shortest_s:
            return 1e3 - seconds
        seconds = min(seconds, settings.longest_s)
        # Of a cubic from rest to that speed, whose second derivative is even between its ends.
        way = height - rest
        ends = (6 * way - 2 * speed * seconds, 4 * speed * seconds - 6 * way)
        hardest = max(hardest, np.abs(ends).max() / seconds**2)
    return hardest


def _pelvis(
    qpos: np.ndarray,
    flight: _Flight,
    flown: np.ndarray,
    levels: np.ndarray,
    settings: JumpSettings,
) -> np.ndarray:
    """(n,) heights: rest, push, flight, landing, rest; ``flown`` (n,) is right in the air."""
    frames, last = np.arange(len(qpos)), len(qpos) - 1
    longest = settings.longest_s * CONTROL_FPS
    knots = (
        max(0.0, flight.take_off - longest),
        flight.take_off,
        flight.landing,
        min(last, flight.landing + longest),
    )
    heights = np.interp(knots[1:3], frames, flown)
    speeds = np.array([flight.pace(knot) for knot in knots[1:3]]) / CONTROL_FPS
    push = CubicHermiteSpline(knots[:2], [qpos[0, 2], heights[0]], [0, speeds[0]])
    land = CubicHermiteSpline(knots[2:], [heights[1], qpos[last, 2]], [speeds[1], 0])
    result = flown.copy()
    result[frames <= knots[1]] = push(np.maximum(frames[frames <= knots[1]], knots[0]))
    result[frames >= knots[2]] = land(np.minimum(frames[frames >= knots[2]], knots[3]))
    lowest = np.minimum(settings.lowest_m, (qpos[[0, last], 2] - levels).min())
    # Over the ground before it until it leaves that, then over that after it.
    return np.maximum(result, lowest + np.where(frames <= flight.take_off, levels[0], levels[1]))


def _along(qpos: np.ndarray, air: list[int], flight: _Flight, settings: JumpSettings) -> np.ndarray:
    """(n, 2): the hips' place, even in flight and at rest at both ends."""
    frames, last, at = np.arange(len(qpos)), len(qpos) - 1, air[0]
    longest = settings.longest_s * CONTROL_FPS
    first = max(0.0, flight.take_off - longest)
    end = min(float(last), flight.landing + longest)
    if len(air) > 1:
        pace, over = np.polyfit(np.array(air) - at, qpos[air, :2], 1)
    else:
        # A body at rest that is pushed evenly is half as far as it would be at its last speed;
        # here a little less, for it leans into the jump at the end.
        lean = 0.35 * (flight.take_off - first + end - flight.landing)
        pace = (qpos[last, :2] - qpos[0, :2]) / (flight.landing - flight.take_off + lean)
        over = qpos[at, :2]
    places = [over + pace * (frame - at) for frame in (flight.take_off, flight.landing)]
    push = CubicHermiteSpline([first, flight.take_off], [qpos[0, :2], places[0]], [0 * pace, pace])
    land = CubicHermiteSpline([flight.landing, end], [places[1], qpos[last, :2]], [pace, 0 * pace])
    result = over + pace * (frames - at)[:, None]
    result[frames <= flight.take_off] = push(
        np.clip(frames[frames <= flight.take_off], first, None)
    )
    result[frames >= flight.landing] = land(np.clip(frames[frames >= flight.landing], None, end))
    return result


_Stances = dict[str, tuple[np.ndarray, np.ndarray]]


def _stances(qpos: np.ndarray) -> tuple[_Stances, _Stances]:
    """Of the first and the last frame: each side's ball of the foot (3,) and ankle's rotation."""
    positions, rotations = forward_kinematics(qpos[[0, -1]])
    found: list[_Stances] = [{}, {}]
    for row, side in ((row, side) for row in range(2) for side in "LR"):
        ankle, toe = (BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe"))
        found[row][side] = positions[row, toe], rotations[row, ankle]
    return found[0], found[1]


def _standing(
    qpos: np.ndarray,
    stances: tuple[_Stances, _Stances],
    take_off: int,
    landing: int,
    settings: JumpSettings,
) -> np.ndarray:
    """The legs reach for where the feet stand, up to the take-off and from the landing on."""
    result = qpos.copy()
    for rows, stance in ((slice(0, take_off + 1), stances[0]), (slice(landing, None), stances[1])):
        part = result[rows]
        for side, (ball, rotation) in stance.items():
            toe = BODY_NAMES.index(f"{side}_Toe")
            part = place_foot(
                part,
                side,
                np.repeat(ball[None], len(part), axis=0),
                np.repeat(rotation[None], len(part), axis=0),
                point=OFFSETS[toe],
                settings=LegSettings(turn_lever_m=settings.foot_lever_m),
            )
        result[rows] = part
    return result


def _flying(
    standing: np.ndarray, qpos: np.ndarray, air: list[int], take_off: int, landing: int
) -> np.ndarray:
    """Legs in the air: from where they pushed, through the keys, to where they land."""
    result = standing.copy()
    legs = slice(7, 7 + 24)
    knots = [take_off, *air, landing]
    poses = [standing[take_off, legs], *(qpos[key, legs] for key in air), standing[landing, legs]]
    for start, end, first, second in zip(knots, knots[1:], poses, poses[1:], strict=False):
        share = np.linspace(0, 1, end - start + 1)[:, None]
        share = share**2 * (3 - 2 * share)
        result[start : end + 1, legs] = first + share * (second - first)
    return result


def _note(
    flight: _Flight,
    last: int,
    off_cm: float,
    qpos: np.ndarray,
    high: np.ndarray,
    settings: JumpSettings,
) -> str:
    if off_cm > settings.off_cm:
        return (
            f"no flight passes through these keys in the air, one is {off_cm:.0f} cm off it; "
            "move them or their frames"
        )
    if _asked(qpos, flight, last, high, settings) > settings.hardest_m_s2:
        return "no body jumps that high in this time; give the key in the air more frames before and after"
    return ""
