"""Archives of arrays: ``.npz``, read without ever unpickling, and HDF5."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import UserError


def read_arrays(path: Path) -> dict[str, np.ndarray | None]:
    """All arrays of an ``.npz``; None stands for a pickled object, which is never opened.

    Raises:
        UserError: naming the file when it is no archive or is broken.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise UserError(
                f"'{path.name}' holds a single array, not a motion; choose another file."
            )
        arrays: dict[str, np.ndarray | None] = {}
        with loaded as archive:
            for key in archive.files:
                try:
                    arrays[key] = archive[key]
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
                    arrays[key] = None
        return arrays
    except UserError:
        raise
    except Exception as error:
        # Damage inside an archive comes out of NumPy as anything from zlib.error to TokenError.
        raise UserError(
            f"'{path.name}' cannot be read as an .npz file, it is broken or something else; "
            "copy or export it again.",
            repr(error),
        ) from error


def pickled(key: str, name: str) -> UserError:
    """The error for a value that would have to be unpickled."""
    return UserError(
        f"'{key}' in '{name}' is a pickled object, which is never opened; "
        "save it again as plain numbers."
    )


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """An open ``h5py.File`` for reading; ``UserError`` if it, or what is read of it, is damaged."""
    import h5py

    if not path.is_file():
        raise UserError(f"There is no file '{path}'.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError) as error:  # h5py raises both for damage further inside
        raise UserError(f"'{path}' is damaged or not an HDF5 file.", repr(error)) from error
