"""How long somebody stays on the feet, told by the simulation itself."""

import numpy as np
import pytest

from runtime.training.shipping.assessment import Assessment, Bar
from runtime.training.shipping.lasting import Trial, seconds_upright, upright_share


class Limp:
    """Pulls nowhere in particular and falls within two seconds."""

    def reward_inference(self, task):
        return np.zeros((1, 4))

    def act(self, obs, z):
        assert len(obs) == len(z)
        return np.zeros((len(obs), 69))


def test_who_does_nothing_falls():
    lasted = seconds_upright(Limp(), Trial("move-ego-0-0", steps=75, episodes=2))
    assert (lasted > 0.1).all() and (lasted < 2.4).all()
    assert lasted[0] != lasted[1]
    assert upright_share(Limp(), Trial("move-ego-0-0", steps=75, episodes=2)) == 0.0


def test_a_push_brings_the_fall_nearer():
    calm = seconds_upright(Limp(), Trial("move-ego-0-0", steps=60, episodes=1))
    pushed = Trial("move-ego-0-0", steps=60, episodes=1, push_m_s=4.0, push_step=3)
    assert seconds_upright(Limp(), pushed)[0] < calm[0]


def test_until_it_falls_it_stands():
    assert upright_share(Limp(), Trial("move-ego-0-0", steps=3, episodes=1)) == 1.0


@pytest.mark.parametrize(("value", "reached"), [(0.5, False), (0.8, True), (None, False)])
def test_what_was_not_measured_reaches_no_bar(value, reached):
    bar = Bar("walks", lambda assessment: assessment.long_walks, 0.8, percent=True)
    assessment = Assessment({}, 1.0, long_walks=value)
    assert bar.reached(assessment) == reached
    assert bar.said(assessment).endswith("not 80%")
