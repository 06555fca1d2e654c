"""Least squares over a clip, against the same problem written out as one dense system."""

import numpy as np
import pytest

from runtime.numerics.clip_least_squares import ClipLeastSquares


class Dense:
    """Rows and values of one big system."""

    def __init__(self, frames: int, width: int) -> None:
        self.shape = frames, width
        self.rows, self.values = [], []

    def add(self, parts: dict[int, np.ndarray], value: float, weight: float) -> None:
        row = np.zeros(self.shape)
        for frame, part in parts.items():
            row[frame] += part
        self.rows.append(row.ravel() * np.sqrt(weight))
        self.values.append(value * np.sqrt(weight))

    def solve(self) -> np.ndarray:
        return np.linalg.lstsq(np.array(self.rows), np.array(self.values), rcond=None)[0].reshape(
            self.shape
        )


@pytest.mark.parametrize("frames", [1, 2, 3, 9])
def test_the_banded_solution_is_that_of_the_dense_system(frames):
    random = np.random.default_rng(frames)
    width = 4
    system, dense = ClipLeastSquares(frames, width), Dense(frames, width)
    rows = random.normal(size=(frames, width + 1, width))
    value = random.normal(size=(frames, width + 1))
    weight = random.uniform(0.1, 2, (frames, width + 1))
    system.add(rows, value, weight)
    for t in range(frames):
        for k in range(width + 1):
            dense.add({t: rows[t, k]}, value[t, k], weight[t, k])
    rows = random.normal(size=(frames, 2, width))
    value = random.normal(size=(frames - 1, 2))
    weight = random.uniform(0.1, 2, frames - 1)
    system.add_velocity(rows, value, weight)
    for t in range(frames - 1):
        for k in range(2):
            dense.add({t: -rows[t, k], t + 1: rows[t + 1, k]}, value[t, k], weight[t])
    bend = random.uniform(0.1, 2, width)
    system.add_acceleration(bend)
    for t in range(frames - 2):
        for k in range(width):
            unit = np.eye(width)[k]
            dense.add({t: unit, t + 1: -2 * unit, t + 2: unit}, 0.0, bend[k])
    assert np.allclose(system.solve(), dense.solve(), atol=1e-9)


def test_a_copy_takes_terms_of_its_own():
    system = ClipLeastSquares(5, 2)
    system.add(np.tile(np.eye(2), (5, 1, 1)), np.ones((5, 2)), np.ones((5, 2)))
    before = system.solve()
    other = system.copy()
    other.add(np.tile(np.eye(2), (5, 1, 1)), np.zeros((5, 2)), np.ones((5, 2)))
    assert np.allclose(before, 1) and np.allclose(other.solve(), 0.5)
    assert np.array_equal(system.solve(), before)
