"""The least and the most that rewards pay."""

from math import inf

import numpy as np
import pytest

from runtime.motion.poses import POSES, posed
from runtime.prompts import parse_reward
from runtime.prompts.rewards.bounds import bounds
from runtime.prompts.rewards.parsing import mix_rewards
from runtime.prompts.rewards.slopes import features_at_rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("move-ego-0-2", (0, 1)),
        ("near(left_hand_height, 1.2, 0.5)", (0, 1)),
        ("near(left_hand_height, 1.2, 1) + near(right_hand_height, 1.2, 1)", (0, 2)),
        ("0.02 * near(left_hand_height, 1.2, 0.5)", (0, 0.02)),
        ("1 - near(left_hand_height, 1.2, 0.5)", (0, 1)),
        ("left_hand_height * 5", (-inf, inf)),
        ("0 * left_hand_height", (0, 0)),
        ("min(left_hand_height, 1) + (pelvis_height > 0.5)", (-inf, 2)),
        ("max(near(left_hand_height, 1, 1), 0.5)", (0.5, 1)),
        ("abs(near(left_hand_height, 1, 1) - 2)", (1, 2)),
        ("1 / left_hand_height", (-inf, inf)),
    ],
)
def test_bounds_are_those_of_the_terms(text, found):
    assert bounds(parse_reward(text)) == pytest.approx(found)


def test_mixes_pay_their_weights():
    mixed = mix_rewards([("move-ego-0-2", 2.0), ("raisearms-h-h", 1.0), ("sitonground", -0.5)])
    assert bounds(mixed) == pytest.approx((-0.5, 3.0))


def test_what_is_paid_lies_within():
    qpos = np.stack([posed(one) for one in POSES.values()])
    features = features_at_rest(qpos, np.zeros((len(qpos), 75)))
    for text in ("near(left_hand_height, 1.2, 1) * 3 - 1", "raisearms-h-h", "crouch-0"):
        reward = parse_reward(text)
        low, high = bounds(reward)
        paid = reward.of(features)
        assert low - 1e-9 <= paid.min() and paid.max() <= high + 1e-9
