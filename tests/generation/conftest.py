"""A small random policy, references made by kinematics alone, and the measured clips beside the repository."""

import shutil
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest

from runtime.motion import Motion, fit_to_body, read_clip
from runtime.motion.poses import pose
from runtime.policy import export_pack

GOLDEN = Path(__file__).parents[1] / "golden"
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


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """A checkpoint with an inference buffer under ``data``, as the published ones lie."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    (folder / "data").mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        shutil.copy(GOLDEN / "model_simple" / name, folder)
    with (
        np.load(GOLDEN / "rewards.npz") as states,
        h5py.File(folder / "data" / "buffer.hdf5", "w") as file,
    ):
        for name, key in (("next_qpos", "qpos"), ("next_qvel", "qvel"), ("action", "ctrl")):
            file[name] = states[key].astype(np.float32)
    (folder / "LICENSE").write_text("CC BY-NC 4.0\n\nBy whoever trained it.\n")
    return folder


@pytest.fixture(scope="session")
def pack(checkpoint, tmp_path_factory):
    return export_pack(checkpoint, tmp_path_factory.mktemp("packs") / "tiny")
