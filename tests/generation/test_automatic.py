"""Left to itself, the product takes the controller that was measured to serve the prompts best."""

import json
import re

import pytest

from runtime.generation import GenerationSettings, generate
from runtime.generation.automatic import choose_controller
from runtime.generation.takes import choose_for
from runtime.motion.poses import pose
from runtime.policy import choice
from runtime.policy.store import PACK_FILES
from runtime.prompts import BehaviourPrompt, PosePrompt, Timeline


def measured(servo: float, policy: float, kinds=("motion", "pose")) -> dict:
    scores = {"servo": {"emd": servo}, "policy": {"emd": policy}}
    return dict.fromkeys(kinds, scores)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The folder of the model that ships; empty."""
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(choice, "DEFAULT_FOLDER", tmp_path / "default")
    (tmp_path / "default").mkdir()
    return tmp_path / "default"


def earned(library: float, policy: float) -> dict:
    """What behaviours earn, as a pack tells it."""
    return {"behaviour": {"library": {"return": library}, "policy": {"return": policy}}}


@pytest.mark.parametrize(
    ("kinds", "measures", "controller", "said"),
    [
        (["motion"], None, "servo", "no trained model"),
        (["motion"], {}, "servo", "no trained model"),
        (["motion"], measured(0.3, 1.9), "servo", "motions more closely .* 0.30 against 1.90"),
        (["pose"], measured(0.3, 0.3), "servo", "poses more closely"),
        (["motion"], measured(1.2, 0.8), "policy", "motions more closely .* 0.80 against 1.20"),
        (["pose", "motion"], measured(1.2, 0.8), "policy", "A trained model"),
        (["pose", "motion"], measured(1.2, 0.8, ["pose"]), "servo", "no trained model"),
        (["motion"], measured(0.3, float("nan")), "servo", "motions more closely"),
        (["motion"], {"motion": {"servo": "good"}}, "servo", "no trained model"),
        (["behaviour"], None, "servo", "no trained model is installed"),
        (["behaviour"], {}, "policy", "does behaviours by itself"),
        (["behaviour"], earned(180.0, 150.0), "servo", "60 % against 50 %"),
        (["behaviour", "pose"], earned(180.0, 200.0), "policy", "67 % against 60 %"),
        (["path", "behaviour"], measured(1.2, 0.8), "servo", "Muscles perform recorded steps"),
        (["behaviour", "motion"], measured(0.3, 1.9), "policy", "the whole take"),
    ],
)
def test_the_controller_measured_to_be_closer_is_taken_and_the_reason_told(
    kinds, measures, controller, said
):
    chosen = choose_controller(kinds, measures)
    assert chosen.controller == controller
    assert re.search(said, chosen.reason)


def test_the_tasks_asked_for_decide_where_all_of_them_were_measured():
    library = {"return": 217.0, "move-ego-0-0": 299.0, "crawl-0.5-2-u": 3.0}
    policy = {"return": 90.0, "move-ego-0-0": 283.0, "crawl-0.5-2-u": 40.0}
    measures = {"behaviour": {"library": library, "policy": policy}}

    def chosen(*rewards):
        return choose_controller(["behaviour"], measures, True, rewards)

    assert chosen("crawl-0.5-2-u").controller == "policy"
    assert "13 % against 1 %" in chosen("crawl-0.5-2-u").reason
    assert chosen("move-ego-0-0").controller == "servo"
    # Together the model earns more: 162 against 151. What was not measured is judged by the mean.
    assert chosen("move-ego-0-0", "crawl-0.5-2-u").controller == "policy"
    assert "72 % against 30 %" in chosen("crawl-0.5-2-u", "above(head_height, 1.4, 0.5)").reason


def test_a_shipped_model_that_was_measured_is_asked_of_by_name(shipped):
    measures = {
        "behaviour": {
            "library": {"return": 217.0, "crawl-0.5-2-u": 3.0},
            "policy": {"return": 90.0, "crawl-0.5-2-u": 40.0},
        }
    }
    (shipped / "scores.json").write_text(json.dumps({"controllers": measures}))
    for name in PACK_FILES:
        (shipped / name).write_text("")
    settings = GenerationSettings()
    for reward, controller in (("crawl-0.5-2-u", "policy"), ("move-ego-0-0", "servo")):
        timeline = Timeline((BehaviourPrompt(0, 20, "asked", ((reward, 1.0),)),))
        assert choose_for(timeline, settings).controller == controller


def test_one_prompt_that_the_servo_follows_better_decides_for_all():
    measures = {**measured(1.0, 0.5, ["pose"]), **measured(0.3, 1.9, ["motion"])}
    assert choose_controller(["pose"], measures).controller == "policy"
    assert choose_controller(["pose", "motion"], measures).controller == "servo"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"controllers": 3}', "\x00"])
def test_scores_that_say_nothing_count_as_not_measured(shipped, text):
    (shipped / "scores.json").write_text(text)
    assert choice.measures_of() is None


def test_scores_are_read_of_whatever_model_is_named(shipped, tmp_path):
    measures = measured(0.3, 1.9)
    (shipped / "scores.json").write_text(json.dumps({"rewards": {}, "controllers": measures}))
    assert choice.measures_of() == choice.measures_of("default") == measures
    assert choice.measures_of(str(shipped)) == measures
    assert choice.measures_of("gone") is None


def test_without_a_model_a_pose_is_the_servos_and_the_take_says_so(shipped):
    standing = PosePrompt(0, 5, "stand", tuple(pose("stand")))
    (motion,) = generate(Timeline((standing,)), GenerationSettings(quality="draft"))
    assert GenerationSettings().controller == "automatic"
    assert motion.metadata["settings"]["controller"] == "servo"


def test_without_a_model_a_behaviour_is_joined_from_the_library(shipped):
    asked = BehaviourPrompt(0, 20, "stand", (("move-ego-0-0", 1.0),))
    (motion,) = generate(Timeline((asked,)))
    assert motion.metadata["settings"]["controller"] == "servo"
    assert motion.metadata["choices"][0]["label"] == "move-ego-0-0, from the library"
