"""Motion: the one type that travels keeps what it was given and refuses what is broken."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body import build_model
from runtime.errors import UserError
from runtime.motion import Motion


def spinning(fps: float, seconds: float = 1.0) -> Motion:
    """A person turning at 1 rad/s, moving at 0.5 m/s, bending both elbows at 0.8 rad/s."""
    time = np.arange(int(seconds * fps) + 1) / fps
    qpos = np.zeros((len(time), 76))
    qpos[:, 0], qpos[:, 2] = 0.5 * time, 0.94
    upright = Rotation.from_euler("x", np.pi / 2)
    turn = Rotation.from_euler("z", time[:, None]) * upright
    qpos[:, 3:7] = turn.as_quat(scalar_first=True)
    qpos[:, 7 + 3 * 15 + 1] = 0.8 * time
    return Motion(fps=fps, qpos=qpos, contacts=np.tile(time[:, None] > 0.5, (1, 6)))


def test_resampling_keeps_the_movement_in_time():
    fine, coarse = spinning(120.0), spinning(30.0)
    for source in (fine, spinning(24.0)):
        again = source.resampled(30.0)
        assert again.fps == 30.0
        np.testing.assert_allclose(again.qpos, coarse.qpos[: again.frames], atol=1e-9)
    assert (fine.resampled(30.0).contacts == coarse.contacts).mean() > 0.95


def test_velocities_are_those_mujoco_differentiates():
    import mujoco

    model, motion = build_model(), spinning(30.0)
    expected = np.empty(75)
    for frame in range(motion.frames - 1):
        mujoco.mj_differentiatePos(
            model, expected, 1 / 30, motion.qpos[frame], motion.qpos[frame + 1]
        )
        np.testing.assert_allclose(motion.velocities()[frame], expected, atol=1e-9)


def test_plain_data_gives_the_same_motion_back():
    motion = spinning(30.0)
    again = Motion.from_dict(motion.to_dict())
    np.testing.assert_array_equal(again.qpos, motion.qpos)
    np.testing.assert_array_equal(again.contacts, motion.contacts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"qpos": np.zeros((3, 75))}, r"\(frames, 76\)"),
        ({"qpos": np.zeros((0, 76))}, "no frames"),
        ({"qpos": np.full((3, 76), np.nan)}, "not finite"),
        ({"qpos": np.zeros((3, 76))}, "rotations that are zero"),
        ({"fps": 0.0}, "frame rate"),
        ({"fps": float("nan")}, "frame rate"),
        ({"qvel": np.zeros((3, 75))}, "qvel has shape"),
        ({"contacts": np.zeros((31, 2), bool)}, "contacts has shape"),
    ],
)
def test_broken_motions_are_refused(change, said):
    good = {"fps": 30.0, "qpos": spinning(30.0).qpos}
    with pytest.raises(UserError, match=said):
        Motion(**{**good, **change})
