"""Configurations can be named, changed by name, and are what was published."""

import pytest

from runtime.errors import UserError
from runtime.policy.architecture import fbcpr_networks, tensor_shapes
from runtime.training.presets import PUBLISHED, SHORT, TINY, with_settings


def test_the_published_preset_is_the_published_recipe():
    agent = PUBLISHED.agent
    assert (agent.learning_rate_f, agent.learning_rate_b) == (1e-4, 1e-5)
    assert (agent.expert_ratio, agent.goal_ratio, agent.relabel_ratio) == (0.6, 0.2, 0.8)
    assert (PUBLISHED.rollouts.envs, PUBLISHED.updates_per_step) == (50, 0.1)
    shapes = tensor_shapes(fbcpr_networks(agent.model), agent.model)
    sizes = {
        name: sum(_numbers(shape) for key, shape in shapes.items() if key.startswith(name))
        for name in ("_actor", "_")
    }
    assert sizes["_actor"] == pytest.approx(4.2e6, rel=0.02)
    assert sizes["_"] == pytest.approx(24.5e6, rel=0.02)


def test_the_short_presets_weights_fit_into_twenty_megabytes():
    model = SHORT.agent.model
    shapes = tensor_shapes(fbcpr_networks(model), model)
    assert 2 * sum(_numbers(shape) for shape in shapes.values()) < 20e6


def _numbers(shape):
    result = 1
    for size in shape:
        result *= size
    return result


def test_single_settings_are_changed_by_name():
    config = with_settings(
        TINY, ["agent.learning_rate_f=3e-4", "rollouts.envs=8", "capture=false", "seed=3"]
    )
    assert config.agent.learning_rate_f == 3e-4
    assert (config.rollouts.envs, config.capture, config.seed) == (8, False, 3)
    assert TINY.rollouts.envs == 4


@pytest.mark.parametrize(
    "setting", ["nothing=1", "seed", "agent=1", "seed=much", "seed.more=1", "capture=perhaps"]
)
def test_settings_that_make_no_sense_are_refused(setting):
    with pytest.raises(UserError):
        with_settings(TINY, [setting])
