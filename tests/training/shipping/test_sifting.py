"""An expert that misleads a policy is left out of what rewards are inferred from, and no other."""

import numpy as np
import pytest
import torch

from runtime.evaluation.evaluations import RewardEvaluation
from runtime.evaluation.wrappers import RewardWrapper
from runtime.policy import FBcprModel
from runtime.training.experience.expert import load_motions
from runtime.training.presets import TINY
from runtime.training.scoring import STANDING, WALKING
from runtime.training.shipping import sifting
from runtime.training.shipping.coverage import visited_states
from runtime.training.shipping.sifting import sift


@pytest.fixture
def states(motions_folder):
    torch.manual_seed(0)
    model = FBcprModel(TINY.agent.model)
    return model, visited_states(model, load_motions(motions_folder)[0], 300)


def earning(monkeypatch, says, earned):
    """Tasks whose experts have the shares ``says`` and which earn what ``earned`` says of the
    experts that are left."""

    def shares(self, names, kept):
        left = set(names[kept])
        return {n: np.array(s) * (n in left) for n, s in says.items()}

    def returns(self, wanted):
        return np.array([earned(task, set(self.names[kept])) for task, kept in wanted], float)

    monkeypatch.setattr(sifting._Tried, "says", shares)
    monkeypatch.setattr(sifting._Tried, "earned", returns)


def sifted(states, names, monkeypatch):
    monkeypatch.setattr(sifting._Tried, "names", names, raising=False)
    return sift(*states, names, (STANDING, WALKING))


def test_who_misleads_is_left_out(states, monkeypatch):
    names = np.repeat(["good", "bad", "other"], 100)
    says = {"good": [0.5, 0.5], "bad": [0.3, 0.0], "other": [0.2, 0.5]}
    earning(monkeypatch, says, lambda task, left: 20 if task == 0 and "bad" in left else 150)
    found = sifted(states, names, monkeypatch)
    assert found.gained == {"bad": 130.0}
    assert (found.kept == (names != "bad")).all()


@pytest.mark.parametrize("say", [0.5, 0.01])
def test_what_one_task_gains_another_must_not_lose(say, states, monkeypatch):
    """Not even one that the expert has hardly a say in."""
    names = np.repeat(["one", "other"], 150)
    says = {"one": [0.5, say], "other": [0.5, 1 - say]}

    def earned(task, left):
        with_one, without = ((100, 200), (200, 50))[task]
        if "other" not in left:
            return 0
        return with_one if "one" in left else without

    earning(monkeypatch, says, earned)
    found = sifted(states, names, monkeypatch)
    assert not found.gained and found.kept.all()


def test_the_only_one_who_knows_stays(states, monkeypatch):
    """Without it another task would be performed, whatever that happens to earn."""
    names = np.repeat(["sole", "other"], 150)
    earning(
        monkeypatch,
        {"sole": [0.95, 0.0], "other": [0.05, 1.0]},
        lambda task, left: 300 if "sole" not in left else 0,
    )
    assert sifted(states, names, monkeypatch).kept.all()


def test_two_that_each_harm_may_not_both_be_missed(states, monkeypatch):
    """Either may go, but not both: the second is measured without the first."""
    names = np.repeat(["one", "two", "rest"], 100)
    says = {"one": [0.4, 0.0], "two": [0.4, 0.0], "rest": [0.2, 1.0]}
    worth = {2: 100, 1: 180, 0: 10}
    earning(monkeypatch, says, lambda task, left: worth[len(left & {"one", "two"})])
    found = sifted(states, names, monkeypatch)
    assert len(found.gained) == 1 and found.kept.sum() == 200


def test_states_of_no_expert_stay(states, monkeypatch):
    names = np.repeat(["expert", ""], 150)
    earning(
        monkeypatch, {"expert": [0.5, 0.5], "": [0.5, 0.5]}, lambda t, left: 100 * ("" not in left)
    )
    assert sifted(states, names, monkeypatch).kept.all()


def test_what_is_tried_is_what_the_benchmark_scores(states):
    model, rows = states
    tried = sifting._Tried(model, rows, (STANDING, WALKING), 20, lambda *_: None)
    kept = np.ones(300, dtype=bool)
    wrapper = RewardWrapper(model, rows, num_samples_per_inference=300)
    scores = RewardEvaluation((STANDING, WALKING), {"max_episode_steps": 20}, num_episodes=1).run(
        wrapper
    )
    expected = [scores[task]["reward"].mean() for task in (STANDING, WALKING)]
    # Several bodies at once are rounded otherwise than one.
    np.testing.assert_allclose(tried.earned([(0, kept), (1, kept)]), expected, rtol=1e-3, atol=1e-3)
    says = tried.says(np.repeat(["a", "b"], 150), kept)
    np.testing.assert_allclose(says["a"] + says["b"], 1, atol=1e-6)
