"""Feet, toes and hands are turned up out of the floor, and left alone where they are over it."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.retarget.contacts.floor_clearance import pitch_above_floor

ARM = np.array([0.0, -0.2, 0.0])
"""Metres: to the tip of a foot or hand that points forward."""
ASIDE = np.array([1.0, 0.0, 0.0])
NEVER = np.zeros(60, dtype=bool)


@pytest.fixture
def dipping():
    """(60, 3, 3): level, then dipped forward by up to 40 degrees, then level again."""
    dip = np.radians(40) * np.sin(np.linspace(0, np.pi, 60)) ** 4
    return Rotation.from_rotvec(dip[:, None] * ASIDE).as_matrix()


def heights(rotations):
    return (rotations @ ARM)[:, 2]


def test_a_tip_that_dips_into_the_floor_is_held_out_of_it(dipping):
    drop = np.full(60, -0.05)
    assert heights(dipping).min() < -0.12
    kept = pitch_above_floor(dipping, ARM, ASIDE, drop, NEVER, NEVER, ease=4)
    assert heights(kept).min() > -0.055
    turned = Rotation.from_matrix(kept @ np.swapaxes(dipping, 1, 2)).magnitude()
    assert turned[:5].max() < np.radians(2) and turned[30] > np.radians(20)


def test_what_stays_over_the_floor_is_left_as_it_is(dipping):
    kept = pitch_above_floor(dipping, ARM, ASIDE, np.full(60, -0.3), NEVER, NEVER, ease=4)
    assert np.array_equal(kept, dipping)


def test_where_it_rolls_the_tip_is_on_the_floor(dipping):
    rolls = ~NEVER
    rolls[:20] = rolls[40:] = False
    kept = pitch_above_floor(dipping, ARM, ASIDE, np.full(60, -0.09), rolls, NEVER, ease=4)
    assert np.abs(heights(kept)[20:40] + 0.09).max() < 1e-3


def test_what_is_fixed_is_not_turned(dipping):
    fixed = NEVER.copy()
    fixed[25:35] = True
    kept = pitch_above_floor(dipping, ARM, ASIDE, np.full(60, -0.05), NEVER, fixed, ease=4)
    assert np.abs(kept[25:35] - dipping[25:35]).max() < 1e-2


def test_the_turn_has_no_jumps(dipping):
    kept = pitch_above_floor(dipping, ARM, ASIDE, np.full(60, -0.05), NEVER, NEVER, ease=4)
    step = Rotation.from_matrix(kept[1:] @ np.swapaxes(kept[:-1], 1, 2)).magnitude()
    before = Rotation.from_matrix(dipping[1:] @ np.swapaxes(dipping[:-1], 1, 2)).magnitude()
    assert step.max() < 1.2 * before.max()
