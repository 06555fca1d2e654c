"""The tolerance function that every reward is made of, over whole arrays.

The same function as ``dm_control.utils.rewards.tolerance`` (tested against it),
with bounds that may differ from sample to sample and without the temporaries.
"""

from typing import Literal

import numpy as np

Shape = Literal["gaussian", "linear", "quadratic"]


def tolerance(
    x: np.ndarray,
    lower: float | np.ndarray = 0.0,
    upper: float | np.ndarray = 0.0,
    margin: float = 0.0,
    value_at_margin: float = 0.1,
    shape: Shape = "gaussian",
) -> np.ndarray:
    """1 inside [lower, upper], falling to ``value_at_margin`` at ``margin`` outside of it.

    Same shape as ``x``, values 0..1. With no margin it is 0 outside.
    """
    outside = np.maximum(lower - x, x - upper)
    np.maximum(outside, 0, out=outside)
    if margin == 0:
        return (outside == 0).astype(outside.dtype)
    outside /= margin
    if shape == "gaussian":
        return np.exp(np.log(value_at_margin) * outside**2)
    if shape == "quadratic":
        outside *= outside
    return np.maximum(1 - (1 - value_at_margin) * outside, 0)
