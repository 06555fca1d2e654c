"""Our tolerance is dm_control's."""

import numpy as np
import pytest
from dm_control.utils import rewards

from runtime.prompts.rewards.tolerance import tolerance


@pytest.mark.parametrize("shape", ["gaussian", "linear", "quadratic"])
@pytest.mark.parametrize("bounds", [(0.0, 0.0), (-0.3, 0.4), (0.9, np.inf), (-np.inf, 0.2)])
@pytest.mark.parametrize("margin", [0.0, 0.1, 0.5, 3.0])
def test_tolerance_agrees_with_dm_control(shape, bounds, margin):
    ends = [bound for bound in bounds if np.isfinite(bound)]
    x = np.concatenate([np.linspace(-4, 4, 801), ends])
    value = 0.1 if shape == "gaussian" else 0.01
    np.testing.assert_allclose(
        tolerance(x, *bounds, margin, value, shape),
        rewards.tolerance(x, bounds, margin, shape, value),
        atol=1e-12,
    )


@pytest.mark.parametrize("shape", ["linear", "quadratic"])
def test_value_at_margin_may_be_zero(shape):
    x = np.linspace(-3, 3, 301)
    np.testing.assert_allclose(
        tolerance(x, 0, 1, 1.0, 0.0, shape),
        rewards.tolerance(x, (0, 1), 1.0, shape, 0.0),
        atol=1e-12,
    )


def test_bounds_may_differ_from_sample_to_sample():
    x, low = np.linspace(-1, 1, 21), np.linspace(1, -1, 21)
    pairs = zip(x, low, strict=True)
    expected = [rewards.tolerance(a, (b, b + 0.1), 0.5, "linear", 0.0) for a, b in pairs]
    np.testing.assert_allclose(tolerance(x, low, low + 0.1, 0.5, 0.0, "linear"), expected)
