"""A motion played faster, mirrored and over and over is what one expects of that."""

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion.motion import Motion
from runtime.motion.poses import pose
from runtime.planning.playing import looped, played
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline


def stepping(frames: int = 31) -> Motion:
    """A metre ahead in a second, one arm going up."""
    qpos = np.tile(pose("stand"), (frames, 1))
    qpos[:, 1] = -np.linspace(0, 1, frames)
    qpos[:, 7 + 3 * 15] += 0.3 * np.linspace(0, 1, frames)
    return Motion(30.0, qpos)


def test_twice_as_fast_it_takes_half_as_long():
    fast = played(stepping(), 2.0)
    assert fast.frames == 16 and fast.fps == 30
    np.testing.assert_allclose(fast.qpos[-1], stepping().qpos[-1], atol=1e-6)


def test_mirrored_twice_it_is_itself():
    twice = played(played(stepping(), 1.0, True), 1.0, True)
    np.testing.assert_allclose(twice.qpos, stepping().qpos, atol=1e-6)
    assert np.abs(played(stepping(), 1.0, True).qpos - stepping().qpos).max() > 0.1


def test_looped_it_goes_on_from_where_it_got_to():
    long = looped(stepping().qpos, 91)
    assert len(long) == 91
    assert np.linalg.norm(np.diff(long[:, :3], axis=0), axis=1).max() < 0.07
    assert long[-1, 1] < -2.7


def test_a_timeline_says_so_in_json_and_does_so():
    prompt = MotionPrompt(0, 60, "go", source=stepping(), speed=2.0, mirror=True, loop=True)
    timeline = Timeline((prompt,))
    again = Timeline.from_json(timeline.to_json()).prompts[0]
    assert (again.speed, again.mirror, again.loop) == (2.0, True, True)
    qpos = build_reference(timeline).motion.qpos
    assert len(qpos) == 61 and -qpos[-1, 1] > 3.0
    with pytest.raises(UserError, match="speed"):
        MotionPrompt(0, 60, "go", source=stepping(), speed=0.0)
