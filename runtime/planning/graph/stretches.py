"""Runs of library nodes put together as one motion, and warped to where it has to be."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation, Slerp

from ...body.figures import JOINT_NAMES, JOINT_RANGES
from ...body.kinematics import to_rotation, to_wxyz
from ...library.library import Library, Stretch
from ...motion.ground_frame import heading, moved, planar, wrapped
from ...motion.joining import JOIN, ease_out, join
from ...motion.motion import CONTROL_FPS, Motion
from ...posing.limits import into_ranges

IDLE = 0.05
"""m/s: how much of a correction a body takes that stands, beside one that moves."""
TURNING = 0.3
"""Metres: what a radian of turning counts beside a metre of going."""


_ABOVE_LEGS = np.array(
    [not any(part in name for part in ("Hip", "Knee", "Ankle", "Toe")) for name in JOINT_NAMES]
)
"""(69,) of the hinges."""


@dataclass(frozen=True)
class PaceLimits:
    """How far the tempo of a stretch is changed at its ends to go as fast as one goes there."""

    frames: int = 4
    """Of the stretch, whose mean pace is what it goes at."""
    idle_m_s: float = 0.2
    """Added to both paces: who stands sways."""
    slowest: float = 0.4
    fastest: float = 1.4


@dataclass(frozen=True)
class Run:
    """Nodes ``start`` to ``stop`` (both included) of one clip of the library."""

    start: int
    stop: int


def merged(runs: list[Run]) -> list[Run]:
    """The same with runs that go on where the last one ended put into one."""
    result: list[Run] = []
    for run in runs:
        if result and run.start == result[-1].stop:
            result[-1] = Run(result[-1].start, run.stop)
        elif run.stop > run.start:
            result.append(run)
    return result


def assembled(library: Library, runs: list[Run]) -> np.ndarray:
    """(T, 76): each run put where the one before ended, offsets faded out over its start."""
    result = np.empty((0, 76))
    for run in runs:
        first, last = int(library.node_frames[run.start]), int(library.node_frames[run.stop])
        frames = into_ranges(library.qpos(Stretch(first, last + 1)))
        if not len(result):
            result = frames
            continue
        end = result[-1:]
        turn = heading(end)[0] - heading(frames[:1])[0]
        frames = moved(frames, turn, frames[0, :2], end[0, :2])
        # The first frame of a run is the pose in which the last one ended.
        result = np.concatenate([result, join(result, frames[1:], min(JOIN, len(frames) - 1))])
    return result


def resampled(qpos: np.ndarray, frames: int) -> np.ndarray:
    """(T, 76) -> (frames, 76) over the same way, hinges linearly, the root by slerp."""
    if len(qpos) == frames:
        return qpos.copy()
    return sampled(qpos, np.linspace(0, len(qpos) - 1, frames))


def sampled(qpos: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(T, 76) -> (n, 76) at these frames (n,), whole or not, hinges linearly, the root by slerp."""
    frames, at = np.arange(len(qpos)), np.clip(at, 0, len(qpos) - 1)
    result = np.stack([np.interp(at, frames, column) for column in qpos.T], axis=1)
    result[:, 3:7] = to_wxyz(Slerp(frames, to_rotation(qpos[:, 3:7]))(at))
    return result


def pace_of(qpos: np.ndarray) -> float | None:
    """m/s over the floor, of frames (n, 76); of a single one it is not known."""
    if len(qpos) < 2:
        return None
    way = float(np.linalg.norm(qpos[-1, :2] - qpos[0, :2]))
    return way / (len(qpos) - 1) * CONTROL_FPS


def paced(
    qpos: np.ndarray,
    frames: int,
    paces: tuple[float | None, float | None] = (None, None),
    limits: PaceLimits | None = None,
) -> np.ndarray:
    """(T, 76) -> (frames, 76) over the same way, that begins and ends at these paces, m/s over the
    floor; None leaves it to the tempo of all of it. Between them the tempo is what is left for it."""
    if paces == (None, None):
        return resampled(qpos, frames)
    limits = limits or PaceLimits()
    last, ends = len(qpos) - 1, []
    going = np.linalg.norm(np.diff(qpos[:, :2], axis=0), axis=1) * CONTROL_FPS
    for pace, own in zip(paces, (going[: limits.frames], going[-limits.frames :]), strict=True):
        tempo = last / max(frames - 1, 1)
        if pace is not None:
            tempo = (pace + limits.idle_m_s) / (float(own.mean()) + limits.idle_m_s)
            tempo = float(np.clip(tempo, limits.slowest, limits.fastest))
        ends.append(tempo)
    x = np.linspace(0, 1, frames)
    # A cubic with these slopes at its ends (Hermite), which never turns back: slopes of up to three
    # times the mean are monotonous (Fritsch and Carlson 1980).
    first, final = (min(tempo * (frames - 1), 3 * last) for tempo in ends)
    at = first * x * (1 - x) ** 2 + last * x * x * (3 - 2 * x) - final * x * x * (1 - x)
    return sampled(qpos, at)


