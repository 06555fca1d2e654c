"""A motion written as AMASS is read by what reads AMASS."""

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion import Motion
from runtime.motion.formats.amass import read_amass, write_amass


@pytest.fixture
def motion():
    time = np.arange(40) / 30.0
    qpos = np.zeros((40, 76))
    qpos[:, 0], qpos[:, 2] = 1.5 * time, 0.9
    qpos[:, 3:7] = np.sqrt(0.5) * np.array([1.0, 1.0, 0.0, 0.0])
    qpos[:, 7:] = 0.6 * np.sin(2.0 * time[:, None] + np.arange(69))
    return Motion(fps=30.0, qpos=qpos)


def test_the_joints_come_back_where_they_were(motion, tmp_path):
    write_amass(motion, tmp_path / "walk.npz")
    again = read_amass(tmp_path / "walk.npz")
    assert again.fps == 30.0
    np.testing.assert_allclose(again.positions, motion.positions(), atol=1e-9)


def test_the_file_has_the_fields_and_shapes_of_smplh(motion, tmp_path):
    write_amass(motion, tmp_path / "walk.npz")
    with np.load(tmp_path / "walk.npz", allow_pickle=False) as arrays:
        assert arrays["poses"].shape == (40, 156) and arrays["trans"].shape == (40, 3)
        assert arrays["dmpls"].shape == (40, 8) and arrays["betas"].shape == (16,)
        assert str(arrays["gender"]) == "neutral" and float(arrays["mocap_framerate"]) == 30.0
        # Fingers: the body has none.
        assert not arrays["poses"][:, 66:].any()


def test_a_place_that_cannot_be_written_is_told(motion, tmp_path):
    with pytest.raises(UserError, match="choose another place"):
        write_amass(motion, tmp_path / "missing" / "walk.npz")
