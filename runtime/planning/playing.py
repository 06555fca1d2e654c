"""A recorded motion played otherwise: faster, mirrored, over and over."""

from dataclasses import replace

import numpy as np

from ..motion.ground_frame import heading, moved
from ..motion.joining import JOIN, join
from ..motion.mirror import mirror_motion
from ..motion.motion import CONTROL_FPS, Motion


def played(motion: Motion, speed: float = 1.0, mirror: bool = False) -> Motion:
    """At 30 frames a second, ``speed`` times as fast as it was, left and right exchanged."""
    if speed != 1.0:
        qvel = None if motion.qvel is None else motion.qvel * speed
        motion = replace(motion, fps=motion.fps * speed, qvel=qvel)
    motion = motion.resampled(CONTROL_FPS)
    return mirror_motion(motion) if mirror else motion


def looped(qpos: np.ndarray, frames: int) -> np.ndarray:
    """(n, 76) over and over -> (frames, 76); each time goes on from where the last one ended."""
    if len(qpos) < 2:
        return qpos
    result = qpos
    while len(result) < frames:
        last = result[-1]
        turns = heading(np.stack([last, qpos[0]]))
        again = moved(qpos, turns[0] - turns[1], qpos[0, :2], last[:2])
        result = np.concatenate([result, join(result, again, min(JOIN, len(again) - 1))])
    return result[:frames]
