"""Folders that are whole or not there: what is being written never replaces what is good."""

import shutil
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError

from ...errors import UserError


def replace_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Writes a folder anew with ``write``, which is given an empty one.

    Raises ``UserError`` if it cannot be written, by a full disk for one; what stood
    there before then still does.
    """
    part, old = _part(folder), _old(folder)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write(part)
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
    # A full disk in the middle of a tensor file is an error of safetensors' own.
    except (OSError, SafetensorError) as error:
        shutil.rmtree(part, ignore_errors=True)
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"'{folder}' could not be written ({reason}); what was saved "
            "before is still there. Make room or choose another folder.",
            repr(error),
        ) from error
    shutil.rmtree(old, ignore_errors=True)


def whole_folder(folder: Path) -> Path:
    """The folder, or the one before it if writing was cut off between the two."""
    if not folder.is_dir() and _old(folder).is_dir():
        return _old(folder)
    return folder


def _part(folder: Path) -> Path:
    return folder.with_name(folder.name + ".part")


def _old(folder: Path) -> Path:
    return folder.with_name(folder.name + ".old")
