"""Copies of checked data with values that its checks were not made for."""

from copy import copy
from typing import Any, TypeVar

Kept = TypeVar("Kept")


def with_values(one: Kept, **changes: Any) -> Kept:
    """A copy with other values that are not checked again: limits are for what people write."""
    result = copy(one)
    for name, value in changes.items():
        object.__setattr__(result, name, value)
    return result
