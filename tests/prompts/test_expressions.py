"""Reward expressions compute what they say, and say where they cannot be read."""

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts import parse_reward
from runtime.prompts.rewards.quantities import QUANTITIES


def value(text, features):
    return parse_reward(text).of(features)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("8 / 4 / 2", 1),
        ("7 - 2 - 1", 4),
        ("-2 * -3 - -1", 7),
        ("--2", 2),
        ("1.5e1 + .5", 15.5),
        ("min(3, 1, 2) + max(3, 1, 2)", 4),
        ("abs(1 - 3)", 2),
        ("2 < 3", 1),
        ("(3 <= 2) + (2 >= 2) + (1 > 2)", 1),
        ("near(1.25, 1, 0.5)", 0.5),
        ("above(0.9, 1, 0.2)", 0.5),
        ("above(0.9, 1)", 0),
        ("below(1.1, 1, 0.2)", 0.5),
        ("between(3, 1, 2, 4)", 0.75),
        ("between(1.5, 1, 2)", 1),
    ],
)
def test_arithmetic(text, result, features):
    np.testing.assert_allclose(value(text, features), result)


def test_rewards_and_quantities_stand_in_one_expression(features):
    both = "0.5 * move-ego--90-2 + 0.5 * above(left_hand_height, 1.8, 0.2) - jump-2*speed"
    expected = (
        0.5 * value("move-ego--90-2", features)
        + 0.5 * np.clip(1 - (1.8 - features.height_of("L_Hand")) / 0.2, 0, 1)
        - value("jump-2", features) * np.hypot(*features.velocity[:2])
    )
    np.testing.assert_allclose(value(both, features), expected)


def test_a_minus_between_names_needs_no_spaces_unless_one_is_a_reward(features):
    np.testing.assert_allclose(
        value("head_height-pelvis_height-1", features),
        features.height_of("Head") - features.height_of("Pelvis") - 1,
    )
    with pytest.raises(UserError, match=r"no reward 'split-0\.5-1'"):
        parse_reward("split-0.5-1")
    np.testing.assert_allclose(value("split-0.5 - 1", features), value("split-0.5", features) - 1)


@pytest.mark.parametrize(
    ("name", "velocity", "expected"),
    [
        ("speed", (0.6, -0.8, 3), 1.0),
        ("forward_speed", (1.5, 0, 0), 1.5),
        ("forward_speed", (0, 1.5, 0), 0.0),
        ("left_speed", (0, 1.5, 0), 1.5),
        ("vertical_speed", (1, 1, -2), -2.0),
    ],
)
def test_speeds_of_a_body_that_faces_x(body, name, velocity, expected):
    qpos, qvel = np.zeros((1, 76)), np.zeros((1, 75))
    qpos[:, 2:7] = [0.94, 0.5, 0.5, 0.5, 0.5]
    qvel[0, :3] = velocity
    result = parse_reward(name)(body, qpos, qvel, np.zeros((1, 69)))
    np.testing.assert_allclose(result, expected, atol=1e-9)


def test_yaw_rate_is_the_turning_about_the_vertical(body):
    qpos, qvel = np.zeros((1, 76)), np.zeros((1, 75))
    qpos[:, 2:7] = [0.94, 0.5, 0.5, 0.5, 0.5]
    qvel[0, 3:6] = [0.3, 2.0, -0.4]  # in the pelvis' own frame, whose y is up
    result = parse_reward("yaw_rate")(body, qpos, qvel, np.zeros((1, 69)))
    np.testing.assert_allclose(result, 2.0)


def test_every_quantity_is_a_finite_number_for_every_state(features):
    for name in QUANTITIES:
        result = value(name, features)
        assert result.shape == (280,) and np.isfinite(result).all(), name
    for name in ("head_height", "pelvis_height", "left_hand_height", "right_ankle_height"):
        assert name in QUANTITIES


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", 1, "a number, a name"),
        ("2 +", 4, "a number, a name"),
        ("(speed", 7, r"'\)' is expected"),
        ("speed 2", 7, "an operator or the end"),
        ("speed ** 2", 8, "a number, a name"),
        ("1 < 2 < 3", 7, "an operator or the end"),
        ("speed $ 2", 7, "no meaning"),
        ("near speed", 6, r"'\(' is expected"),
        ("near(speed, 2)", 1, "too few arguments"),
        ("above(speed, 1, 0.1, 4)", 22, "too many arguments"),
        ("near(speed, 2, -1)", 16, "margin must be a number"),
        ("near(speed, 2, speed)", 16, "margin must be a number"),
        ("1 + jump-2-3", 5, "there is no reward 'jump-2-3'"),
        ("__import__('os')", 1, "not known"),
        ("speed.real", 6, "no meaning"),
    ],
)
def test_an_error_of_syntax_names_its_place(text, place, what):
    with pytest.raises(UserError, match=rf"character {place} .*{what}") as error:
        parse_reward(text)
    assert error.value.details.startswith(f"{text}\n{' ' * (place - 1)}^")


def test_an_unknown_name_suggests_one_and_lists_all_in_the_details():
    with pytest.raises(UserError) as error:
        parse_reward("2 * head_hieght")
    message, details = str(error.value), error.value.details
    assert message.endswith("'head_hieght' is not known; did you mean 'head_height'?")
    assert all(name in details for name in QUANTITIES)
    assert "near(x, target, margin)" in details and "jump-<height>" in details


def test_what_is_like_nothing_gets_an_example(features):
    with pytest.raises(UserError, match=r"write a reward such as 'move-ego-0-2'\.$"):
        parse_reward("xyzzy")
    parse_reward("move-ego-0-2").of(features)


@pytest.mark.parametrize("text", ["moonwalk", "move-ego-0", "crawl-1-2-x", "head_hieght", "jump"])
def test_what_is_said_of_a_mistake_fits_into_a_sidebar(text):
    with pytest.raises(UserError) as error:
        parse_reward(text)
    assert len(str(error.value)) < 200


def test_a_division_by_zero_is_named(features):
    with pytest.raises(UserError, match=r"'1 / zero' has no value for 280 of 280 states"):
        value("1 / zero", features)


def test_texts_that_could_exhaust_the_reader_are_refused():
    for text in ("(" * 500, "1+" * 600 + "1", "-" * 2000 + "1", "abs(" * 200):
        with pytest.raises(UserError):
            parse_reward(text)


def test_the_longest_sum_still_computes(features):
    np.testing.assert_allclose(value("+".join(["1"] * 500), features), 500)
