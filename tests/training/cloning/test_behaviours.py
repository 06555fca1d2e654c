"""Behaviours over the frames of experts: which frames lead to what a reward pays."""

import numpy as np
import pytest
import torch

from runtime.body.model import shared_model
from runtime.body.observation import observe_states
from runtime.prompts.latents import reward_latent
from runtime.prompts.rewards import parse_reward
from runtime.training.cloning import behaviours as module
from runtime.training.cloning.behaviours import Behaviours, GraphSettings
from runtime.training.cloning.experts.expert_set import ExpertSet

STAND, ARM = "move-ego-0-0", "raisearms-l-m"


@pytest.fixture
def standing(experts):
    return Behaviours(experts, (STAND, "headstand"))


def test_only_what_some_expert_does_is_learned(standing, experts):
    assert standing.tasks == [STAND]
    assert standing.value.shape == standing.member.shape == (1, experts.frames)
    assert Behaviours(experts, ("headstand",)).tasks == []


def test_the_value_is_what_is_earned_on_the_way(experts, monkeypatch):
    # Nothing is near anything else: an expert's end is the end.
    alone = GraphSettings(reach_m=0.0, least=0.0)
    paid = np.random.default_rng(0).random(experts.frames)
    monkeypatch.setattr(module, "parse_reward", lambda task: _Paid(paid))
    found = Behaviours(experts, (STAND,), alone)
    for start, end in zip(experts.starts[:-1], experts.starts[1:], strict=True):
        left = range(start, end - 1)
        by_hand = sum(0.02 * 0.98**step * paid[frame] for step, frame in enumerate(left))
        assert found.value[0, start] == pytest.approx(by_hand, rel=1e-4)


def test_one_goes_over_to_where_more_is_earned(experts, monkeypatch):
    # The second entry is the mirror image of the first, which lifts the other arm.
    first, second = (slice(*experts.starts[i : i + 2]) for i in range(2))
    paid = np.zeros(experts.frames)
    paid[second] = 1.0
    monkeypatch.setattr(module, "parse_reward", lambda task: _Paid(paid))
    near = Behaviours(experts, (STAND,), GraphSettings(reach_m=1.0, change_cost=0.1, least=0.01))
    far = Behaviours(experts, (STAND,), GraphSettings(reach_m=0.0, least=0.01))
    assert near.value[0, first].min() > 0 and far.value[0, first].max() == 0
    # A state of the first is told to do what the second does.
    frames, shares, apart = near.places(0, experts.observation[[3]])
    assert experts.entry_of(frames[0, :1]).tolist() == [1] and apart[0] < 1.0
    assert shares.sum() == pytest.approx(1) and shares[0].argmax() == 0


def test_what_is_right_does_not_jump_with_the_state(standing, experts, monkeypatch):
    """On the way from a frame to another, where the best of them changes."""
    told = np.random.default_rng(0).uniform(-1, 1, (experts.frames, 69))
    monkeypatch.setattr(experts, "labels", lambda frames, qpos, qvel: told[frames])
    qpos, qvel = (rows[[2, 8]] for rows in experts.all_states())
    way = np.linspace(0, 1, 201)[:, None]
    states = [(1 - way) * rows[:1] + way * rows[1:] for rows in (qpos, qvel)]
    frames, shares, _ = standing.places(0, observe_states(shared_model(), *states))
    best, blend = told[frames[:, 0]], experts.blended_labels(frames, shares, *states)
    most = [np.abs(np.diff(labels, axis=0)).max() for labels in (best, blend)]
    assert most[0] > 1 and most[1] < 0.25


def test_z_is_what_a_reward_prompt_infers(experts):
    found = Behaviours(experts, (STAND,), GraphSettings(dropped=0.0))
    b = torch.randn(experts.frames, 8)
    found.look_up(b)
    paid = parse_reward(STAND).of(module._features(experts))
    expected = reward_latent(b.numpy(), paid.astype(np.float32))
    z = found.latents[0].numpy()
    np.testing.assert_allclose(z / np.linalg.norm(z) * np.sqrt(8), expected, atol=1e-4)


def test_a_frame_is_only_drawn_for_tasks_it_belongs_to(standing, experts):
    frames = torch.arange(experts.frames)
    task = standing.draw(frames).numpy()
    np.testing.assert_array_equal(task >= 0, standing.member[0])
    # From a last frame there is nothing to do.
    assert not standing.member[:, experts.starts[1:] - 1].any()


class _Paid:
    """A reward whose payment of every frame is given."""

    def __init__(self, paid: np.ndarray) -> None:
        self.paid = paid

    def of(self, features) -> np.ndarray:
        return self.paid


def test_an_entry_taken_up_later_is_part_of_the_graph(experts, experts_folder):
    whole = ExpertSet(experts_folder)
    assert len(Behaviours(whole, (STAND,)).value[0]) == whole.frames


@pytest.mark.parametrize(
    ("error", "mirror_error", "shaken", "close"),
    [
        (2.0, 3.0, 1.5, [True, True]),
        (2.0, 22.0, 1.5, [True, False]),
        (13.0, 3.0, 1.5, [True, True]),
        (13.0, 3.0, None, [False, False]),
        (2.0, 3.0, 16.0, [False, False]),
        (2.0, 3.0, None, [True, True]),
    ],
)
def test_nobody_goes_over_to_what_drifts(
    error, mirror_error, shaken, close, experts_folder, monkeypatch
):
    """Who falls when shaken, or only in the mirror; from its reference, who was never shaken."""
    from dataclasses import replace

    from runtime.training.cloning.experts import expert_set

    (told,) = expert_set.read_reports(experts_folder)
    changed = replace(told, error_cm=error, mirror_error_cm=mirror_error, shaken_cm=shaken)
    monkeypatch.setattr(expert_set, "read_reports", lambda folder: [changed])
    found = ExpertSet(experts_folder)
    assert [entry.close for entry in found.entries] == close
    frames = Behaviours(found, (STAND,), GraphSettings(least=-1.0)).member[0]
    for number, is_close in enumerate(close):
        own = frames[found.starts[number] : found.starts[number + 1]]
        assert own.any() == is_close
