"""The model that ships: whole, small enough, above its bars, and there for whoever names none."""

import json
from pathlib import Path

import numpy as np
import pytest

from runtime.body.figures import BODY_NAMES
from runtime.generation import GenerationSettings, generate
from runtime.generation.takes import choose_for
from runtime.policy import Policy, choice, measures
from runtime.prompts import BehaviourPrompt, Timeline
from runtime.prompts.tasks import STANDARD_TASKS
from runtime.training.shipping.assessment import SHIPPING, Assessment

FOLDER = Path(measures.__file__).resolve().parents[1] / "models" / "default"
STAND = Timeline((BehaviourPrompt(0, 89, "Stand", (("move-ego-0-0", 1.0),)),))

pytestmark = pytest.mark.skipif(not choice.is_pack(FOLDER), reason="no model ships")


@pytest.fixture
def scores():
    return json.loads((FOLDER / "scores.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def fresh_machine(tmp_path, monkeypatch):
    """Nothing was installed."""
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(choice, "DEFAULT_FOLDER", FOLDER)


def test_it_is_small_enough_and_says_whose_it_is():
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 40e6
    licence = (FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "Carnegie Mellon" in licence and "ACCAD" in licence
    (listed,) = choice.list_models()
    assert listed["name"] == "default" and listed["measures"]


def test_it_was_measured_above_the_bars_on_every_task(scores):
    assert scores["rewards"].keys() == set(STANDARD_TASKS)
    measured = Assessment(**scores)
    assert all(bar.reached(measured) for bar in SHIPPING)
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{task}`" in card for task in STANDARD_TASKS)


def test_it_stands_for_whoever_names_no_model():
    (motion,) = generate(STAND, GenerationSettings(controller="policy"))
    assert motion.metadata["model"]["name"] == "default"
    head = motion.positions()[:, BODY_NAMES.index("Head"), 2]
    assert head.min() > 1.2
    assert np.linalg.norm(motion.qpos[-1, :2] - motion.qpos[0, :2]) < 0.5
    assert motion.metadata["latents"][0]["mean_reward"] > 0.8


def test_automatic_goes_by_what_was_measured_of_the_task(scores):
    behaviour = scores["controllers"]["behaviour"]
    for task in ("move-ego-0-0", "crawl-0.5-2-u"):
        asked = Timeline((BehaviourPrompt(0, 30, "asked", ((task, 1.0),)),))
        better = "policy" if behaviour["policy"][task] > behaviour["library"][task] else "servo"
        assert choose_for(asked, GenerationSettings()).controller == better


def test_every_pose_of_the_buffer_has_its_latent():
    policy = Policy.load(FOLDER)
    for task in STANDARD_TASKS:
        assert np.isfinite(policy.reward_inference(task)).all()
