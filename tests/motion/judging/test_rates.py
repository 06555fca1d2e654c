"""Frame rates that cannot be: nobody strides once in two seconds, and gravity is the same."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import turned, walk

from runtime.motion.formats.bvh import Bvh
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.judging.rates import corrected_rate, evidence
from runtime.motion.sources.options import SourceOptions


def captured(fps: float, said: float, seconds: float = 4.0) -> Bvh:
    """A walk that was captured at ``fps`` in a file that says another rate."""
    plain = walk()
    frames = round(seconds * fps)
    time = np.arange(frames) / fps
    long = np.empty((frames, plain.values.shape[1]))
    phase = np.arange(30) / 30
    for column in range(plain.values.shape[1]):
        # The walk repeats every second; only the hips go on.
        long[:, column] = np.interp(
            time % 1, np.r_[phase, 1], np.r_[plain.values[:30, column], plain.values[0, column]]
        )
    long[:, 2] = 110 * time
    return Bvh(plain.joints, 1 / said, long)


@pytest.mark.parametrize(("fps", "said"), [(120, 24), (120, 25), (120, 30), (240, 30)])
def test_a_walk_that_is_far_too_slow_is_played_as_people_walk(fps, said):
    clip = clip_from_bvh(captured(fps, said), "walk")
    assert 0.75 < clip.fps / fps < 1.35
    assert f"not the file's {said}" in clip.notes[0]


@pytest.mark.parametrize("fps", [24, 25, 30, 60, 100, 120])
def test_a_rate_that_is_right_stays(fps):
    clip = clip_from_bvh(captured(fps, fps), "walk")
    assert clip.fps == fps and clip.notes == ()


@pytest.mark.parametrize(
    ("fps", "said", "kind"),
    [(75, 25, "slower"), (60, 25, "slower"), (24, 72, "faster"), (30, 50, "faster")],
)
def test_where_it_is_not_sure_it_is_asked_for(fps, said, kind):
    clip = clip_from_bvh(captured(fps, said), "walk")
    assert clip.fps == said and f"times {kind} than people do" in clip.notes[0]
    assert "--source-fps" in clip.notes[0]


@pytest.mark.parametrize(("said", "kind"), [(15, "2.0 times slower"), (60, "2.0 times faster")])
def test_a_single_jump_that_gravity_has_otherwise_is_asked_about(said, kind):
    plain = walk()
    time = np.arange(60) / 30
    values = np.tile(plain.values[:1], (60, 1))
    values[:, 1] += np.clip((time - 0.7) * (1.3 - time), 0, None) * 100 * 9.81 / 2
    clip = clip_from_bvh(Bvh(plain.joints, 1 / said, values), "jump")
    assert clip.fps == said and f"falls {kind} than gravity has it" in clip.notes[-1]
    assert clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "jump").notes == ()


def test_what_a_person_says_counts():
    clip = clip_from_bvh(captured(120, 24), "walk", options=SourceOptions(fps=48.0))
    assert clip.fps == 48.0 and clip.notes == ()


def test_a_walk_that_is_far_too_fast_is_slowed_down():
    clip = clip_from_bvh(captured(30, 120), "walk")
    assert 24 <= clip.fps <= 40 and "too fast" in clip.notes[0]


def test_falling_tells_the_rate_where_nobody_walks():
    """Two jumps of a body that falls at a sixteenth of gravity: four times too slow."""
    plain = walk()
    frames = 240
    values = np.tile(plain.values[:1], (frames, 1))
    time = np.arange(frames) / 120
    for start in (0.2, 1.1):
        flight = (time - start) * (start + 0.6 - time)
        values[:, 1] += np.clip(flight, 0, None) * 100 * 9.81 / 2
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "jumps")
    assert clip.fps == 120 and "too slow" in clip.notes[0]
    assert evidence(replace(clip, fps=120.0)).falls == pytest.approx(1.0, abs=0.1)
    assert corrected_rate(replace(clip, fps=120.0)) == (120.0, "")


@pytest.mark.parametrize("said", [24, 30])
def test_a_tilted_clip_at_a_wrong_rate_is_levelled_as_at_the_right_one(said):
    """Balance goes by accelerations, which are a rate's square off."""
    turn = Rotation.from_euler("x", 12, degrees=True)
    right, wrong = (
        clip_from_bvh(turned(captured(120, rate), turn), "walk") for rate in (120, said)
    )
    assert right.fps == wrong.fps == 120
    assert "floor levelled" in right.notes[0]
    assert wrong.notes[:-1] == right.notes and "not the file's" in wrong.notes[-1]
    np.testing.assert_allclose(wrong.positions, right.positions, atol=1e-6)