def progress_of(qpos: np.ndarray) -> np.ndarray:
    """(T,) 0..1: how much of its going and turning a motion has done at each frame."""
    going = np.linalg.norm(np.diff(qpos[:, :2], axis=0), axis=1)
    turning = np.abs(np.diff(np.unwrap(heading(qpos))))
    steps = gaussian_filter1d(going + TURNING * turning, 3, mode="nearest") + IDLE / 30
    return np.concatenate([[0], np.cumsum(steps)]) / steps.sum()


def warped(
    qpos: np.ndarray, frames: int, start: tuple[np.ndarray, float], end: tuple[np.ndarray, float]
) -> np.ndarray:
    """(T, 76) -> (frames, 76) that begins and ends at these (place (2,), heading radians).

    Corrections are spread over where the body goes and turns, so that standing feet stand.
    """
    result = resampled(qpos, frames)
    angle = np.unwrap(heading(result))
    result = moved(result, start[1] - angle[0], result[0, :2], start[0])
    share = progress_of(result)
    turn = share * wrapped(end[1] - start[1] - (angle[-1] - angle[0]))
    steps = np.einsum("tij,tj->ti", planar(turn[:-1]), np.diff(result[:, :2], axis=0))
    place = start[0] + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    place += share[:, None] * (end[0] - place[-1])
    return moved(result, turn, result[:, :2], place)


def eased_onto(qpos: np.ndarray, pose: np.ndarray, length: int, at_end: bool) -> np.ndarray:
    """(T, 76) whose first (or last) frame is ``pose`` (76,), faded out over ``length`` frames."""
    result = qpos[::-1].copy() if at_end else qpos.copy()
    fade = ease_out(np.arange(len(result)), max(length, 1))[:, None]
    for part in (slice(0, 3), slice(7, 76)):
        result[:, part] += fade * (pose[part] - result[0, part])
    root = to_rotation(result[:, 3:7])
    offset = (to_rotation(pose[None, 3:7]) * root[0].inv()).as_rotvec()
    result[:, 3:7] = to_wxyz(Rotation.from_rotvec(fade * offset) * root)
    result[:, 7:] = np.clip(result[:, 7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
    return result[::-1] if at_end else result


def carried(qpos: np.ndarray, start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """Frames (T, 76) whose trunk, head and arms are held as the poses (76,) at both ends have them,
    by a ``share`` of 0..1 of what both are off on the same side; what one of them is off alone is left.

    Legs are not: by how far they are bent a gait is made.
    """
    off = start[7:] - qpos[0, 7:], end[7:] - qpos[-1, 7:]
    least = np.minimum(np.abs(off[0]), np.abs(off[1])) * np.sign(off[0])
    result = qpos.copy()
    result[:, 7:] += share * np.where(_ABOVE_LEGS & (off[0] * off[1] > 0), least, 0.0)
    return into_ranges(result)


def eased(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """(frames + 1, 76) from pose to pose (76,) as splines go, the root by slerp."""
    share = (1 - ease_out(np.arange(frames + 1), frames))[:, None]
    result = start + share * (end - start)
    root = to_rotation(start[None, 3:7])
    way = (to_rotation(end[None, 3:7]) * root.inv()).as_rotvec()
    result[:, 3:7] = to_wxyz(Rotation.from_rotvec(share * way) * root)
    return result


def mixed(qpos: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Two motions (T, 76): the first, and by a ``share`` of 0..1 the other."""
    result = (1 - share) * qpos + share * other
    root = to_rotation(qpos[:, 3:7])
    way = (to_rotation(other[:, 3:7]) * root.inv()).as_rotvec()
    result[:, 3:7] = to_wxyz(Rotation.from_rotvec(share * way) * root)
    return result


def velocities(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 75) as MuJoCo has them, by central differences."""
    forward = Motion(CONTROL_FPS, qpos).velocities()
    result = forward.copy()
    result[1:-1] = (forward[:-2] + forward[1:-1]) / 2
    if len(qpos) > 2:
        # A difference belongs to the middle of its two frames; carry on to the ends.
        result[0] = 1.5 * forward[0] - 0.5 * forward[1]
        result[-1] = 1.5 * forward[-2] - 0.5 * forward[-3]
    return result
