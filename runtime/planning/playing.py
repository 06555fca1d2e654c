"""A recorded motion played otherwise: faster, mirrored, over and over."""

from dataclasses import replace

import numpy as np

from ..motion.ground_frame import heading, moved
from ..motion.joining import JOIN, join
from ..motion.mirror import mirror_motion
from ..motion.motion import CONTROL_FPS, Motion
from ..posing.mirrored import mirror_pose


def played(
    motion: Motion, speed: float = 1.0, mirror: bool = False, in_place: bool = False
) -> Motion:
    """At 30 frames a second, ``speed`` times as fast as it was, left and right exchanged.

    The mirror stands in the world's plane x = 0, or ``in_place``: the motion then begins where
    and facing as it did.
    """
    if speed != 1.0:
        qvel = None if motion.qvel is None else motion.qvel * speed
        motion = replace(motion, fps=motion.fps * speed, qvel=qvel)
    motion = motion.resampled(CONTROL_FPS)
    if not mirror:
        return motion
    image = mirror_motion(motion)
    return _begun_at(image, motion) if in_place else image


def _begun_at(image: Motion, motion: Motion) -> Motion:
    """A mirror image moved and turned to where the motion itself begins; without velocities."""
    first = mirror_pose(motion.qpos[0])
    turns = heading(np.stack([first, image.qpos[0]]))
    qpos = moved(image.qpos, turns[0] - turns[1], image.qpos[0, :2], first[:2])
    return replace(image, qpos=qpos, qvel=None)


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
