"""A walk that was pushed: steps that catch the body, and lead it back to its way.

The linear inverted pendulum (Kajita et al. 2001) tells how a push carries the centre of mass off
its way, and the capture point (Pratt et al. 2006) where a foot has to come down to stop it. Both
are used for what differs from the unpushed walk, which is a solution itself.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..body.weight import weight
from ..motion.contacts import reference_contacts
from ..motion.motion import CONTROL_FPS, Motion
from ..scene.description import Push
from ..scene.surroundings import Surroundings
from .graph.stretches import velocities
from .mending.grounding import intervals
from .mending.legs import place_foot
from .terrain.onto_scene import too_far


@dataclass(frozen=True)
class RecoverySettings:
    """Of people, roughly."""

    least_m_s: float = 0.15
    """Of the whole body; what pushes less is taken by the muscles, where they stand."""
    ankle_m: float = 0.06
    """By which the foot that stands moves its pressure to brake."""
    longest_step_m: float = 0.6
    """That a foot comes down beside where it would have. What one step does not catch is too much:
    until the next one the body would be six times as far."""
    closest: float = 0.6
    """Of how near the ankles come to each other in the walk: nearer ones are legs that cross."""
    back_m: float = 0.08
    """By which a step leads back to the way, once the push is caught."""
    growth: float = 2.7
    """By how many times of it a foot that is too far out leads back until the next comes down."""
    upright_m: float = 0.3
    """From the ground to the pelvis; what is lower lies or crawls, and is no pendulum on a foot."""
    bent_m: float = 0.05
    """Off its way, from which the hips are low enough for both feet."""
    level_m: float = 0.01
    """Ground that rises or falls more beside the way is not stepped onto unplanned."""


_FINE = 10
"""Steps of the pendulum's integration in a frame."""


def after_pushes(
    motion: Motion, around: Surroundings | None, settings: RecoverySettings | None = None
) -> list[tuple[int, Motion]]:
    """(frame, the reference that is followed from there on) for each push that a walk gives way to.

    Until its frame each is the one before it, at first ``motion``. Where nobody walks, the push
    is weak, or the ground beside the way is another, there is none.
    """
    if around is None or not -around.scene.world.first_gravity[2] > 1.0:
        return []
    settings = settings or RecoverySettings()
    result: list[tuple[int, Motion]] = []
    for push in sorted(around.scene.pushes, key=lambda push: push.frame):
        before = result[-1][1] if result else motion
        qpos = _pushed(before.qpos, push, around, settings)
        if qpos is not None:
            changed = replace(before, qpos=qpos, qvel=velocities(qpos))
            result.append((push.frame, changed))
    return result


def _pushed(
    qpos: np.ndarray, push: Push, around: Surroundings, settings: RecoverySettings
) -> np.ndarray | None:
    speed = np.array(push.impulse[:2]) / weight().mass.sum()
    last = len(qpos) - 1
    if np.linalg.norm(speed) < settings.least_m_s or push.frame >= last - 2:
        return None
    contacts = reference_contacts(Motion(CONTROL_FPS, qpos), ground=around.ground)
    stands = {"L": contacts[:, :2].any(axis=1), "R": contacts[:, 2:4].any(axis=1)}
    landings = sorted(
        (start, stop, side)
        for side, stance in stands.items()
        for start, stop in intervals(stance)
        if start > push.frame
    )
    if not landings or landings[0][0] > push.frame + CONTROL_FPS:
        return None
    height = float(qpos[push.frame, 2] - around.ground.heights(qpos[[push.frame], :3])[0])
    if not height > settings.upright_m:
        return None
    pace = np.sqrt(-around.scene.world.first_gravity[2] / height)
    halts = all(stance[-1] for stance in stands.values())
    found = _caught(push, speed, pace, landings, last + 1, halts, settings)
    if found is None:
        return None
    aside, falls = found
    result = qpos.copy()
    result[:, :2] += aside
    positions, rotations = forward_kinematics(qpos)
    targets = {}
    for side, stance in stands.items():
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        own = [(start, stop, place) for (start, stop, at), place in falls.items() if at == side]
        moved = _foot(stance, own, push.frame, last + 1)
        target = positions[:, ankle].copy()
        target[:, :2] += moved
        if np.ptp(around.ground.heights(target) - around.ground.heights(positions[:, ankle])) > (
            settings.level_m
        ):
            return None
        targets[side] = target, rotations[:, ankle]
    off = np.linalg.norm(aside, axis=1)
    # Where it is not off its way, its legs are as straight as they were.
    result[:, 2] -= too_far(result, targets) * np.minimum(off / settings.bent_m, 1)
    for side, (target, rotation) in targets.items():
        result = place_foot(result, side, target, rotation)
    result[: push.frame + 1] = qpos[: push.frame + 1]
    if _nearest(result) < settings.closest * _nearest(qpos):
        return None
    return result


