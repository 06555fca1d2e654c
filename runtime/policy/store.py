"""The folder in which models lie: what is installed, from where, under which licence.

A model appears in it only whole: it is put together in ``.incoming`` and then
renamed into place, so that whatever stops a download leaves nothing to load.
"""

import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import UserError
from .config import CONFIG_NAME, ModelConfig
from .measures import SCORES_NAME

CACHE_VARIABLE = "MOTIVO_MODELS"
RECORD_NAME = "motivo-model.json"
INCOMING = ".incoming"
PACK_FILES = ("actor.onnx", "backward.onnx", CONFIG_NAME)

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Record:
    """Where an installed model came from; ``motivo-model.json`` beside its files."""

    name: str
    source: str
    """A repository of the hub, or the folder it was imported from."""
    licence: str
    revision: str = ""
    files: dict[str, str] = field(default_factory=dict)
    """sha256 of each file."""


@dataclass(frozen=True)
class Installed:
    """A model that can be loaded from ``path``."""

    record: Record
    path: Path
    size: int
    """Bytes on disk."""


def default_cache() -> Path:
    """The folder for models: ``MOTIVO_MODELS``, or the system's place for caches."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "motivo" / "models"


def check_name(name: str) -> str:
    """``name`` if it can be the name of a folder, else ``UserError``."""
    if not _NAME.fullmatch(name):
        raise UserError(
            f"'{name}' cannot be a model's name; use letters, digits, dots, - and _ only."
        )
    return name


def read_record(folder: Path) -> Record | None:
    """What is known of the model in ``folder``; None if it did not come through the store."""
    try:
        fields = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        return Record(**fields)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        _log.warning("%s has no readable record and is not used: %r", folder, error)
        return None


def write_record(folder: Path, record: Record) -> None:
    """Writes the record, whole or not at all."""
    part = folder / f"{RECORD_NAME}.part"
    part.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    part.replace(folder / RECORD_NAME)


def find_installed(name: str, cache: Path | None = None) -> Installed | None:
    """The installed model of that name, if there is one."""
    folder = (cache or default_cache()) / check_name(name)
    record = read_record(folder)
    if record is None:
        return None
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Installed(record, folder, size)


def list_installed(cache: Path | None = None) -> list[Installed]:
    """All installed models, by name."""
    root = cache or default_cache()
    if not root.is_dir():
        return []
    names = [entry.name for entry in sorted(root.iterdir()) if _NAME.fullmatch(entry.name)]
    return [model for name in names if (model := find_installed(name, root)) is not None]


def incoming_folder(name: str, cache: Path) -> Path:
    """Where a model is put together; it stays after a stopped download, to go on from."""
    return cache / INCOMING / check_name(name)


def remove_model(name: str, cache: Path | None = None) -> int:
    """Removes an installed model and any begun download of it; returns the bytes set free."""
    root = cache or default_cache()
    folders = [root / check_name(name), incoming_folder(name, root)]
    present = [folder for folder in folders if folder.is_dir()]
    if not present:
        known = ", ".join(model.record.name for model in list_installed(root)) or "none"
        raise UserError(f"No model '{name}' is installed in {root}; installed: {known}.")
    freed = 0
    for folder in present:
        freed += sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        # Without its record it is no model any more, however far the removal gets.
        (folder / RECORD_NAME).unlink(missing_ok=True)
        shutil.rmtree(folder)
    return freed


def import_model(
    source: str | Path, name: str | None = None, cache: Path | None = None, licence: str = ""
) -> Installed:
    """Copies a checkpoint or model pack into the store after checking that it is whole."""
    root = cache or default_cache()
    source = Path(source)
    if not source.is_dir():
        raise UserError(f"'{source}' is not a folder; give the folder that holds config.json.")
    name = check_name(name or source.resolve().name)
    if find_installed(name, root) is not None:
        raise UserError(
            f"A model '{name}' is installed already; remove it first or give another name."
        )
    known = read_record(source)
    files = _check_model(source)
    record = Record(
        name,
        known.source if known else str(source.resolve()),
        licence or (known.licence if known else "not stated"),
        known.revision if known else "",
        known.files if known else {},
    )
    incoming = incoming_folder(name, root)
    shutil.rmtree(incoming, ignore_errors=True)
    check_space(root, sum(file.stat().st_size for file in files))
    with explained_disk_errors(root):
        for file in files:
            target = incoming / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        write_record(incoming, record)
        incoming.rename(root / name)
    installed = find_installed(name, root)
    assert installed is not None
    return installed


def check_space(folder: Path, needed: int) -> None:
    """Raises ``UserError`` if the disk of ``folder`` has not ``needed`` bytes left."""
    with explained_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"The model needs {megabytes(needed)} but {folder} has {megabytes(free)} left; "
            f"make room or choose another folder (--cache or {CACHE_VARIABLE})."
        )


@contextmanager
def explained_disk_errors(folder: Path) -> Iterator[None]:
    """Turns what can go wrong with a disk into a ``UserError``."""
    try:
        yield
    except UserError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"The model cannot be written into {folder} ({reason}); make room there or "
            f"choose another folder (--cache or {CACHE_VARIABLE}).",
            repr(error),
        ) from error


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


def _check_model(source: Path) -> list[Path]:
    """The files of a whole model in ``source``; ``UserError`` if it is none."""
    from .checkpoint import WEIGHTS_NAME, read_any_checkpoint

    if all((source / name).is_file() for name in PACK_FILES):
        ModelConfig.load(source)
        wanted = [
            *PACK_FILES,
            "reward_buffer.npz",
            SCORES_NAME,
            *(p.name for p in source.glob("*.onnx")),
        ]
    else:
        ModelConfig.load(source)
        read_any_checkpoint(source)
        wanted = [CONFIG_NAME, WEIGHTS_NAME, "reward_buffer.npz"]
    texts = [p.name for p in source.iterdir() if p.stem.upper() in ("LICENSE", "README")]
    files = [source / name for name in dict.fromkeys([*wanted, *texts])]
    return [file for file in files if file.is_file()] + sorted(source.glob("data/*.hdf5"))
