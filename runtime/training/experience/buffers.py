"""Buffers of experience. NumPy without a device, torch tensors with one."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...errors import UserError
from ...motion.motion_buffer import MotionBuffer
from ...numerics.sampling import checked_lengths, checked_priorities
from .storage import (
    Array,
    flattened,
    make_backend,
    nested,
)

__all__ = ["DictBuffer", "MotionBuffer", "TrajectoryBuffer"]


class DictBuffer:
    """A ring of up to ``capacity`` transitions, given and taken as (nested) dicts of arrays.

    The first ``extend`` fixes keys, shapes and types. Without ``device`` it needs
    no torch and returns NumPy arrays; with one, tensors there.
    """

    def __init__(self, capacity: int, device: Any = None, seed: int | None = None) -> None:
        if capacity < 1:
            raise UserError(f"A buffer needs a capacity of at least 1, not {capacity}.")
        self.capacity = capacity
        self._backend = make_backend(device, seed)
        self._storage: dict[str, Array] = {}
        self._next = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def empty(self) -> bool:
        return self._size == 0

    def extend(self, data: Mapping[str, Any]) -> None:
        """Appends rows; the oldest give way once the buffer is full."""
        rows = {key: self._backend.array(value) for key, value in flattened(data).items()}
        count = checked_lengths(rows, "the data")
        if not self._storage:
            self._storage = {
                key: self._backend.zeros(self.capacity, like) for key, like in rows.items()
            }
        self._check(rows)
        kept = min(count, self.capacity)
        # Only the last rows of more than fit, and those around the end in two pieces.
        start = (self._next + count - kept) % self.capacity
        first = min(kept, self.capacity - start)
        for key, values in rows.items():
            values = values[count - kept :]
            self._storage[key][start : start + first] = values[:first]
            self._storage[key][: kept - first] = values[first:]
        self._next = (self._next + count) % self.capacity
        self._size = min(self._size + count, self.capacity)

    def sample(self, batch_size: int) -> dict[str, Any]:
        """Rows drawn uniformly with repetition: arrays (batch_size, ...)."""
        if self.empty():
            raise UserError("The buffer is empty; extend it before sampling.")
        rows = self._backend.integers(self._size, batch_size)
        return nested({key: values[rows] for key, values in self._storage.items()})

    def get_full_buffer(self) -> dict[str, Any]:
        """All rows, oldest first."""
        if self._size < self.capacity or self._next == 0:
            parts = {key: values[: self._size] for key, values in self._storage.items()}
        else:
            parts = {
                key: self._backend.concatenate([values[self._next :], values[: self._next]])
                for key, values in self._storage.items()
            }
        return nested(parts)

    def _check(self, rows: dict[str, Array]) -> None:
        if rows.keys() != self._storage.keys():
            raise UserError(
                f"The buffer holds {', '.join(self._storage)}, "
                f"but {', '.join(rows)} were given; the same keys are expected."
            )
        for key, values in rows.items():
            expected = tuple(self._storage[key].shape[1:])
            if tuple(values.shape[1:]) != expected:
                raise UserError(
                    f"Rows of {key} have shape {tuple(values.shape[1:])}, "
                    f"but the buffer holds {expected}."
                )
            fractional = self._backend.is_fractional
            if fractional(values) and not fractional(self._storage[key]):
                raise UserError(
                    f"The first rows of {key} were {self._storage[key].dtype}, so the fractions "
                    "of these would be lost; give floats from the start."
                )


class TrajectoryBuffer:
    """Up to ``capacity`` episodes, sampled as slices of consecutive transitions.

    A transition holds ``output_key_t`` of a step and, under ``next``,
    ``output_key_tp1`` of the step after it. Episodes are drawn by priority
    (1 unless told), the start of a slice uniformly.
    """

    def __init__(
        self,
        capacity: int,
        device: Any = None,
        seq_length: int = 1,
        output_key_t: Iterable[str] = ("observation",),
        output_key_tp1: Iterable[str] = ("observation",),
        seed: int | None = None,
    ) -> None:
        if capacity < 1 or seq_length < 1:
            raise UserError("A trajectory buffer needs a capacity and a seq_length of at least 1.")
        self.capacity = capacity
        self.seq_length = seq_length
        self.output_key_t = tuple(output_key_t)
        self.output_key_tp1 = tuple(output_key_tp1)
        self._backend = make_backend(device, seed)
        self._episodes: deque[dict[str, Array]] = deque(maxlen=capacity)
        self._priorities = np.ones(0)
        self._pack()

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self._episodes)

    def empty(self) -> bool:
        return not self._episodes

    @property
    def priorities(self) -> np.ndarray:
        """(episodes,), oldest first."""
        return self._priorities.copy()

    def extend(self, episodes: Iterable[Mapping[str, Any]]) -> None:
        """Appends episodes, dicts of (T, ...) arrays; the oldest give way."""
        priorities = list(self._priorities)
        needed = {*self.output_key_t, *self.output_key_tp1}
        # All are looked at before any is kept, so that a refused call changes nothing.
        accepted: list[dict[str, Array]] = []
        for number, episode in enumerate(episodes):
            arrays = {key: self._backend.array(v) for key, v in flattened(episode).items()}
            missing = sorted(needed - arrays.keys())
            if missing:
                raise UserError(f"Episode {number} lacks {', '.join(missing)}.")
            length = checked_lengths(arrays, f"episode {number}")
            if length < self.seq_length + 1:
                raise UserError(
                    f"Episode {number} has {length} steps; slices of {self.seq_length} "
                    f"transitions need at least {self.seq_length + 1}."
                )
            accepted.append({key: arrays[key] for key in needed})
        self._episodes.extend(accepted)
        priorities += [1.0] * len(accepted)
        self._priorities = np.array(priorities[len(priorities) - len(self._episodes) :])
        self._pack()

    def update_priorities(self, priorities: Array, episodes: Array | None = None) -> None:
        """Sets the priorities of all episodes, or of those numbered, oldest is 0."""
        rows = np.arange(len(self)) if episodes is None else np.asarray(episodes)
        if len(rows) and (rows.min() < 0 or rows.max() >= len(self)):
            raise UserError(f"Episodes are numbered 0 to {len(self) - 1}.")
        updated = self._priorities.copy()
        updated[rows] = checked_priorities(priorities, len(rows))
        if not updated.sum() > 0:
            raise UserError("At least one episode needs a priority above 0.")
        self._priorities = updated

    def sample(self, batch_size: int) -> dict[str, Any]:
        """``batch_size`` transitions, a multiple of ``seq_length``: slice after slice.

        Arrays (batch_size, ...); the steps of a slice stand in a row.
        """
        if self.empty():
            raise UserError("The buffer is empty; extend it before sampling.")
        slices, rest = divmod(batch_size, self.seq_length)
        if rest or slices < 1:
            raise UserError(
                f"A batch of {batch_size} cannot be cut into slices of {self.seq_length}; "
                "choose a multiple."
            )
        chosen = self._backend.choice(self._priorities, slices)
        offset = self._backend.integers(self._room[chosen], slices)
        first = self._starts[chosen] + offset
        rows = (first[:, None] + self._backend.arange(self.seq_length)).reshape(-1)
        batch = {key: self._steps[key][rows] for key in self.output_key_t}
        batch |= {f"next/{key}": self._steps[key][rows + 1] for key in self.output_key_tp1}
        return nested(batch)

    def _pack(self) -> None:
        """Lays all episodes end to end, so that a batch is one gather a key."""
        keys = self._episodes[0].keys() if self._episodes else ()
        lengths = np.array([checked_lengths(e, "an episode") for e in self._episodes], dtype=int)
        self._steps = {
            key: self._backend.concatenate([episode[key] for episode in self._episodes])
            for key in keys
        }
        self._starts = self._backend.array(np.cumsum(lengths) - lengths)
        self._room = self._backend.array(lengths - self.seq_length)
