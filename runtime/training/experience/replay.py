"""What has been lived through, kept on the device that learns from it.

Both rings are drawn from inside the update, which may be a captured CUDA graph:
sizes are tensors there, because a captured number would never grow.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from ...errors import UserError
from ..agents.fb import Batch

_CHUNK = 65_536


class Replay:
    """A ring of transitions: the newest ``capacity`` rows of each field.

    fields: width of each, such as ``{"observation": 358, "action": 69}``.
    """

    def __init__(
        self, capacity: int, fields: Mapping[str, int], device: torch.device | str = "cpu"
    ) -> None:
        if capacity < 1:
            raise UserError(f"A replay buffer of {capacity} transitions holds nothing.")
        self.capacity = capacity
        self.arrays = {
            name: torch.zeros(capacity, width, device=device) for name, width in fields.items()
        }
        self.count = 0
        """Rows ever added."""
        self._size = torch.zeros((), dtype=torch.float64, device=device)

    def __len__(self) -> int:
        return min(self.count, self.capacity)

    def add(self, rows: Mapping[str, torch.Tensor]) -> None:
        """Adds (n, width) of every field; whoever adds has seen to it that they are finite."""
        size = len(next(iter(rows.values())))
        for name, array in self.arrays.items():
            if rows[name].shape != (size, array.shape[1]):
                raise UserError(
                    f"{name} has shape {tuple(rows[name].shape)}, not {(size, array.shape[1])}."
                )
        for start in range(0, size, self.capacity):
            part = slice(start, start + self.capacity)
            first = self.count % self.capacity
            length = len(range(*part.indices(size)))
            places = torch.arange(first, first + length, device=self._size.device) % self.capacity
            for name, array in self.arrays.items():
                array[places] = rows[name][part].to(array)
            self.count += length
        self._size.fill_(len(self))

    def sample(self, size: int) -> Batch:
        """(size, width) of every field, rows drawn uniformly with replacement."""
        draw = torch.rand(size, dtype=torch.float64, device=self._size.device)
        rows = (draw * self._size).long()
        return self._rows(rows)

    def sample_newest(self, size: int, among: int) -> Batch:
        """The same of the ``among`` rows added last."""
        draw = torch.rand(size, dtype=torch.float64, device=self._size.device)
        back = (draw * min(among, len(self))).long() + 1
        return self._rows((self.count - back) % self.capacity)

    def _rows(self, rows: torch.Tensor) -> Batch:
        return {name: array[rows] for name, array in self.arrays.items()}

    def newest(self, size: int) -> Batch:
        """The last ``size`` rows of every field, oldest first; fewer if there are fewer."""
        size = min(size, len(self))
        rows = torch.arange(self.count - size, self.count, device=self._size.device)
        return {name: array[rows % self.capacity] for name, array in self.arrays.items()}

    # --- files ---

    def save(self, folder: Path) -> None:
        """One .npy for each field, written piece by piece: the whole may exceed memory."""
        folder.mkdir(parents=True)
        for name, array in self.arrays.items():
            shape = (len(self), array.shape[1])
            with (folder / f"{name}.npy").open("wb") as file:
                header = {"descr": "<f4", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                for start in range(0, len(self), _CHUNK):
                    rows = array[start : min(start + _CHUNK, len(self))]
                    file.write(rows.cpu().numpy().astype("<f4", copy=False).tobytes())

    def load(self, folder: Path, count: int) -> None:
        """What ``save`` wrote; ``count`` is how many rows had ever been added."""
        size = min(count, self.capacity)
        for name, array in self.arrays.items():
            try:
                stored = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError) as error:
                raise UserError(
                    f"The checkpoint's replay buffer has no readable {name}; "
                    "start from its weights instead.",
                    repr(error),
                ) from error
            if stored.shape != (size, array.shape[1]):
                raise UserError(
                    f"The checkpoint's replay buffer holds {stored.shape} of {name}, not "
                    f"{(size, array.shape[1])}; it belongs to another configuration."
                )
            for start in range(0, size, _CHUNK):
                part = slice(start, min(start + _CHUNK, size))
                array[part] = torch.from_numpy(np.array(stored[part])).to(array)
        self.count = count
        self._size.fill_(size)


class LatentRing:
    """The latents trained most recently, for rollouts to follow."""

    def __init__(self, capacity: int, z_dim: int, device: torch.device | str = "cpu") -> None:
        self.z = torch.zeros(capacity, z_dim, device=device)
        self.written = torch.zeros((), dtype=torch.int64, device=device)

    def add(self, z: torch.Tensor) -> None:
        """Adds (n, z); can be captured."""
        newest = z[-len(self.z) :]
        places = self.written + torch.arange(len(newest), device=self.z.device)
        self.z[places % len(self.z)] = newest
        self.written += len(newest)

    def draw(self, size: int, uniform: torch.Tensor) -> torch.Tensor:
        """(size, z) of the ring, or those of ``uniform`` (size, z) until it is full."""
        rows = torch.randint(len(self.z), (size,), device=self.z.device)
        return torch.where(self.written >= len(self.z), self.z[rows], uniform)
