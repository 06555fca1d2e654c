"""FB learns from data that lies still: DeepMind Control, and whatever has ExoRL's layout."""

from dataclasses import replace

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.policy import FBModel
from runtime.policy.config import ActorConfig, EnsembleConfig
from runtime.training.walker import control_suite, exorl
from runtime.training.walker.offline import SMALL_WALKER, WALKER, train_offline


@pytest.fixture(scope="module")
def episode():
    """60 steps of the walker under noise."""
    env = control_suite.load_task("walker", "walk")
    explorer = control_suite.coloured_noise(np.random.default_rng(0), 6)
    return control_suite.play_episode(env, explorer, steps=60)


@pytest.fixture
def tiny():
    """As the walker's preset, small enough for seconds."""
    archi = replace(
        WALKER.agent.model.archi,
        z_dim=8,
        f=EnsembleConfig(hidden_dim=16, hidden_layers=1),
        actor=ActorConfig(hidden_dim=16, hidden_layers=1),
    )
    agent = replace(WALKER.agent, batch_size=32, model=replace(WALKER.agent.model, archi=archi))
    return replace(
        SMALL_WALKER,
        agent=agent,
        tasks=("stand",),
        transitions=300,
        rounds=2,
        updates_per_round=10,
        updates=30,
        inference_samples=100,
        episodes=1,
        log_seconds=0.01,
    )


def test_relabelled_rewards_are_those_the_episode_was_paid(episode):
    rewards = control_suite.relabel("walker", ("run", "walk"), episode["physics"][1:])
    np.testing.assert_allclose(rewards["walk"], episode["reward"][1:, 0], atol=1e-6)
    assert not np.allclose(rewards["run"], rewards["walk"])


def test_a_transition_is_the_state_the_next_action_and_where_it_led(tmp_path):
    folder = tmp_path / "buffer"
    for number in range(2):
        steps = np.arange(5, dtype=np.float32)[:, None] + 10 * number
        exorl.write_episode(
            folder,
            number,
            {"observation": steps, "physics": -steps, "action": steps, "discount": steps * 0 + 1},
        )
    data = exorl.read_transitions(folder)
    np.testing.assert_array_equal(data["observation"][:, 0], [0, 1, 2, 3, 10, 11, 12, 13])
    np.testing.assert_array_equal(data["next_observation"][:, 0], [1, 2, 3, 4, 11, 12, 13, 14])
    np.testing.assert_array_equal(data["action"][:, 0], [1, 2, 3, 4, 11, 12, 13, 14])
    np.testing.assert_array_equal(-data["next_physics"], data["next_observation"])
    assert len(exorl.read_transitions(folder, limit=3)["action"]) == 3


@pytest.mark.parametrize("damage", ["missing", "nan", "text", "ragged"])
def test_data_that_cannot_be_learnt_from_is_refused(tmp_path, episode, damage):
    folder = tmp_path / "buffer"
    broken = dict(episode)
    if damage == "nan":
        broken["observation"] = np.where(episode["observation"] > 0, np.nan, 0)
    if damage == "ragged":
        broken["action"] = episode["action"][:-3]
    if damage != "missing":
        path = exorl.write_episode(folder, 0, broken)
        if damage == "text":
            path.write_text("no archive")
    with pytest.raises(UserError):
        exorl.read_transitions(folder)


def test_a_run_explores_learns_scores_and_leaves_a_model_and_its_data(tiny, tmp_path):
    records = []
    scores = train_offline(tiny, tmp_path / "run", report=records.append)
    assert scores["updates"] == 30 and scores["transitions"] == 300
    assert 0 < scores["stand at random"] < 1000
    assert 0 <= scores["stand"] <= 1000
    model = FBModel.load(tmp_path / "run" / "model")
    assert model.cfg.obs_dim == 24
    kept = exorl.read_transitions(tmp_path / "run" / "data")
    assert len(kept["action"]) == 300
    assert any(record["kind"] == "losses" for record in records)

    again = train_offline(
        replace(tiny, updates=5, transitions=200),
        tmp_path / "again",
        data=tmp_path / "run" / "data",
    )
    assert (again["updates"], again["transitions"]) == (5, 200)


@pytest.mark.slow
def test_the_small_walker_earns_three_times_what_random_actions_do(tmp_path):
    scores = train_offline(SMALL_WALKER, tmp_path)
    for task in ("walk", "run", "stand"):
        assert scores[task] > 3 * scores[f"{task} at random"], scores
