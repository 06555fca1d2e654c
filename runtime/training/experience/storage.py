"""Arrays of a buffer, as NumPy or as torch on a device, behind the few calls buffers need."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from ...numerics.sampling import draw

Array = Any
"""``numpy.ndarray`` or ``torch.Tensor``, by the buffer's device."""


class Backend(Protocol):
    def array(self, values: Array) -> Array:
        """As an array of this backend, copied only if needed."""

    def zeros(self, rows: int, like: Array) -> Array:
        """(rows, ...) with the row shape and type of ``like``."""

    def is_fractional(self, values: Array) -> bool:
        """Whether they are of a type with fractions."""

    def integers(self, high: Array, count: int) -> Array:
        """(count,) uniform integers below ``high``, a number or one for each (count,)."""

    def choice(self, weights: np.ndarray, count: int) -> Array:
        """(count,) indices drawn by weight, with repetition."""

    def concatenate(self, arrays: list[Array]) -> Array: ...

    def arange(self, count: int) -> Array: ...


class NumpyBackend:
    def __init__(self, seed: int | None = None) -> None:
        self.rng = np.random.default_rng(seed)

    def array(self, values: Array) -> np.ndarray:
        return np.asarray(values)

    def zeros(self, rows: int, like: np.ndarray) -> np.ndarray:
        return np.zeros((rows, *like.shape[1:]), like.dtype)

    def is_fractional(self, values: np.ndarray) -> bool:
        return values.dtype.kind == "f"

    def integers(self, high: Array, count: int) -> np.ndarray:
        return self.rng.integers(high, size=count)

    def choice(self, weights: np.ndarray, count: int) -> np.ndarray:
        return draw(weights, count, self.rng)

    def concatenate(self, arrays: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(arrays)

    def arange(self, count: int) -> np.ndarray:
        return np.arange(count)


class TorchBackend:
    def __init__(self, device: Any, seed: int | None = None) -> None:
        import torch

        self.torch = torch
        self.device = torch.device(device)
        self.generator = torch.Generator(self.device)
        if seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(seed)

    def array(self, values: Array) -> Array:
        return self.torch.as_tensor(values, device=self.device)

    def zeros(self, rows: int, like: Array) -> Array:
        return self.torch.zeros((rows, *like.shape[1:]), dtype=like.dtype, device=self.device)

    def is_fractional(self, values: Array) -> bool:
        return bool(values.dtype.is_floating_point)

    def integers(self, high: Array, count: int) -> Array:
        # Sizes are far below 2^53, so a double's fraction picks every integer.
        part = self.torch.rand(
            count, generator=self.generator, device=self.device, dtype=self.torch.float64
        )
        return (part * high).long()

    def choice(self, weights: np.ndarray, count: int) -> Array:
        return self.torch.multinomial(
            self.array(weights), count, replacement=True, generator=self.generator
        )

    def concatenate(self, arrays: list[Array]) -> Array:
        return self.torch.cat(arrays)

    def arange(self, count: int) -> Array:
        return self.torch.arange(count, device=self.device)


def make_backend(device: Any, seed: int | None) -> Backend:
    """NumPy without a device, torch with one (``"cpu"``, ``"cuda"``)."""
    return NumpyBackend(seed) if device is None else TorchBackend(device, seed)


def flattened(data: Mapping[str, Any], prefix: str = "", joint: str = "/") -> dict[str, Any]:
    """Nested dicts as one level, keys joined by ``joint``."""
    result: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            result |= flattened(value, f"{prefix}{key}{joint}", joint)
        else:
            result[prefix + key] = value
    return result


def nested(data: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of ``flattened``."""
    result: dict[str, Any] = {}
    for key, value in data.items():
        *groups, name = key.split("/")
        place = result
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value
    return result
