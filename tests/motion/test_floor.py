"""The plane under the feet that stand: as steep as their places tell, no steeper."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import turned, walk

from runtime.motion import lowest_points
from runtime.motion.files import load_motion
from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.fitting.floor import _robust_plane
from runtime.motion.fitting.settings import FIT
from runtime.motion.formats.bvh import Bvh, format_bvh
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.judging import judge


def stood_on(places: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Ten frames on each of the places (n, 2): points (10 n, 3), and the places."""
    points = np.repeat(np.column_stack([places, heights]), 10, axis=0)
    return points, list(places)


def slope_deg(places: np.ndarray, heights: np.ndarray) -> tuple[float, float]:
    floor = _robust_plane(*stood_on(places, heights), FIT.floor)
    return float(np.degrees(floor.slope[0])), float(np.degrees(floor.slope[1]))


ALONG = np.array([[0.6 * k, 0.1 * (-1) ** k] for k in range(7)])
"""Seven steps of a walk along x."""


@pytest.mark.parametrize("degrees", [4, 6, -7])
def test_a_slope_along_the_places_is_known(degrees):
    along, across = slope_deg(ALONG, np.tan(np.radians(degrees)) * ALONG[:, 0])
    assert along == pytest.approx(degrees, abs=0.3) and abs(across) < 0.5


def test_a_slope_across_a_straight_walk_is_hardly_known():
    _, across = slope_deg(ALONG, np.tan(np.radians(7)) * ALONG[:, 1])
    assert abs(across) < 3


@pytest.mark.parametrize("degrees", [5, -7])
def test_a_slope_under_a_way_round_a_corner_is_known_in_both_ways(degrees):
    corner = np.vstack([ALONG, ALONG[-1] + ALONG[1:, ::-1]])
    along, across = slope_deg(corner, np.tan(np.radians(degrees)) * corner[:, 1])
    assert across == pytest.approx(degrees, abs=0.5) and abs(along) < 0.5


@pytest.mark.parametrize(
    "heights",
    [
        0.17 * np.repeat(np.arange(4), 2)[:7],  # stairs
        np.array([0.0, 0.02, 0.14, 0.05, 0.2, 0.12, 0.3]),  # rough ground
    ],
    ids=["stairs", "rough"],
)
def test_what_is_no_plane_stays_what_it_is(heights):
    assert np.hypot(*slope_deg(ALONG, heights)) < 3


def test_two_places_tell_no_steep_plane():
    two = np.array([[0.0, 0.0], [1.5, 0.0]])
    assert np.hypot(*slope_deg(two, np.array([0.0, 0.3]))) < 3


@pytest.mark.parametrize("degrees", [5, -6, 7])
def test_a_walk_up_a_tilt_that_is_not_levelled_is_on_the_floor(degrees, tmp_path, monkeypatch):
    monkeypatch.setattr(judge, "levelled", lambda clip: clip)
    path = tmp_path / "walk.bvh"
    tilt = Rotation.from_euler("x", degrees, degrees=True)
    path.write_text(format_bvh(turned(walk(1.4), tilt)))
    motion = load_motion(path)
    assert "over the floor" not in str(motion.metadata.get("warnings"))
    assert np.percentile(lowest_points(motion.qpos).min(axis=1), 90) < 0.025


@pytest.mark.parametrize("kind", ["down a step at the end", "over hills on a vehicle"])
def test_nobody_stands_below_the_floor(kind):
    """Most of the time on a platform, or up and down: limbs stay as they are, over the lowest."""
    plain = walk()
    time = np.arange(len(plain.values)) / 30
    values = plain.values.copy()
    if kind.startswith("down"):
        values[:, 1] -= 80.0 * (time > 0.75 * time[-1])
    else:
        values[:, 0] += 1500 * time
        values[:, 1] += 150 * np.sin(3 * time)
    motion = fit_to_body(clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")).motion
    usual = fit_to_body(clip_from_bvh(plain, "walk")).motion
    low, level = (lowest_points(m.qpos).min(axis=1) for m in (motion, usual))
    assert low.min() > -0.01 and low.max() > level.max() + 0.5
    assert motion.metadata["fit"]["direction_error_deg"] < 3.0
