"""Latents blend along arcs of their sphere, and come from rewards as the equations say."""

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts.latents import (
    LatentSpan,
    blend_latents,
    project,
    random_latents,
    reward_latent,
    slerp,
    tracking_latents,
)


@pytest.fixture
def latents():
    return random_latents(6, 16, np.random.default_rng(4))


def angle(a, b):
    cosine = (a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.arccos(np.clip(cosine, -1, 1))


def test_slerp_stays_on_the_sphere_and_turns_evenly(latents):
    a, b = latents[:2]
    t = np.linspace(0, 1, 11)
    path = slerp(np.tile(a, (11, 1)), np.tile(b, (11, 1)), t)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 4)
    np.testing.assert_allclose(path[[0, -1]], [a, b])
    np.testing.assert_allclose(angle(path[:-1], path[1:]), angle(a, b) / 10, atol=1e-7)


def test_slerp_between_the_same_and_between_opposite_latents(latents):
    a = latents[0]
    np.testing.assert_allclose(slerp(a, a, 0.3), a, atol=1e-12)
    half = slerp(a, -a, 0.5)
    np.testing.assert_allclose(np.linalg.norm(half), 4)
    np.testing.assert_allclose(half @ a, 0, atol=1e-9)
    np.testing.assert_allclose(slerp(a, -a, 1.0), -a, atol=1e-9)


def test_slerp_interpolates_lengths_of_latents_off_the_sphere(latents):
    a, b = latents[0], 3 * latents[1]
    np.testing.assert_allclose(np.linalg.norm(slerp(a, b, 0.25)), 4 + 0.25 * 8)


def test_a_track_gives_each_prompt_its_frames_and_arcs_between(latents):
    spans = [LatentSpan(0, 29, latents[0]), LatentSpan(30, 59, latents[1])]
    track = blend_latents(spans, 60, blend=10)
    assert track.shape == (60, 16)
    np.testing.assert_allclose(track[:25], np.tile(latents[0], (25, 1)))
    np.testing.assert_allclose(track[35:], np.tile(latents[1], (25, 1)))
    np.testing.assert_allclose(np.linalg.norm(track, axis=1), 4)
    steps = angle(track[24:35], track[25:36])
    assert steps.max() < 1.2 * angle(latents[0], latents[1]) / 10


def test_a_gap_between_prompts_is_one_passage(latents):
    spans = [LatentSpan(60, 89, latents[1]), LatentSpan(0, 20, latents[0])]
    track = blend_latents(spans, 100, blend=10)
    np.testing.assert_allclose(track[:21], np.tile(latents[0], (21, 1)))
    np.testing.assert_allclose(track[60:], np.tile(latents[1], (40, 1)))
    np.testing.assert_allclose(track[40], slerp(latents[0], latents[1], 0.5))


def test_short_prompts_are_still_reached(latents):
    spans = [LatentSpan(10 * i, 10 * i + 8, latents[i]) for i in range(6)]
    track = blend_latents(spans, 60, blend=40)
    for i in range(6):
        np.testing.assert_allclose(track[10 * i + 4], latents[i], atol=1e-9)


def test_overlapping_prompts_are_both_reached(latents):
    spans = [LatentSpan(0, 50, latents[0]), LatentSpan(20, 60, latents[1])]
    track = blend_latents(spans, 61, blend=0)
    np.testing.assert_allclose(track[:21], np.tile(latents[0], (21, 1)))
    np.testing.assert_allclose(track[50:], np.tile(latents[1], (11, 1)))
    inside = LatentSpan(20, 30, latents[2])
    nested = blend_latents([LatentSpan(0, 100, latents[0]), inside], 101)
    np.testing.assert_allclose(nested[101 - 1], latents[2], atol=1e-9)


def test_latents_that_change_by_frame_go_on_while_they_blend(latents):
    rng = np.random.default_rng(0)
    moving = random_latents(30, 16, rng)
    track = blend_latents([LatentSpan(0, 29, latents[0]), LatentSpan(30, 59, moving)], 60, 10)
    np.testing.assert_allclose(track[36:], moving[6:])
    with pytest.raises(UserError, match="need 30 latents, not 29"):
        blend_latents([LatentSpan(30, 59, moving[1:])], 60)


def test_no_span_is_an_error():
    with pytest.raises(UserError, match="add a prompt"):
        blend_latents([], 60)


@pytest.mark.parametrize("share", [1.0, 0.1], ids=["all paid", "few paid"])
def test_the_weighted_latent_is_the_softmax_of_ten_times_the_reward(share):
    rng = np.random.default_rng(1)
    b = rng.normal(size=(500, 8))
    reward = rng.uniform(size=500) * (rng.uniform(size=500) < share)
    weight = np.exp(10 * reward) / np.exp(10 * reward).sum()
    expected = sum(w * r * row for w, r, row in zip(weight, reward, b, strict=True))
    expected *= np.sqrt(8) / np.linalg.norm(expected)
    np.testing.assert_allclose(reward_latent(b, reward), expected)
    plain = (reward[:, None] * b).sum(axis=0)
    np.testing.assert_allclose(reward_latent(b, reward, weighted=False, norm=False), plain)
    with pytest.raises(UserError, match="500 states but 499 rewards"):
        reward_latent(b, reward[1:])


def test_large_rewards_do_not_overflow():
    b = np.eye(3)
    z = reward_latent(b, np.array([1e4, 0.0, -1e4]))
    np.testing.assert_allclose(z, [np.sqrt(3), 0, 0])


def test_tracking_means_run_over_the_frames_to_come():
    b = np.random.default_rng(2).normal(size=(20, 5))
    z = tracking_latents(b, 8)
    np.testing.assert_allclose(z[3], project(b[3:11].mean(axis=0)))
    np.testing.assert_allclose(z[17], project(b[17:].mean(axis=0)))
    np.testing.assert_allclose(tracking_latents(b, 1), project(b))
