"""What the library did, and where it could not do what was asked, is told in sentences."""

import numpy as np

from runtime.measures.choices import choice_sentences
from runtime.planning.behaviours.planner import BehaviourPlan
from runtime.planning.between import needs_steps, too_fast
from runtime.planning.graph.stretches import eased
from runtime.planning.paths import standing


def test_each_choice_is_a_sentence_with_what_is_to_be_known_of_it():
    choices = [
        {"first": 0, "last": 60, "label": "walk, from the library", "offered": ["a", "b", "c"]},
        {"first": 60, "last": 70, "label": "eased", "offered": [], "note": "too fast"},
    ]
    told = choice_sentences({"choices": choices}, lambda frame: frame + 1)
    assert told == [
        "Frames 1-61: walk, from the library (2 other ways).",
        "Frames 61-71: eased; too fast.",
    ]
    assert choice_sentences({}) == []


def test_ten_metres_in_ten_frames_stay_as_keyed_and_the_time_they_need_is_told():
    start = standing(np.zeros(2), 0.0)
    far = eased(start, standing(np.array([10.0, 0.0]), 0.0), 10)
    assert not needs_steps(far)
    assert too_fast(far).startswith("10.0 m in 0.3 s is faster than anyone runs")
    assert "at least 1.4 s" in too_fast(far)
    assert too_fast(eased(start, standing(np.array([2.0, 0.0]), 0.0), 60)) == ""
    assert too_fast(eased(start, standing(np.array([0.3, 0.0]), 0.0), 1)) == "", "a step in a clip"


def test_a_behaviour_that_nobody_can_do_says_how_near_it_comes():
    frames = np.zeros((3, 76))
    assert "2 % of the reward" in BehaviourPlan(frames, "x", (), 0.04, most=2.0).note
    assert BehaviourPlan(frames, "x", (), 1.5, most=2.0).note == ""
