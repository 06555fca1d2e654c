"""A trained model that runs live is asked for the way it is steered, as it stands."""

import numpy as np
import pytest

from runtime.live.performing import PolicyBody
from runtime.live.steering import STYLES, Wish
from runtime.motion.poses import pose
from runtime.policy import choice
from runtime.prompts import parse_reward


class Asked:
    """A policy that stands limp and remembers what it was asked for."""

    def __init__(self):
        self.rewards = []

    def reward_inference(self, reward):
        self.rewards.append(reward)
        return np.zeros(8)

    def act(self, observation, z):
        assert observation.shape == (1, 358) and z.shape == (1, 8)
        return np.zeros((1, 69))


@pytest.fixture
def body(monkeypatch):
    from types import SimpleNamespace

    from runtime import policy

    asked = Asked()
    chosen = SimpleNamespace(folder="here", require_reward_buffer=lambda: None)
    monkeypatch.setattr(choice, "choose_model", lambda model: chosen)
    monkeypatch.setattr(policy, "Policy", SimpleNamespace(load=lambda folder: asked))
    return PolicyBody("some", pose("stand")), asked


def test_the_way_is_seen_from_where_the_body_faces(body):
    runner, asked = body
    assert runner.reward(Wish()) == "move-ego-0-0"
    assert runner.reward(Wish("walk", (0.0, -1.4))) == "move-ego-0-1.5"
    assert runner.reward(Wish("walk", (1.4, 0.0))) == "move-ego-90-1.5"
    qpos, qvel, contacts, held = runner.step(Wish("run", (0.0, 3.0)))
    assert qpos.shape == (76,) and qvel.shape == (75,) and contacts.shape == (6,) and held == 0
    runner.step(Wish("run", (0.0, 3.0)))
    assert asked.rewards == ["move-ego-180-3"], "what was asked once is not asked again"


@pytest.mark.parametrize("style", STYLES)
def test_every_behaviour_is_a_reward(body, style):
    parse_reward(body[0].reward(Wish(style, (0.0, -1.0))))
