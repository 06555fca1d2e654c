"""A pose as in a mirror, on the spot."""

import numpy as np
from scipy.spatial.transform import Rotation

from ..motion.mirror import mirror_qpos


def mirror_pose(qpos: np.ndarray) -> np.ndarray:
    """(76,) -> (76,): what the left did, the right does; the hips keep place and heading.

    The mirror stands upright, in the plane that goes through the hips the way
    they face, or lying the way they point.
    """
    image = mirror_qpos(qpos[None])[0]
    # ``mirror_qpos`` has its mirror along y; turned there and back it stands where it should.
    turn = Rotation.from_euler("z", 2.0 * (_heading(qpos) - np.pi / 2))
    root = turn * Rotation.from_quat(image[3:7], scalar_first=True)
    image[:3] = qpos[:3]
    image[3:7] = root.as_quat(scalar_first=True)
    return image


def _heading(qpos: np.ndarray) -> float:
    """Radians about z from x: where the hips' front faces, or their length where it faces up or down."""
    axes = Rotation.from_quat(qpos[3:7], scalar_first=True).as_matrix()
    along = axes[:2, 2] if np.linalg.norm(axes[:2, 2]) > 0.5 else axes[:2, 1]
    return float(np.arctan2(along[1], along[0]))
