"""What ships stands and walks, covers what it may be asked for, and says how good it is."""

import json

import numpy as np
import pytest
import torch

from runtime.body.model import shared_model
from runtime.errors import UserError
from runtime.generation.automatic import choose_controller
from runtime.motion import Motion
from runtime.policy import FBcprModel, Policy
from runtime.policy.choice import measures_of
from runtime.policy.measures import DEFAULT_FOLDER
from runtime.prompts.rewards import parse_reward
from runtime.prompts.rewards.features import read_features
from runtime.training.experience.expert import load_motions
from runtime.training.presets import TINY
from runtime.training.scoring import ARMS, STANDING, WALKING
from runtime.training.shipping import assessment, release
from runtime.training.shipping.coverage import best_paid, farthest_points, visited_states

QUICK = {
    "episodes": 1,
    "tasks": (STANDING, WALKING, ARMS),
    "visited": 300,
    "steps": 30,
    "long_steps": 40,
}
"""Enough to look at the form."""


@pytest.fixture
def model():
    """Knows nothing."""
    torch.manual_seed(0)
    return FBcprModel(TINY.agent.model)


def test_a_model_that_falls_over_is_not_shipped(model, motions_folder, tmp_path):
    motions, held_out = load_motions(motions_folder)
    out = tmp_path / "default"
    out.mkdir()
    (out / "kept").write_text("the pack of before")
    with pytest.raises(UserError, match=r"below the bars: standing .* 200; walking .* 120"):
        release.make_pack(model, motions, held_out, out, {}, **QUICK)
    assert (out / "kept").is_file()


def test_a_trial_says_what_it_lacks_and_never_ships(model, motions_folder, tmp_path):
    motions, held_out = load_motions(motions_folder)
    ids = motions.get_motion_ids()
    own = motions.get(ids[0])
    known = {
        "next_qpos": own["qpos"],
        "next_qvel": own["qvel"],
        "next_observation": own["observation"],
        "action": np.zeros((len(own["qpos"]), 69)),
    }
    with pytest.raises(UserError, match="never replaces"):
        release.make_pack(model, motions, None, DEFAULT_FOLDER, {}, trial=True, **QUICK)
    out = tmp_path / "trial"
    names = np.full(len(own["qpos"]), "sways")
    release.make_pack(
        model, motions, held_out, out, {}, known=known, known_names=names, trial=True, **QUICK
    )
    card = (out / "README.md").read_text()
    assert "Below the bars for shipping:\n\n- standing (" in card
    assert "experts left out of what rewards are inferred from: " in card
    assert Policy.load(out).reward_inference(STANDING).shape == (8,)


def test_a_pack_comes_with_licence_card_scores_and_states(
    model, motions_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(assessment, "SHIPPING", ())
    motions, held_out = load_motions(motions_folder)
    out = tmp_path / "models" / "default"
    story = {"updates": "12"}
    release.make_pack(model, motions, held_out, out, story, **QUICK)
    policy = Policy.load(out)
    obs, z = np.zeros((1, 358), np.float32), model.sample_z(1).numpy()
    np.testing.assert_allclose(policy.act(obs, z), model.act(obs, z).numpy(), atol=1e-4)
    assert policy.reward_inference(STANDING).shape == (8,)
    assert "ACCAD" in (out / "LICENSE").read_text() and "Carnegie" in (out / "LICENSE").read_text()
    card = (out / "README.md").read_text()
    assert "updates: 12" in card and f"`{WALKING}`" in card and "Not reached yet" in card
    scores = json.loads((out / "scores.json").read_text())
    assert scores["rewards"].keys() == {STANDING, WALKING, ARMS}
    assert {"emd", "success"} <= scores["tracking"].keys() and scores["goals"]
    for kind in ("motion", "pose"):
        for controller in ("servo", "policy"):
            assert (
                f"{scores['controllers'][kind][controller]['emd']:.2f} by the {controller}" in card
            )
    # What knows nothing falls over; the servo holds a pose and follows the swaying.
    assert measures_of(str(out)) == scores["controllers"]
    assert choose_controller(["pose", "motion"], measures_of(str(out))).controller == "servo"
    assert not list(out.parent.glob("tmp*"))


def test_a_walk_is_upright_and_goes_somewhere(swaying):
    still = swaying(60)
    assert not assessment.is_walk(still)
    for speed, walks in ((0.2, False), (1.3, True), (4.0, False)):
        moving = still.qpos.copy()
        moving[:, 0] += speed * np.arange(60) / 30
        assert assessment.is_walk(Motion(30.0, moving)) == walks
        moving[:, 2] -= 0.5
        assert not assessment.is_walk(Motion(30.0, moving))


def test_the_buffer_holds_the_best_states_of_each_task(model, motions_folder):
    motions, _ = load_motions(motions_folder)
    states = visited_states(model, motions, 400)
    assert all(len(rows) == 400 for rows in states.values())
    features = read_features(
        shared_model(), states["next_qpos"], states["next_qvel"], states["action"]
    )
    rows = best_paid(features, [STANDING, "lieonground-up"], 40)
    for task in (STANDING, "lieonground-up"):
        rewards = parse_reward(task).of(features)
        assert rewards[rows].max() == rewards.max()


def test_the_rest_lies_far_apart():
    rng = np.random.default_rng(0)
    crowd = rng.normal(size=(500, 20)) * 0.01
    far = np.eye(20)[:6] * 5
    poses = np.concatenate([crowd, far])
    rows = farthest_points(poses, 8, np.array([0]))
    assert set(range(500, 506)) <= set(rows.tolist()) and 0 in rows
    assert len(set(rows.tolist())) == 8