def _nearest(qpos: np.ndarray) -> float:
    """Metres between the ankles, seen from above, where they are nearest."""
    positions, _ = forward_kinematics(qpos)
    left, right = (positions[:, BODY_NAMES.index(f"{side}_Ankle"), :2] for side in "LR")
    return float(np.linalg.norm(left - right, axis=1).min())


_Landing = tuple[int, int, str]


def _caught(
    push: Push,
    speed: np.ndarray,
    pace: float,
    landings: list[_Landing],
    frames: int,
    halts: bool,
    settings: RecoverySettings,
) -> tuple[np.ndarray, dict[_Landing, np.ndarray]] | None:
    """(frames, 2) metres that the body is off its way, and how far beside its own each foot lands;
    None where a foot that comes down does not reach far enough, or comes too late.

    Where no step follows, because the walk ``halts`` on both feet or none comes for a second, the
    foot stands on the capture point and the body comes to rest over it.
    """
    away, drift = np.zeros(2), np.zeros(2)
    support = settings.ankle_m * speed / np.linalg.norm(speed)
    waiting, resting = list(landings), False
    aside, falls = np.zeros((frames, 2)), {}
    step = 1 / (CONTROL_FPS * _FINE)
    for frame in range(push.frame, frames):
        aside[frame] = away
        while waiting and waiting[0][0] <= frame:
            caught = away + drift / pace
            far = float(np.linalg.norm(caught))
            later = [start for start, _, _ in waiting if start > frame]
            resting = (later[0] if later else frames) > frame + CONTROL_FPS or (halts and not later)
            beyond = 0.0 if resting else min(far, settings.back_m) / settings.growth
            place = caught * (1 + beyond / max(far, 1e-6))
            if np.linalg.norm(place) > settings.longest_step_m:
                return None
            falls[waiting.pop(0)] = support = place
        for fine in range(_FINE):
            since = (frame - push.frame + fine / _FINE) / CONTROL_FPS
            shoved = speed / push.seconds if since < push.seconds else 0.0
            pull = pace**2 * (away - support)
            if resting:  # Critically damped: left alone, it would fall off that point again.
                pull = -pull - 2 * pace * drift
            drift = drift + step * (pull + shoved)
            away = away + step * drift
        if np.linalg.norm(away - support) > settings.longest_step_m:
            return None
    return aside, falls


def _foot(
    stance: np.ndarray,
    falls: list[tuple[int, int, np.ndarray]],
    pushed: int,
    frames: int,
) -> np.ndarray:
    """(frames, 2) metres beside its way: still while it stands, from one place to the next while
    it swings."""
    moved, place, begin = np.zeros((frames, 2)), np.zeros(2), pushed
    while begin < frames and stance[begin]:
        begin += 1
    for start, stop, following in falls:
        share = np.clip((np.arange(begin, start) - begin + 1) / max(start - begin, 1), 0, 1)
        ease = (share**2 * (3 - 2 * share))[:, None]
        moved[begin:start] = place + ease * (following - place)
        moved[start:stop] = following
        place, begin = following, stop
    moved[begin:] = place
    return moved
