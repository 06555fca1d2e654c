"""Exploring goes back to what is rare, and what is learnt from shows all kinds of states alike."""

import numpy as np
import pytest

from runtime.training.walker import control_suite
from runtime.training.walker.exploration import Archive


def states(heights) -> tuple[np.ndarray, np.ndarray]:
    """Observations of a walker whose torso is so high, and physics to tell them apart."""
    observation = np.zeros((len(heights), 24), np.float32)
    observation[:, 14] = heights
    return observation, np.arange(len(heights), dtype=float)[:, None]


@pytest.fixture
def archive():
    return Archive("walker", np.random.default_rng(0))


def test_what_was_met_once_is_returned_to_as_often_as_what_was_met_a_hundred_times(archive):
    archive.add(*states([0.1] * 100 + [1.2]))
    assert len(archive) == 2
    drawn = [archive.draw()[1][14] > 1 for _ in range(300)]
    # By chance alone one in a hundred would be upright; rarity makes it nearly all.
    assert np.mean(drawn) > 0.9


def test_a_kind_met_nine_times_as_often_weighs_three_times_as_much(archive):
    observation, _ = states([0.1] * 900 + [1.2] * 100)
    rows = archive.balanced(observation, 4_000)
    assert 0.22 < np.mean(rows >= 900) < 0.28


def test_a_kind_met_a_few_times_is_not_repeated_without_end(archive):
    observation, _ = states([0.1] * 9_999 + [1.2])
    rows = archive.balanced(observation, 10_000)
    assert np.mean(rows == 9_999) < 0.05


def test_a_domain_without_landmarks_starts_as_its_task_does():
    archive = Archive("cheetah", np.random.default_rng(0))
    archive.add(np.zeros((5, 17)), np.zeros((5, 18)))
    assert archive.draw() is None
    assert sorted(archive.balanced(np.zeros((5, 17)), 5)) == [0, 1, 2, 3, 4]


def test_an_episode_can_begin_in_any_state():
    env = control_suite.load_task("walker", "walk")
    explorer = control_suite.coloured_noise(np.random.default_rng(0), 6)
    first = control_suite.play_episode(env, explorer, steps=5)
    again = control_suite.play_episode(env, explorer, steps=2, start=first["physics"][3])
    np.testing.assert_allclose(again["physics"][0], first["physics"][3])
    np.testing.assert_allclose(again["observation"][0], first["observation"][3], atol=1e-6)
