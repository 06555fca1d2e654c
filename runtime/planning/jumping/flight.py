"""The way of the hips in a jump: on the floor, along a parabola, and down to the floor again."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from ...motion.motion import CONTROL_FPS
from .pushing import Push
from .settings import JumpSettings


@dataclass(frozen=True)
class Flight:
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


@dataclass(frozen=True)
class Ground:
    """Frames of the keys before and after the flight; the body rests at the first and the last
    frame, which may be others."""

    before: int
    after: int


def find_flight(
    qpos: np.ndarray,
    ground: Ground,
    centre: np.ndarray,
    air: list[int],
    gravity: float,
    high: np.ndarray,
    settings: JumpSettings,
) -> tuple[Flight, float]:
    """The parabola through the keys in the air that asks least of the legs, and by how many
    centimetres it misses the worst of them."""
    at = air[0]
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
        flight = Flight(
            float(np.clip(at + (to_top - up) * CONTROL_FPS, ground.before + 1.0, at - 1.0)),
            float(np.clip(at + (to_top + down) * CONTROL_FPS, air[-1] + 1.0, ground.after - 1.0)),
            at,
            height,
            speed,
            gravity,
        )
        asked = max(hardest(qpos, ground, flight, high, settings), 1e-9)
        if asked < least:
            best, least = flight, asked
    assert best is not None
    missed = best.height + best.rise(np.array(air)) - centre[air]
    return best, 100 * float(np.abs(missed).max())


def pushes(
    qpos: np.ndarray,
    ground: Ground,
    flight: Flight,
    high: np.ndarray,
    settings: JumpSettings,
) -> tuple[Push, Push]:
    """Of a take-off, and of a landing read backwards."""
    last, made = len(qpos) - 1, []
    for frames, key, rest, lift, speed in (
        (flight.take_off, ground.before, 0, high[0], flight.pace(flight.take_off)),
        (last - flight.landing, last - ground.after, last, high[1], -flight.pace(flight.landing)),
    ):
        at = (frames - key) / CONTROL_FPS
        seconds = min(frames / CONTROL_FPS, settings.longest_s + (at if key else 0.0))
        passed = (at, float(qpos[abs(rest - key), 2])) if key else None
        made.append(Push(seconds, float(qpos[rest, 2]), lift, speed, passed))
    return made[0], made[1]


def hardest(
    qpos: np.ndarray,
    ground: Ground,
    flight: Flight,
    high: np.ndarray,
    settings: JumpSettings,
) -> float:
    """m/s2: of what hips are asked for on the floor."""
    both = pushes(qpos, ground, flight, high, settings)
    short = [one.seconds for one in both if one.seconds < settings.shortest_s]
    return 1e3 - min(short) if short else max(one.asked() for one in both)


def pelvis_heights(
    qpos: np.ndarray,
    ground: Ground,
    flight: Flight,
    flown: np.ndarray,
    levels: np.ndarray,
    settings: JumpSettings,
) -> np.ndarray:
    """(n,) heights: rest, push, flight, landing, rest; ``flown`` (n,) is right in the air."""
    frames, last = np.arange(len(qpos)), len(qpos) - 1
    high = np.interp([flight.take_off, flight.landing], frames, flown)
    push, land = pushes(qpos, ground, flight, high, settings)
    result = flown.copy()
    on, off = frames <= flight.take_off, frames >= flight.landing
    result[on] = push.heights((flight.take_off - frames[on]) / CONTROL_FPS)
    result[off] = land.heights((frames[off] - flight.landing) / CONTROL_FPS)
    lowest = np.minimum(settings.lowest_m, (qpos[[0, last], 2] - levels).min())
    # Over the ground before it until it leaves that, then over that after it.
    return np.maximum(result, lowest + np.where(on, levels[0], levels[1]))


def pelvis_places(
    qpos: np.ndarray,
    ground: Ground,
    air: list[int],
    flight: Flight,
    settings: JumpSettings,
    sway: np.ndarray | None = None,
) -> np.ndarray:
    """(n, 2): the hips' place, even in flight but for their ``sway`` (n, 2) there, and at rest at
    both ends."""
    frames, last, at = np.arange(len(qpos)), len(qpos) - 1, air[0]
    longest = settings.longest_s * CONTROL_FPS
    keys = ground.before, ground.after
    first = max(0.0, (keys[0] or flight.take_off) - longest)
    end = min(float(last), (keys[1] if keys[1] < last else flight.landing) + longest)
    # Where the key is passed by, the body has begun to move before it.
    leans = [
        settings.passed_lean * frames if 0 < key < last else settings.rested_lean * rested
        for key, frames, rested in (
            (keys[0], flight.take_off - keys[0], flight.take_off - first),
            (keys[1], keys[1] - flight.landing, end - flight.landing),
        )
    ]
    if len(air) > 1:
        pace, over = np.polyfit(np.array(air) - at, qpos[air, :2], 1)
    else:
        pace = (qpos[keys[1], :2] - qpos[keys[0], :2]) / (
            flight.landing - flight.take_off + sum(leans)
        )
        over = qpos[at, :2]
    sway = np.zeros((len(qpos), 2)) if sway is None else sway
    result = over + pace * (frames - at)[:, None] + sway
    for lift, key, rest, still in (
        (flight.take_off, keys[0], first, 0),
        (flight.landing, keys[1], end, last),
    ):
        swayed = [float(np.interp(lift, frames, column)) for column in sway.T]
        knots = [(lift, over + pace * (lift - at) + swayed, pace)]
        if 0 < key < last:
            even = 2 * (knots[0][1] - qpos[key, :2]) / (lift - key) - pace
            share = float(np.clip(even @ pace / max(pace @ pace, 1e-9), 0.0, 1.0))
            knots.append((key, qpos[key, :2], share * pace))
        knots.append((rest, qpos[still, :2], 0 * pace))
        curve = CubicHermiteSpline(*map(np.array, zip(*sorted(knots, key=_first), strict=True)))
        rows = frames <= lift if still == 0 else frames >= lift
        result[rows] = curve(np.clip(frames[rows], min(lift, rest), max(lift, rest)))
    return result


def _first(knot: tuple[float, np.ndarray, np.ndarray]) -> float:
    return knot[0]
