"""How long somebody stays on the feet, told by the simulation itself."""

import numpy as np
import pytest

from runtime.training.shipping.assessment import Assessment, Bar
from runtime.training.shipping.lasting import Trial, roll_out, seconds_upright, upright_share


class Limp:
    """Pulls nowhere in particular and falls at once; keeps what it saw."""

    def __init__(self):
        self.seen = []

    def reward_inference(self, task):
        return np.zeros((1, 4))

    def act(self, obs, z):
        assert len(obs) == len(z)
        self.seen.append(obs.copy())
        return np.zeros((len(obs), 69))


def test_who_does_nothing_falls_in_episodes_that_differ():
    limp = Limp()
    lasted = seconds_upright(limp, Trial("move-ego-0-0", steps=75, episodes=2))
    assert (lasted > 0.1).all() and (lasted < 2.4).all()
    np.testing.assert_array_equal(limp.seen[0][0], limp.seen[0][1])
    assert np.abs(limp.seen[3][0] - limp.seen[3][1]).max() > 1e-4
    assert upright_share(Limp(), Trial("move-ego-0-0", steps=75, episodes=2)) == 0.0


def test_a_push_adds_its_speed():
    calm, hit = Limp(), Limp()
    seconds_upright(calm, Trial("move-ego-0-0", steps=4, episodes=1))
    seconds_upright(hit, Trial("move-ego-0-0", 4, 1, push_m_s=2.0, push_step=2))
    np.testing.assert_array_equal(calm.seen[1], hit.seen[1])
    # The speeds of the bodies: the pelvis and what hangs on it go along.
    faster = np.abs(hit.seen[3] - calm.seen[3])[0, 214:286].max()
    assert 1.0 < faster < 4.0


def test_until_it_falls_it_stands():
    assert upright_share(Limp(), Trial("move-ego-0-0", steps=3, episodes=1)) == 1.0


def test_what_is_asked_for_before_does_not_count():
    class Told(Limp):
        def reward_inference(self, task):
            return np.full((1, 4), float(task == "move-ego-0-2"))

        def act(self, obs, z):
            self.asked = [*getattr(self, "asked", []), z[0, 0]]
            return super().act(obs, z)

    told = Told()
    trial = Trial("move-ego-0-2", steps=3, episodes=1, before="move-ego-0-0", before_steps=4)
    found = roll_out(told, trial)
    assert told.asked == [0, 0, 0, 0, 1, 1, 1]
    assert found.whole.all() and found.seconds[0] == pytest.approx(0.1)
    # Who falls before has done nothing of it.
    late = roll_out(Limp(), Trial("move-ego-0-2", 3, 1, before="move-ego-0-0", before_steps=80))
    assert late.seconds[0] == late.earned[0] == 0


@pytest.mark.parametrize(("value", "reached"), [(0.5, False), (0.8, True), (None, False)])
def test_what_was_not_measured_reaches_no_bar(value, reached):
    bar = Bar("walks", lambda assessment: assessment.long_walks, 0.8, percent=True)
    assessment = Assessment({}, 1.0, long_walks=value)
    assert bar.reached(assessment) == reached
    assert bar.said(assessment).endswith("not 80%")
