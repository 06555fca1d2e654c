"""Keys in the air: take-off, flight and landing between them, as gravity has them.

Curves through such keys rise from the first frame on, with feet that hang; no body can do that.
Here the feet stay where they were keyed until the legs are long, the centre of mass flies along
the parabola through the keys in the air, and the legs take the landing up. Where there is too
little time to rise from a key at rest, the key before that is where the body rests, and the crouch
is passed through.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ...body.figures import GRAVITY
from ...body.kinematics import forward_kinematics
from ...body.support_points import lowest_points
from ...body.weight import centre_of_mass
from ...motion.joining import ease_out
from ...posing.limits import into_ranges
from ..between import EASE_ONLY, Between, needs_steps, too_fast
from .flight import Ground, find_flight, hardest, pelvis_heights, pelvis_places
from .legs import BALLS, LEGS, flying, stances_of, standing
from .settings import JumpSettings


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
    until = 0
    for before, air, after in _jumps(flat, keys, settings):
        gaps = list(zip([before, *air], [*air, after], strict=True))
        if any(chosen.get(first + shift) == EASE_ONLY for first, _ in gaps):
            continue
        if any(
            needs_steps(flat[first : last + 1]) or too_fast(flat[first : last + 1])
            for first, last in gaps
        ):
            continue
        notes = []
        for first, last in _rests(flat, keys, before, after, until, stood, settings):
            added = [first] * (first < before) + [after] * (last > after)
            if any(chosen.get(key + shift) == EASE_ONLY for key in added):
                continue
            flown, note = _jump(
                qpos[first : last + 1],
                Ground(before - first, after - first),
                [key - first for key in air],
                np.array([stood[before], stood[after]]),
                gravity,
                settings,
            )
            notes.append(note)
            if not note:
                break
        if notes[-1]:
            told.append(
                Between(before + shift, air[0] + shift, "eased", EASE_ONLY, (), note=notes[0])
            )
            continue
        result[first : last + 1] = flown
        until = last
        for start, end in pairwise(sorted({first, before, *air, after, last})):
            told.append(Between(start + shift, end + shift, "jump", 0, ("jump",)))
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


def _rests(
    qpos: np.ndarray,
    keys: list[int],
    before: int,
    after: int,
    until: int,
    stood: dict[int, float],
    settings: JumpSettings,
) -> Iterator[tuple[int, int]]:
    """Keys between which a jump from ``before`` to ``after`` is a whole, the likeliest first: those
    two, at which the body rests; or the keys around them, where feet stand as there, so that a
    crouch is passed through. Before ``until`` the floor is another jump's."""
    here = [keys.index(before), keys.index(after)]
    around = []
    for index, step in zip(here, (-1, 1), strict=True):
        beside = index + step
        inside = 0 <= beside < len(keys) and keys[beside] >= until
        if inside and abs(keys[beside] - keys[index]) >= settings.fewest:
            pair = [keys[index], keys[beside]]
            balls = forward_kinematics(qpos[pair])[0][:, BALLS]
            moved = float(np.linalg.norm(balls[1] - balls[0], axis=-1).max())
            level = abs(stood[pair[0]] - stood[pair[1]])
            stands = lowest_points(qpos[pair[1:]]).min() < settings.grounded_m
            around.append(pair[1] if stands and max(moved, level) < settings.same_m else None)
        else:
            around.append(None)
    yield before, after
    first, last = around
    if first is not None:
        yield first, after
    if last is not None:
        yield before, last
    if first is not None and last is not None:
        yield first, last


def _jump(
    qpos: np.ndarray,
    ground: Ground,
    air: list[int],
    levels: np.ndarray,
    gravity: float,
    settings: JumpSettings,
) -> tuple[np.ndarray, str]:
    """Frames (n, 76) from rest to rest with a flight through the keys ``air``, or as they were, and
    why. ``levels`` (2,): metres of the ground before and after."""
    last = len(qpos) - 1
    centres = centre_of_mass(qpos)
    over = centres[:, 2] - qpos[:, 2]
    high = settings.heights() + levels
    flight, off_cm = find_flight(qpos, ground, centres[:, 2], air, gravity, high, settings)
    stances = stances_of(qpos, ground, (flight.take_off + flight.landing) / 2)
    take_off, landing = int(np.floor(flight.take_off)), int(np.ceil(flight.landing))
    path = pelvis_places(qpos, ground, air, flight, settings)
    off_cm = max(off_cm, 100 * float(np.linalg.norm((path - qpos[:, :2])[air], axis=1).max()))
    asked = hardest(qpos, ground, flight, high, settings)
    if note := _note(off_cm, asked, settings):
        return qpos, note
    flown = flight.height + flight.rise(np.arange(last + 1)) - over
    pelvis = pelvis_heights(qpos, ground, flight, flown, levels, settings)
    result = qpos.copy()
    for _ in range(2):
        result[:, :2], result[:, 2] = path, pelvis
        placed = standing(result, stances, take_off, landing, settings)
        result = flying(placed, qpos, air, take_off, landing)
        # In the air it is the centre of mass that flies, wherever the limbs are.
        over = centre_of_mass(result) - result[:, :3]
        sway = over[take_off : landing + 1, :2].mean(axis=0) - over[:, :2]
        path = pelvis_places(qpos, ground, air, flight, settings, sway)
        flown = flight.height + flight.rise(np.arange(last + 1)) - over[:, 2]
        pelvis = pelvis_heights(qpos, ground, flight, flown, levels, settings)
    result[:, :2], result[:, 2] = path, pelvis
    result = into_ranges(standing(result, stances, take_off, landing, settings))
    frames = np.arange(last + 1)
    for key in air:
        fade = ease_out(np.abs(frames - key), settings.blend)[:, None]
        result[:, :3] += fade * (qpos[key, :3] - result[key, :3])
    for key in {ground.before, ground.after} - {0, last}:
        fade = ease_out(np.abs(frames - key), settings.blend)[:, None]
        result[:, LEGS] += fade * (qpos[key, LEGS] - result[key, LEGS])
    for key in (0, ground.before, *air, ground.after, last):
        result[key] = qpos[key]
    return result, ""


def _note(off_cm: float, asked: float, settings: JumpSettings) -> str:
    if off_cm > settings.off_cm:
        return (
            f"no flight passes through these keys in the air, one is {off_cm:.0f} cm off it; "
            "move them or their frames"
        )
    if asked > settings.hardest_m_s2:
        return "no body jumps that high in this time; give the key in the air more frames before and after"
    return ""
