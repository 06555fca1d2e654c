"""A pose of the library where a person stands."""

from collections.abc import Sequence

import numpy as np

from ..motion.ground_frame import heading, moved
from .mirrored import mirror_pose


def placed(pose: Sequence[float] | np.ndarray, here: np.ndarray, mirrored: bool) -> np.ndarray:
    """``pose`` (76,) where the hips of ``here`` (76,) are over the floor, facing as they do."""
    qpos = np.array(pose, dtype=np.float64)
    if mirrored:
        qpos = mirror_pose(qpos)
    turn = float(heading(here[None])[0] - heading(qpos[None])[0])
    return moved(qpos[None], turn, qpos[:2], here[:2])[0]
