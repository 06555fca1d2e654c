"""Corrections over time: what is asked is met, the rest stays calm."""

import numpy as np
from motivo_plain.motivo_addon.retarget.smoothing import (
    FIRM,
    Wish,
    correction,
    runs,
)


def test_nothing_asked_changes_nothing():
    assert np.allclose(correction(50, 3), 0)


def test_a_wish_is_met_where_it_weighs_and_fades_elsewhere():
    weight = np.zeros(90)
    weight[30:50] = FIRM
    shift = correction(90, 1, [Wish(np.full((90, 1), 0.2), weight)], ease=4)
    assert np.allclose(shift[30:50], 0.2, atol=1e-3)
    assert np.abs(shift[:5]).max() < 0.01 and np.abs(shift[-5:]).max() < 0.01


def test_clips_of_one_and_two_frames_have_a_correction_too():
    for frames in (1, 2):
        wish = Wish(np.ones((frames, 1)), np.full(frames, FIRM))
        assert np.allclose(correction(frames, 1, [wish]), 1, atol=1e-3)


def test_runs_are_found_at_both_ends():
    assert runs(np.array([True, False, True, True])) == [slice(0, 1), slice(2, 4)]
    assert runs(np.zeros(3, dtype=bool)) == []
