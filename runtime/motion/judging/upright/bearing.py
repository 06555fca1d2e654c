"""Which way is up for who lies or crawls: by what bears a body at rest.

However a body is turned about what it rests on, the middle of its mass gets higher: else it would
roll over. So of all directions near that of a file the one along which the middle lies lowest over
the lowest points, on average over the frames, is against gravity. Who crouches or sits tells
nothing: soles are small, and chairs are not seen.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ....body.kinematics import forward_kinematics
from ....body.support_points import support_points
from ....body.weight import centre_of_mass
from ...motion import Motion
from ...sources.skeleton import SkeletonClip, turned
from .gravity import leg_length, middle_of_mass

_THICK = {
    "head": 0.12, "neck": 0.07, "collar": 0.09, "shoulder": 0.08, "elbow": 0.047, "wrist": 0.035,
    "hand": 0.03, "spine3": 0.12, "spine2": 0.12, "spine1": 0.12, "pelvis": 0.12, "hip": 0.09,
    "knee": 0.06, "ankle": 0.065, "foot": 0.035,
}  # fmt: skip
"""How far under a joint of who lies the floor is, in leg lengths."""


@dataclass(frozen=True)
class BearingLimits:
    """What a body at rest tells. Of 402 recordings ten lie or crawl, and tell a level floor within
    2.4 degrees; those that crouch fall short of ``share`` or ``sharp``."""

    low: float = 0.62
    """Height of the middle of the mass, in leg lengths, up to which somebody lies or crawls."""
    still_m_s2: float = 4.0
    """Acceleration of the middle of the mass from which nobody is at rest."""
    share: float = 0.85
    """Of the frames, that must be so."""
    sharp: float = 0.015
    """By how much the middle must be higher, in leg lengths, when all is turned by ..."""
    turned_deg: float = 8.0
    """... this, whichever way."""
    fewest: int = 8
    """Frames at rest, ten a second, that tell something."""
    most: int = 80
    """Of them that are looked at."""
    tilts_deg: tuple[float, float] = (4.0, 40.0)
    """What is taken out of a source: less is how bodies are built, more is another axis."""
    told_deg: float = 6.0
    """What is told of a result."""


LIMITS = BearingLimits()
_STEPS = (6.0, 3.0, 1.5, 0.75)
"""Degrees by which directions are looked for, one after the other."""
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class _Body:
    """A body as balls about points, and the middle of its mass."""

    points: np.ndarray
    """(T, K, 3) metres."""
    radius: np.ndarray
    """(K,) metres."""
    centre: np.ndarray
    """(T, 3) metres."""
    fps: float
    leg: float

    def over(self, ups: np.ndarray) -> np.ndarray:
        """(D, 3) directions -> (D, T) metres of the middle over the lowest point."""
        lowest = (np.einsum("dk,tjk->dtj", ups, self.points) - self.radius).min(axis=-1)
        return np.einsum("dk,tk->dt", ups, self.centre) - lowest


def levelled_by_rest(clip: SkeletonClip, limits: BearingLimits = LIMITS) -> SkeletonClip:
    """The clip of somebody who lies or crawls with its floor level, and a note; else the same."""
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    up = up_by_rest(clip.positions, at, clip.fps, limits)
    tilt = 0.0 if up is None else _tilt(up)
    if up is None or not limits.tilts_deg[0] < tilt < limits.tilts_deg[1]:
        return clip
    turn, _ = Rotation.align_vectors([_UP], [up])
    return turned(clip, turn, f"floor levelled by {tilt:.0f} degrees")


def up_by_rest(
    positions: np.ndarray, at: dict[str, int], fps: float, limits: BearingLimits = LIMITS
) -> np.ndarray | None:
    """(3,) of length 1: against gravity, near z, of joints (T, J, 3) ``at`` known columns; None
    where nobody lies or crawls."""
    joints = [joint for joint in at if _kind(joint) in _THICK]
    leg = leg_length(positions, at)
    radius = leg * np.array([_THICK[_kind(joint)] for joint in joints])
    points = positions[:, [at[joint] for joint in joints]]
    return _up(_Body(points, radius, middle_of_mass(positions, at), fps, leg), limits)


def lies_aslant(
    positions: np.ndarray, at: dict[str, int], fps: float, limits: BearingLimits = LIMITS
) -> bool:
    """Whether somebody lies, if z is up, on a floor that leans by more than people lie uneven."""
    up = up_by_rest(positions, at, fps, limits)
    return up is not None and limits.tilts_deg[0] < _tilt(up) < limits.tilts_deg[1]


def lying_aslant(motion: Motion, limits: BearingLimits = LIMITS) -> list[str]:
    """A sentence if a body that lies or crawls does so on what leans; else none."""
    motion = motion.of_scale(1.0)
    table = support_points()
    places, rotations = forward_kinematics(motion.qpos)
    shapes = np.einsum("tkij,kj->tki", rotations[:, table.body], table.offset)
    centre = centre_of_mass(motion.qpos)
    points = places[:, table.body] + shapes
    up = _up(_Body(points, table.radius, centre, motion.fps, _BODY_LEG_M), limits)
    if up is None or _tilt(up) < limits.told_deg:
        return []
    return [
        f"lies or crawls on what leans by {_tilt(up):.0f} degrees; if the floor of the source was "
        "level, say what is up (--up=x,y,z)"
    ]


_BODY_LEG_M = 0.85


def _up(body: _Body, limits: BearingLimits) -> np.ndarray | None:
    """(3,) of length 1: against gravity; None where nothing tells."""
    if len(body.centre) < 3:
        return None
    speed = np.gradient(body.centre, axis=0) * body.fps
    push = np.linalg.norm(np.gradient(speed, axis=0), axis=1) * body.fps
    every = max(1, round(body.fps / 10))
    some = _Body(
        body.points[::every], body.radius, body.centre[::every], body.fps / every, body.leg
    )
    still = push[::every] < limits.still_m_s2
    up = _UP
    for _ in range(2):
        rests = still & (some.over(up[None])[0] < limits.low * body.leg)
        if rests.sum() < limits.fewest:
            return None
        chosen = np.flatnonzero(rests)
        chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), limits.most)).astype(int)]
        part = _Body(some.points[chosen], some.radius, some.centre[chosen], some.fps, some.leg)
        up = _lowest(part)
    around = part.over(_ring(up, limits.turned_deg)).mean(axis=1) - part.over(up[None]).mean()
    sharp = around.min() > limits.sharp * body.leg
    return up if sharp and rests.mean() > limits.share else None


def _lowest(body: _Body) -> np.ndarray:
    """(3,): where the middle is lowest, downhill from where up is said to be."""
    up = _UP
    for step in _STEPS:
        for _ in range(12):
            tried = np.vstack([up, _ring(up, step)])
            best = int(body.over(tried).mean(axis=1).argmin())
            up = tried[best]
            if best == 0:
                break
    return up


def _ring(up: np.ndarray, degrees: float) -> np.ndarray:
    """(12, 3) directions that many degrees off."""
    aside = np.cross(up, [1.0, 0.0, 0.0] if abs(up[0]) < 0.9 else [0.0, 1.0, 0.0])
    aside /= np.linalg.norm(aside)
    around = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)[:, None]
    away = np.cos(around) * aside + np.sin(around) * np.cross(up, aside)
    angle = np.radians(degrees)
    return np.cos(angle) * up + np.sin(angle) * away


def _tilt(up: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(up[2], -1.0, 1.0))))


def _kind(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")
