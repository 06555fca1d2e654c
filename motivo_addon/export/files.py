"""Where files may be written, and writing them whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...runtime.errors import UserError

_ROOM = 1 << 20
"""Bytes under which a disk is full, whatever the writer of the file makes of it."""


def checked_path(path: str | Path, suffix: str) -> Path:
    """The absolute path, if a file of that kind can be made there."""
    path = Path(bpy.path.abspath(str(path))).absolute()
    if path.suffix.lower() != suffix:
        kind = suffix.removeprefix(".").upper()
        raise UserError(f"'{path.name}' is no name for an {kind} file. Let it end in {suffix}.")
    checked_folder(path.parent)
    if path.is_dir():
        raise UserError(f"'{path}' is a folder. Choose another name.")
    return path


def checked_folder(folder: str | Path) -> Path:
    """The absolute folder, if files can be written there."""
    if not str(folder).strip():
        raise UserError("No folder is chosen. Choose one to export to.")
    text = str(folder)
    if text.startswith("//") and not bpy.data.filepath:
        raise UserError(
            "The folder lies beside the .blend file, which is not saved. Save it first."
        )
    folder = Path(bpy.path.abspath(text)).absolute()
    if folder.is_file():
        raise UserError(f"'{folder}' is a file. Choose a folder.")
    if not folder.is_dir():
        raise UserError(f"There is no folder '{folder}'. Choose another or make it first.")
    if not os.access(folder, os.W_OK):
        raise UserError(f"Files cannot be written to '{folder}'. Choose another folder.")
    return folder


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place if the block ends well and is gone if not."""
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    except (OSError, RuntimeError, UserError) as error:
        if shutil.disk_usage(path.parent).free < _ROOM:
            raise UserError(
                f"'{path}' could not be written: the disk is full. Make room or choose another folder.",
                repr(error),
            ) from error
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"'{path}' could not be written. Choose another place or close the program that uses it.",
            repr(error),
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
