"""References made by kinematics alone, and the measured clips beside the repository."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from runtime.motion import Motion, fit_to_body, read_clip
from runtime.motion.poses import pose

SHARED = Path(__file__).parents[2].parent / "shared"


def _keyed(keys: list[tuple[int, np.ndarray]]) -> Motion:
    """Sparse keys (frame, qpos (76,)) with eased interpolation, as an animator leaves them."""
    qpos = np.empty((keys[-1][0] + 1, 76))
    for (start, first), (stop, second) in pairwise(keys):
        x = np.linspace(0, 1, stop - start + 1)[:, None]
        qpos[start : stop + 1] = first + (second - first) * (3 * x**2 - 2 * x**3)
    return Motion(30, qpos)


@pytest.fixture(scope="session")
def keyed():
    """``keyed([(frame, qpos), ...])``: a motion of sparse keys."""
    return _keyed


@pytest.fixture(scope="session")
def standing() -> Motion:
    return _keyed([(0, pose("stand")), (29, pose("stand"))])


@pytest.fixture(scope="session")
def squat() -> Motion:
    return _keyed([(0, pose("stand")), (25, pose("crouch")), (50, pose("stand"))])


@pytest.fixture(scope="session")
def clip():
    """``clip(name)``: a recorded motion fitted to the body; skips where there are none."""
    if not (SHARED / "mocap").exists():
        pytest.skip("recorded motions are not here")
    fitted: dict[str, Motion] = {}

    def load(name: str) -> Motion:
        if name not in fitted:
            fitted[name] = fit_to_body(read_clip(SHARED / "mocap" / name)).motion
        return fitted[name]

    return load
