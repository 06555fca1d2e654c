"""What stories are made of: stretches of recorded walks, and poses with curves between them."""

import numpy as np

from runtime.library import load_library
from runtime.library.library import Stretch
from runtime.motion import Motion
from runtime.motion.ground_frame import moved
from runtime.prompts import MotionPrompt


def walk(first: int, last: int, clip: str = "accad_Male1_B3_Walk") -> MotionPrompt:
    """Frames of a clip of the library, turned to go along +x from the origin."""
    library = load_library()
    start = int(library.starts[library.names.index(clip)])
    qpos = library.qpos(Stretch(start + first, start + last))
    way = qpos[-1, :2] - qpos[0, :2]
    qpos = moved(qpos, -np.arctan2(way[1], way[0]), qpos[0, :2].copy(), np.zeros(2))
    return MotionPrompt(0, len(qpos) - 1, clip, Motion(30.0, qpos), "world")


def keyed(poses: dict[int, np.ndarray]) -> MotionPrompt:
    """Poses (76,) at frames, eased in between as a rig's curves would."""
    keys = list(poses)
    frames = np.arange(keys[-1] + 1)
    at = np.searchsorted(keys, frames, side="right").clip(1, len(keys) - 1)
    first, last = np.array(keys)[at - 1], np.array(keys)[at]
    share = (frames - first) / (last - first)
    share = (share**2 * (3 - 2 * share))[:, None]
    table = np.array(list(poses.values()))
    qpos = (1 - share) * table[at - 1] + share * table[at]
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    return MotionPrompt(
        0, keys[-1], "keys", Motion(30.0, qpos), "world", keyframes=tuple(int(key) for key in keys)
    )
