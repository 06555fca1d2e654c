"""The clip's banded system is solved as a dense one is, whatever its length."""

import numpy as np
import pytest

from runtime.numerics.block_banded import solve_banded


@pytest.mark.parametrize(
    ("count", "reach"), [(1, 2), (2, 2), (40, 2), (36, 36), (54, 36), (325, 9)]
)
def test_a_banded_system_is_solved_as_a_dense_one(count, reach):
    random = np.random.default_rng(count)
    band = random.normal(size=(reach + 1, count))
    band[reach] += 4 * reach
    dense = np.zeros((count, count))
    for i in range(count):
        for j in range(i, min(count, i + reach + 1)):
            dense[i, j] = dense[j, i] = band[reach + i - j, j]
    for right in (random.normal(size=count), random.normal(size=(count, 3))):
        assert np.allclose(solve_banded(band, right), np.linalg.solve(dense, right), atol=1e-12)
