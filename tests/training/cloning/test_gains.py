"""Which feedback of several an expert is given."""

import numpy as np
import pytest

from runtime.motion.poses import pose
from runtime.simulation.stepping import DivergenceError
from runtime.training.cloning.experts import gains
from runtime.training.cloning.experts.expert import Expert


@pytest.fixture
def strays(monkeypatch):
    """Two gains; called with how far each strays without noise and with it."""

    def tried(*calm_and_shaken):
        found = [np.full(1, number, dtype=np.float16) for number in range(len(calm_and_shaken))]
        monkeypatch.setattr(gains, "_candidates", lambda *asked: iter(found))

        def strayed(body, expert, one, seed=None):
            return calm_and_shaken[int(one[0])][0 if seed is None else 1]

        monkeypatch.setattr(gains, "_strayed", strayed)
        return int(gains.find_gains(None, None)[0])

    return tried


def test_the_first_that_hold_when_shaken_are_taken(strays):
    assert strays((0.01, 0.02), (0.001, 0.001)) == 0
    assert strays((0.01, 0.3), (0.01, 0.05)) == 1
    assert strays((0.5, 0.01), (0.01, 0.05)) == 1


def test_where_none_hold_when_shaken_those_are_taken_that_do_best(strays):
    assert strays((0.01, 0.3), (0.01, 0.2)) == 1
    assert strays((0.01, np.inf), (0.01, np.inf)) == 0


def test_an_expert_that_nothing_holds_is_told(strays):
    with pytest.raises(DivergenceError, match="no feedback"):
        strays((0.5, 0.5), (np.inf, np.inf))


def test_who_lies_is_let_lie(monkeypatch):
    """Beside feedback to the end there is that which ends where the head is low."""
    frames = 6
    qpos = np.tile(pose("stand"), (frames, 1))
    qpos[3:, 2] -= 1.3
    expert = Expert("falls", (), qpos, np.zeros((frames, 75)), np.zeros((frames - 1, 69)))
    monkeypatch.setattr(
        gains, "gains_at", lambda *asked: np.ones((frames - 1, 69, 150), np.float16)
    )
    *upright, lying = gains._candidates(expert, None, 1)
    assert len(upright) == len(gains.STAGES) and all(one.all() for one in upright)
    assert [bool(row.any()) for row in lying] == [True, True, True, False, False]
