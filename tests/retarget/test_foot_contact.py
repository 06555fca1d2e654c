"""What touches the floor rests on it, and lets go of it little by little."""

import numpy as np
import pytest

from runtime.body.support_points import lowest_points
from runtime.motion import Motion
from runtime.retarget.contacts.foot_contact import detect_foot_contact
from runtime.retarget.transfer.source_motion import SourceMotion


def lifted(heights, aside=0.0):
    """A body that stands and is lifted to heights (T,), dragged aside by metres a second."""
    qpos = np.zeros((len(heights), 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    qpos[:, 2] = heights - lowest_points(qpos).min(axis=1)
    qpos[:, 0] = aside * np.arange(len(heights)) / 30.0
    contacts = np.zeros((len(heights), 6), dtype=bool)
    contacts[:, :4] = (heights < 0.005)[:, None]
    return SourceMotion.of(Motion(30.0, qpos, contacts=contacts))


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_foot_that_leaves_lets_go_little_by_little(side):
    touch = detect_foot_contact(lifted(np.r_[np.zeros(10), np.linspace(0.012, 0.1, 12)]), side)
    for name in ("heel", "ball"):
        still = touch.still[name]
        assert touch.down[name][:10].all() and not touch.down[name][11:].any()
        assert (still[:10] == 1).all() and (np.diff(still) <= 0).all() and still[-1] == 0
        assert np.abs(np.diff(still)).max() < 0.4 and 0.2 < still[13] < 0.8


def test_a_foot_in_the_air_that_travels_belongs_to_the_floor_no_longer():
    source = lifted(np.r_[np.zeros(10), np.full(10, 0.03)], aside=1.0)
    assert not detect_foot_contact(source, "left").still["ball"][10:].any()
