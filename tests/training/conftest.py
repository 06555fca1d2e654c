"""Motions small enough to train on in seconds."""

import numpy as np
import pytest

from runtime.motion import Motion
from runtime.motion.formats.hdf5 import write_episodes


def swaying_motion(frames, phase=0.0):
    """A body upright at the origin that sways its arms and bends its knees a little."""
    time = np.arange(frames) / 30 + phase
    qpos = np.zeros((frames, 76))
    qpos[:, 2] = 0.94
    qpos[:, 3:5] = np.sqrt(0.5)
    qpos[:, 7 + 3] = 0.2 * (1 - np.cos(2 * np.pi * time))  # left knee
    qpos[:, 7 + 45 + 2] = 0.3 * np.sin(2 * np.pi * time)
    return Motion(30.0, qpos)


@pytest.fixture(scope="session")
def motions_folder(tmp_path_factory):
    """Four motions to train on and one held out, in the layout of ``motions build``."""
    folder = tmp_path_factory.mktemp("motions")
    for number in range(5):
        write_episodes([swaying_motion(40, 0.1 * number)], folder / f"sway_{number}.hdf5", number)
    names = [f"sway_{number}.hdf5\n" for number in range(5)]
    (folder / "train.txt").write_text("".join(names[:4]))
    (folder / "test.txt").write_text(names[4])
    return folder


@pytest.fixture
def swaying():
    """``swaying(frames)`` makes a motion."""
    return swaying_motion
