"""Pushes that a policy's own skills catch."""

import numpy as np
import pytest

from runtime.body.model import shared_model
from runtime.errors import UserError
from runtime.motion.ground_frame import heading, planar
from runtime.performance.physics.bodies import PublishedBody
from runtime.policy.measures import DEFAULT_FOLDER
from runtime.simulation.batch import BodyBatch
from runtime.simulation.stepping import DivergenceError
from runtime.training.cloning.experts import build, catches
from runtime.training.cloning.experts.catches import SearchSettings, _Tried, _Way

SMALL = SearchSettings(population=4, generations=1)


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(catches, "BEFORE", 60)
    monkeypatch.setattr(catches, "CAUGHT", 20)
    monkeypatch.setattr(catches, "AFTER", 10)


def test_directions_go_from_ahead_to_back():
    jobs = catches.list_catches("pack")
    assert [jobs[0].degrees, jobs[-1].degrees] == [0, 180]
    assert len({job.name for job in jobs}) == catches.DIRECTIONS
    assert [job.degrees for job in catches.list_catches("pack", ("0-0-90",))] == [90]
    with pytest.raises(UserError, match="No push is called Nobody"):
        catches.list_catches("pack", ("Nobody",))


def test_a_caught_push_is_what_the_environment_did_and_ends_standing(short, monkeypatch):
    monkeypatch.setattr(catches, "PUSH_M_S", 0.08)
    # So little is caught by standing on.
    monkeypatch.setattr(catches, "SKILLS", (catches.STANDING,))
    (job,) = catches.list_catches(DEFAULT_FOLDER, ("0-0-90",))
    expert = catches.perform_caught(job, SMALL)
    assert expert.frames == 31
    assert expert.kinds == ("stand",)
    left = planar(heading(expert.qpos[:1]))[0] @ [0, 1]
    # The pelvis stood still before, so what it has is the push, to the left.
    np.testing.assert_allclose(expert.qvel[0, :2], 0.08 * left, atol=0.01)
    with BodyBatch(shared_model(), 1) as batch:
        batch.reset(expert.qpos[:1], expert.qvel[:1])
        for action in PublishedBody().actions(expert.targets[:5]):
            batch.step(action[None])
        np.testing.assert_allclose(batch.qpos()[0], expert.qpos[5], atol=2e-3)
    assert np.linalg.norm(expert.qvel[-1, :2]) < catches.STILL_M_S
    assert expert.qpos[-1, 2] > 0.85


def test_who_cannot_be_caught_is_listed(short, monkeypatch, tmp_path):
    monkeypatch.setattr(catches, "PUSH_M_S", 6.0)
    monkeypatch.setattr(catches, "SearchSettings", lambda: SMALL)
    (report,) = build.build_experts("", tmp_path, only=("0-0-180",), caught=DEFAULT_FOLDER)
    assert report.dropped == "no way of standing again was found"
    assert not list(tmp_path.glob("*.npz"))


def test_what_the_search_makes_of_the_best_is_better():
    wanted = np.array([0.0, 3.0, 1.0])

    def tried(ways):
        assert all((way.shares >= 0).all() and (way.steps >= 0).all() for way in ways)
        return [_Tried(way, -float(np.abs(way.shares - wanted).sum()), True) for way in ways]

    def best_of(generations):
        settings = SearchSettings(generations=generations)
        return catches._evolved(3, tried, settings, np.random.default_rng(0)).worth

    assert best_of(12) > 0.5 * best_of(1)
    assert best_of(12) > best_of(3) >= best_of(1)


def test_ways_that_fall_are_worth_less_than_those_that_stand(short):
    actor = catches.RewardWrapper(catches.Policy.load(DEFAULT_FOLDER))
    standing = actor.reward_inference(catches.STANDING)
    skills = np.concatenate([standing, actor.reward_inference("lieonground-up")])
    qpos, qvel = catches._stood(actor, standing)
    ways = [_Way(np.eye(2)[[0, 0]], np.array([9, 9])), _Way(np.eye(2)[[1, 1]], np.array([9, 9]))]
    with BodyBatch(shared_model(), 2) as batch:
        stood, lay = catches._try(actor, skills, standing, batch, (qpos, qvel), ways, SMALL)
    assert stood.stood
    assert stood.worth > lay.worth + 3


def test_without_a_model_it_is_told(tmp_path):
    with pytest.raises(UserError):
        catches.perform_caught(catches.Catch(str(tmp_path / "none"), 0.0), SMALL)


def test_divergence_is_what_nobody_survives(short, monkeypatch):
    monkeypatch.setattr(catches, "PUSH_M_S", 6.0)
    with pytest.raises(DivergenceError, match="no way of standing"):
        catches.perform_caught(catches.Catch(str(DEFAULT_FOLDER), 0.0), SMALL)
