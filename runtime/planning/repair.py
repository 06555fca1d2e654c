"""Mends a reference so that a body with weight can follow it.

Fitted and keyed motions hover and sink by centimetres, jump from one frame to
the next and leave the joint ranges. None of that can be performed; all of it is
taken out here, before the physics sees it, changing no more than needed.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import JOINT_RANGES

ROOT_JUMP = 0.4
"""Metres in one frame (12 m/s): nobody moves faster."""
TURN_JUMP = np.radians(75)
"""Radians in one frame, of the root."""
JOIN = 12
"""Frames over which a jump is spread."""


def ease_out(steps: np.ndarray, length: float) -> np.ndarray:
    """1 at step 0, 0 from ``length`` on, flat at both ends."""
    x = np.clip(steps / length, 0, 1)
    return 1 - x**3 * (10 - 15 * x + 6 * x**2)


def join(before: np.ndarray, after: np.ndarray, length: int) -> np.ndarray:
    """Moves the start of ``after`` (n, 76) onto the end of ``before`` (m, 76).

    The offset between where ``before`` was going and ``after``'s first frame fades
    over ``length`` frames, so that pose and speed are continuous. Hinges are
    blended as angles, which stays inside their ranges; the root by rotation vector.
    """
    steps = np.arange(len(after), dtype=np.float64)
    fade = ease_out(steps, length)[:, None]
    last, nearly = before[-1], before[-2] if len(before) > 1 else before[-1]
    own = after[min(1, len(after) - 1)] - after[0]
    result = after.copy()
    for part in (slice(0, 3), slice(7, 76)):
        going = last[part] - nearly[part]
        offset = last[part] + going - after[0, part]
        drift = (going - own[part]) * steps[:, None]
        result[:, part] += fade * (offset + drift * ease_out(steps, length)[:, None])
    turned = Rotation.from_quat(after[:, 3:7], scalar_first=True)
    ends = Rotation.from_quat(np.stack([nearly[3:7], last[3:7]]), scalar_first=True)
    going = (ends[1] * ends[0].inv()).as_rotvec()
    next_own = (turned[min(1, len(after) - 1)] * turned[0].inv()).as_rotvec()
    offset = (Rotation.from_rotvec(going) * ends[1] * turned[0].inv()).as_rotvec()
    drift = (going - next_own) * steps[:, None] * ease_out(steps, length)[:, None]
    result[:, 3:7] = _as_quats(Rotation.from_rotvec(fade * (offset + drift)) * turned)
    result[:, 7:] = np.clip(result[:, 7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
    return result


def without_jumps(qpos: np.ndarray) -> np.ndarray:
    """(T, 76): what follows an impossible jump is led there over ``JOIN`` frames."""
    result = qpos.copy()
    for frame in np.flatnonzero(_jumps(qpos)) + 1:
        result[frame:] = join(result[:frame], result[frame:], JOIN)
    return result


def _jumps(qpos: np.ndarray) -> np.ndarray:
    """(T-1,) bool: whether the root jumps between a frame and the next."""
    if len(qpos) < 2:
        return np.zeros(0, dtype=bool)
    moved = _beyond_neighbours(np.linalg.norm(np.diff(qpos[:, :3], axis=0), axis=1))
    root = Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    turned = (root[:-1].inv() * root[1:]).magnitude()
    hinges = np.abs(np.diff(qpos[:, 7:], axis=0)).max(axis=1)
    return (moved > ROOT_JUMP) | (turned > TURN_JUMP) | (hinges > np.radians(100))


def _beyond_neighbours(steps: np.ndarray) -> np.ndarray:
    """(T-1,) metres: each step over what is usual around it; who rides is fast in every frame."""
    if len(steps) < 3:
        return steps
    around = np.lib.stride_tricks.sliding_window_view(np.pad(steps, 3, mode="edge"), 7)
    return np.asarray(steps - np.median(around, axis=1))


def _as_quats(rotations: Rotation) -> np.ndarray:
    """(n, 4) wxyz on one hemisphere after the other."""
    quats = rotations.as_quat(scalar_first=True)
    if len(quats) > 1:
        flips = np.where((quats[1:] * quats[:-1]).sum(axis=-1) < 0, -1.0, 1.0)
        quats[1:] *= np.cumprod(flips)[:, None]
    return quats
