"""Corrections over time: what is asked is met, the rest stays calm."""

import numpy as np
from motivo_plain.motivo_addon.retarget.smoothing import (
    FIRM,
    Stillness,
    Wish,
    correction,
    runs,
)


def test_nothing_asked_changes_nothing():
    assert np.allclose(correction(50, 3), 0)


def test_a_point_that_should_stand_still_does_and_eases_in_and_out():
    time = np.arange(120) / 30
    track = np.stack([0.05 * np.sin(2 * time), 0.1 * time], axis=1)
    on = np.zeros(120, dtype=bool)
    on[40:70] = True
    shift = correction(120, 2, still=[Stillness(track, FIRM * (on[1:] & on[:-1]))])
    corrected = track + shift
    assert np.abs(np.diff(corrected[40:70], axis=0)).max() < 1e-4
    assert np.abs(shift[:10]).max() < 2e-3 and np.abs(shift[-10:]).max() < 2e-3
    # No step into the contact or out of it.
    assert np.abs(np.diff(shift, n=2, axis=0)).max() < 0.004


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
