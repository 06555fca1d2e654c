"""What is found between keys begins and ends as fast as one goes there."""

import numpy as np
import pytest

from runtime.library import Stretch, load_library
from runtime.motion.motion import CONTROL_FPS
from runtime.planning.between import ways_between
from runtime.planning.graph.stretches import PaceLimits, pace_of, paced, resampled
from runtime.planning.paths import standing


def walk(pace: float, frames: int) -> np.ndarray:
    """Somebody who glides ahead, m/s."""
    row = standing(np.zeros(2), 0.0)
    result = np.repeat(row[None], frames, axis=0)
    result[:, 0] += np.arange(frames) * pace / CONTROL_FPS
    return result


def speeds(qpos: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(qpos[:, :2], axis=0), axis=1) * CONTROL_FPS


def test_a_stretch_is_entered_at_the_pace_that_one_comes_with():
    slow = walk(1.0, 41)
    assert speeds(resampled(slow, 61)) == pytest.approx(2 / 3), "as evenly as it was before"
    done = paced(slow, 61, (1.0, 0.0))
    assert speeds(done)[:2] == pytest.approx(1.0, abs=0.06)
    assert speeds(done)[-2:].max() < 0.5
    assert done[[0, -1]] == pytest.approx(slow[[0, -1]])
    assert (np.diff(done[:, 0]) > 0).all(), "nobody goes back"


def test_who_stands_sets_off_slowly_and_goes_the_same_way():
    brisk = walk(2.0, 61)
    done = paced(brisk, 61, (0.0, None))
    assert speeds(done)[0] < 1.0 and speeds(done)[-1] == pytest.approx(2.0, abs=0.05)
    assert done[-1] == pytest.approx(brisk[-1])


@pytest.mark.parametrize("frames", [20, 61, 120])
def test_no_pace_makes_a_stretch_go_backwards(frames):
    for paces in ((9.0, 9.0), (0.0, 0.0), (9.0, 0.0), (None, 9.0)):
        done = paced(walk(1.0, 61), frames, paces, PaceLimits(fastest=9.0))
        assert len(done) == frames and (np.diff(done[:, 0]) > -1e-9).all()


def test_where_no_pace_is_known_all_of_it_is_as_fast():
    slow = walk(1.0, 41)
    assert paced(slow, 61) == pytest.approx(resampled(slow, 61))


def test_gaps_between_frames_that_are_known_are_entered_and_left_at_their_pace():
    library = load_library()
    first = int(library.starts[library.names.index("accad_Male1_B3_Walk")])
    recorded = library.qpos(Stretch(first + 40, first + 110))
    way = ways_between(library, recorded[:5], recorded[64], 60, recorded[65:])[0]
    assert way.paces == pytest.approx((pace_of(recorded[1:5]), pace_of(recorded[64:68])))
    alone = ways_between(library, recorded[4:5], recorded[64], 60)[0]
    assert alone.paces == (None, None), "a key alone tells no pace"
