"""Corrections over time: what is asked is met, the rest stays calm."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.numerics.smoothing import (
    FIRM,
    TREMBLING,
    SoftTarget,
    fit_smooth_offset,
    lowpass_rotations,
    runs,
)


def test_nothing_asked_changes_nothing():
    assert np.allclose(fit_smooth_offset(50, 3), 0)


def test_a_wish_is_met_where_it_weighs_and_fades_elsewhere():
    weight = np.zeros(90)
    weight[30:50] = FIRM
    shift = fit_smooth_offset(90, 1, [SoftTarget(np.full((90, 1), 0.2), weight)], ease=4)
    assert np.allclose(shift[30:50], 0.2, atol=1e-3)
    assert np.abs(shift[:5]).max() < 0.01 and np.abs(shift[-5:]).max() < 0.01


def test_clips_of_one_and_two_frames_have_a_correction_too():
    for frames in (1, 2):
        target = SoftTarget(np.ones((frames, 1)), np.full(frames, FIRM))
        assert np.allclose(fit_smooth_offset(frames, 1, [target]), 1, atol=1e-3)


def test_runs_are_found_at_both_ends():
    assert runs(np.array([True, False, True, True])) == [slice(0, 1), slice(2, 4)]
    assert runs(np.zeros(3, dtype=bool)) == []


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize(
    ("times", "least", "most"),
    [(0.25, 0.99, 1.01), (0.5, 0.9, 1.01), (1, 0.4, 0.6), (1.9, 0, 0.15)],
)
def test_what_trembles_goes_and_what_sways_stays(fps, times, least, most):
    time = np.arange(round(6 * fps)) / fps
    angle = 0.02 * np.sin(2 * np.pi * times * TREMBLING * time)
    about = Rotation.from_euler("z", 2.0 * time[:, None])  # a turn that goes on is none of it
    rotations = (about * Rotation.from_euler("x", angle[:, None])).as_matrix()
    left = (about.inv() * Rotation.from_matrix(lowpass_rotations(rotations, fps))).as_rotvec()
    middle = slice(round(fps), -round(fps))
    share = np.abs(left[middle, 0]).max() / 0.02
    assert least <= share <= most
    assert np.abs(left[middle, 1:]).max() < 1e-3


def test_clips_too_short_to_tremble_stay_as_they_are():
    rotations = Rotation.random(3, random_state=0).as_matrix()
    assert np.array_equal(lowpass_rotations(rotations, 30.0), rotations)
