"""Fields of prompts: how they are read from plain data, and how lengths among them are scaled."""

from typing import Any

import numpy as np

from ..errors import UserError

DIGITS = 9
"""Of metres and centimetres that come back: what was written is so again as it was."""


def times(value: float | None, factor: float) -> float | None:
    """A length or a speed times ``factor``, to ``DIGITS``; None, where none is asked for, stays."""
    return None if value is None else round(value * factor, DIGITS)


def point_times(point: Any, factor: float) -> tuple[Any, ...]:
    """Metres, however many."""
    return tuple(times(value, factor) for value in point)


def origin_times(origin: tuple[float, ...], factor: float) -> tuple[Any, ...]:
    """x, y and an angle, or nothing."""
    return (*point_times(origin[:2], factor), *origin[2:])


def frame_number(value: Any, key: str, kind: str) -> int:
    """A whole number of frames, as JSON or an array gives it. Raises ``UserError`` for anything else."""
    whole = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not whole or not np.isfinite(value) or value != int(value):
        raise UserError(
            f"The '{key}' of a prompt of kind '{kind}' must be a whole number of frames, "
            f"not {str(value)[:40]!r}."
        )
    return int(value)


def hold(tolerance: Any, weight: Any) -> tuple[float | None, float]:
    """Tolerance of a key in cm, None for the usual one, and its weight, as numbers."""
    return None if tolerance is None else float(tolerance), float(weight)


def with_hold(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a prompt with what ``hold`` makes of its tolerance and weight."""
    tolerance, weight = hold(fields.get("tolerance_cm"), fields.get("weight", 1.0))
    return {**fields, "tolerance_cm": tolerance, "weight": weight}


def with_numbers(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a prompt with its speed (m/s) and facing (degrees) as floats, where it has them."""
    given = {key: fields[key] for key in ("speed", "facing") if fields.get(key) is not None}
    return {**fields, **{key: float(value) for key, value in given.items()}}
