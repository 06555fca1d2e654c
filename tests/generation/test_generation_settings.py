"""Settings of a generation are checked before anything runs, and travel as plain data."""

import json

import pytest

from runtime.errors import UserError
from runtime.generation import GenerationSettings


def test_settings_travel_as_json_and_come_back_equal():
    settings = GenerationSettings(assistance=0.4, strength=1.5, seed=7, takes=3)
    assert GenerationSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_what_is_left_out_keeps_its_default():
    assert GenerationSettings.from_dict({"seed": 3}) == GenerationSettings(seed=3)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"controller": "puppet"}, "automatic, servo, policy"),
        ({"assistance": 1.2}, "between 0 and 1"),
        ({"assistance": float("nan")}, "between 0 and 1"),
        ({"assistance": "much"}, "between 0 and 1"),
        ({"strength": 0}, "between 0.05 and 5"),
        ({"seed": -1}, "whole number"),
        ({"seed": 1.5}, "whole number"),
        ({"takes": 0}, "between 1 and"),
        ({"takes": True}, "between 1 and"),
        ({"speed": 1}, "no setting 'speed'"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(wrong, says):
    with pytest.raises(UserError, match=says):
        GenerationSettings.from_dict(wrong)
