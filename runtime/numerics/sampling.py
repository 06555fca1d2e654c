"""Rows of arrays drawn by weight, and the checks of what is drawn from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import UserError


def draw(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) indices drawn by weights (n,), with repetition."""
    cumulated = np.cumsum(weights)
    return np.searchsorted(cumulated, rng.random(count) * cumulated[-1], side="right").clip(
        max=len(weights) - 1
    )


def checked_priorities(priorities: ArrayLike, count: int) -> np.ndarray:
    """(count,) float64, or ``UserError`` if they are not weights to draw by."""
    values = np.asarray(priorities, dtype=np.float64).reshape(-1)
    if len(values) != count:
        raise UserError(f"{len(values)} priorities for {count} motions; one each is expected.")
    if not np.isfinite(values).all() or (values < 0).any():
        raise UserError("Priorities must be finite numbers of at least 0.")
    return values


def checked_lengths(data: Mapping[str, Any], what: str) -> int:
    """The number of rows that all arrays have; ``UserError`` if they differ or there are none."""
    if not data:
        raise UserError(f"{what} holds no arrays.")
    for key, value in data.items():
        if not np.shape(value):
            raise UserError(f"{key} of {what} is a single number; an array of rows is expected.")
    lengths = {key: len(value) for key, value in data.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise UserError(f"The arrays of {what} differ in length: {listed}.")
    return next(iter(lengths.values()))
