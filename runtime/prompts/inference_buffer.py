"""Published buffers of states to infer rewards from: one HDF5 file of transitions."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..motion.formats.archive import open_hdf5

_WIDTHS = {"next_qpos": 76, "next_qvel": 75, "action": 69}


def read_transitions(
    path: str | Path, samples: int | None = None, seed: int = 0
) -> dict[str, np.ndarray]:
    """``next_qpos`` (n, 76), ``next_qvel`` (n, 75) and ``action`` (n, 69) of a buffer.

    The next state stands under ``next_qpos`` or in a group ``next``. With
    ``samples``, that many are drawn without repetition, kept in their order.
    Raises ``UserError`` naming the file and what it lacks.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        sets = {name: _find(file, name, path) for name in _WIDTHS}
        for name, width in _WIDTHS.items():
            shape, kind = sets[name].shape, sets[name].dtype.kind
            if len(shape) != 2 or shape[1] != width or kind not in "fiu":
                raise UserError(
                    f"In '{path}' {name} is {sets[name].dtype} of shape {shape}; numbers of shape "
                    f"(n, {width}) are expected."
                )
        lengths = {name: len(data) for name, data in sets.items()}
        if len(set(lengths.values())) > 1:
            raise UserError(f"The arrays in '{path}' differ in length: {described(lengths)}.")
        count = lengths["action"]
        rows: slice | np.ndarray = slice(None)
        if samples is not None and samples < count:
            rows = np.sort(np.random.default_rng(seed).choice(count, samples, replace=False))
        # A whole read and a pick is far faster than h5py's own picking of scattered rows.
        arrays = {name: data[:][rows] for name, data in sets.items()}
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise UserError(f"In '{path}' {name} holds numbers that are not finite.")
    return arrays


def described(lengths: dict[str, int]) -> str:
    return ", ".join(f"{name} {length}" for name, length in lengths.items())


def _find(file: Any, name: str, path: Path) -> Any:
    import h5py

    for key in (name, name.replace("next_", "next/")):
        if isinstance(file.get(key), h5py.Dataset):
            return file[key]
    raise UserError(
        f"'{path}' lacks {name}; an inference buffer with next_qpos, next_qvel and action "
        f"is expected, found are {', '.join(sorted(file)) or 'no arrays'}."
    )
