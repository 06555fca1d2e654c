"""Which model performs: the folder of a pack from whatever a person names.

That is a pack's folder, the folder of a published checkpoint (its pack is made
once and kept), the name of an installed model, or nothing, which means the model
that ships.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..progress import Progress, silent
from ..prompts.reward_buffer import BUFFER_NAME
from .config import CONFIG_NAME
from .measures import DEFAULT_FOLDER, Measures, read_measures
from .pack import ACTOR_NAME, BACKWARD_NAME, LICENCE_NAME
from .store import (
    PACK_FILES,
    Installed,
    default_cache,
    explained_disk_errors,
    find_installed,
    list_installed,
    read_record,
)

DEFAULT = "default"
WEIGHTS_NAME = "model.safetensors"
PACKS = ".packs"
"""Folder in the store for packs of checkpoints that lie elsewhere."""
STAMP_NAME = "made-from.json"
HOW_TO_GET_ONE = (
    "get one with `python -m runtime models download metamotivo-S-1`, "
    "or use the controller 'servo' with keyframes and motions only, which need none"
)


@dataclass(frozen=True)
class ChosenModel:
    """A model pack that can be loaded, and what must be said about it."""

    name: str
    folder: Path
    licence: str
    """In short: what the record or the first line of the licence says."""
    source: str = ""
    """The repository it was downloaded from, if it was."""

    def require_reward_buffer(self) -> None:
        """Raises ``UserError`` if the model cannot be asked for behaviours."""
        if not (self.folder / BUFFER_NAME).is_file():
            raise UserError(
                f"The model '{self.name}' came without the data that behaviours are inferred "
                "from; download it again with its data, or use poses and motions only."
            )

    def provenance(self) -> dict[str, str]:
        """What every motion made with the model carries. The digest tells its networks."""
        digest = hashlib.sha256()
        for name in (ACTOR_NAME, BACKWARD_NAME):
            digest.update((self.folder / name).read_bytes())
        return {
            "name": self.name,
            "licence": self.licence,
            "source": self.source,
            "sha256": digest.hexdigest(),
        }


def choose_model(
    model: str = "", cache: Path | None = None, progress: Progress = silent
) -> ChosenModel:
    """The model of that name or in that folder; "" is the one that ships.

    A checkpoint's pack is made when it is first asked for, which takes seconds, or
    about a minute with its inference buffer. Raises ``UserError`` saying how to get
    a model if there is none.
    """
    root = cache or default_cache()
    if model in ("", DEFAULT):
        if not is_pack(DEFAULT_FOLDER):
            raise UserError(_none_chosen(root))
        return _described(DEFAULT, DEFAULT_FOLDER, DEFAULT_FOLDER)
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = _installed_folder(model, root)
    record = read_record(folder)
    name = record.name if record else folder.resolve().name
    if is_pack(folder):
        return _described(name, folder, folder)
    if not ((folder / CONFIG_NAME).is_file() and (folder / WEIGHTS_NAME).is_file()):
        raise UserError(
            f"'{folder}' is no model; give a folder with {CONFIG_NAME} and {WEIGHTS_NAME}, "
            f"or a model pack with {', '.join(PACK_FILES)}."
        )
    return _described(name, _pack_of(folder, root, progress), folder)


def measures_of(model: str = "", cache: Path | None = None) -> Measures | None:
    """What the model was measured to do beside the servo; None if it was not, or is not here.

    Neither converts nor loads it.
    """
    if model in ("", DEFAULT):
        return read_measures(DEFAULT_FOLDER)
    folder = Path(model).expanduser()
    if folder.is_dir():
        return read_measures(folder)
    installed = _installed(model, cache or default_cache())
    return None if installed is None else read_measures(installed.path)


def has_model(model: str = "") -> bool:
    """Whether a model is asked for by name (and must then be there), or one ships."""
    return model not in ("", DEFAULT) or is_pack(DEFAULT_FOLDER)


def list_models(cache: Path | None = None) -> list[dict[str, Any]]:
    """What can be chosen by name, the one that ships first.

    name, licence, size in bytes, and measures as ``measures_of`` gives them.
    """
    models: list[dict[str, Any]] = []
    if is_pack(DEFAULT_FOLDER):
        chosen = _described(DEFAULT, DEFAULT_FOLDER, DEFAULT_FOLDER)
        size = sum(file.stat().st_size for file in DEFAULT_FOLDER.iterdir() if file.is_file())
        entry = {"name": DEFAULT, "licence": chosen.licence, "size": size}
        models.append({**entry, "measures": read_measures(DEFAULT_FOLDER)})
    for installed in list_installed(cache):
        chosen = _described(installed.record.name, installed.path, installed.path)
        models.append(
            {
                "name": chosen.name,
                "licence": chosen.licence,
                "size": installed.size,
                "measures": read_measures(installed.path),
            },
        )
    return models


def is_pack(folder: Path) -> bool:
    """Whether the folder holds a model pack."""
    return all((folder / name).is_file() for name in PACK_FILES)


def _installed(name: str, root: Path) -> Installed | None:
    """A path is no name."""
    return None if set(name) & set("/\\") else find_installed(name, root)


def _installed_folder(name: str, root: Path) -> Path:
    installed = _installed(name, root)
    if installed is None:
        known = ", ".join(entry.record.name for entry in list_installed(root)) or "none"
        raise UserError(
            f"There is no model '{name}', neither a folder nor installed (installed: {known}); "
            f"{HOW_TO_GET_ONE}."
        )
    return installed.path


def _none_chosen(root: Path) -> str:
    names = [entry.record.name for entry in list_installed(root)]
    if names:
        return f"No model is chosen and none ships yet; choose one of {', '.join(names)}."
    return f"No trained model is here; {HOW_TO_GET_ONE}."


def _described(name: str, pack: Path, source: Path) -> ChosenModel:
    record = read_record(source)
    stated = record.licence if record and record.licence != "not stated" else ""
    path = pack / LICENCE_NAME
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    licence = stated or text.partition("\n")[0] or "not stated"
    origin = record.source if record else ""
    # A folder on somebody's disk is nobody else's business.
    return ChosenModel(name, pack, licence, "" if Path(origin).is_absolute() else origin)


def _pack_of(folder: Path, root: Path, progress: Progress) -> Path:
    """The pack of a checkpoint, made unless the one made before is of these very files.

    That of an installed model lies within it and goes when it is removed.
    """
    if read_record(folder) is not None:
        out = folder / "pack"
    else:
        place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        out = root / PACKS / f"{folder.resolve().name}-{place}"
    stamp = json.dumps(_state_of(folder))
    if is_pack(out) and _read(out / STAMP_NAME) == stamp:
        return out
    from .onnx_export import export_pack

    progress(0.0, f"Converting the model {folder.name}")
    with explained_disk_errors(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
        # Without its stamp a pack that is half replaced is made again.
        (out / STAMP_NAME).unlink(missing_ok=True)
        export_pack(folder, out, progress=progress)
        (out / STAMP_NAME).write_text(stamp, encoding="utf-8")
    return out


def _state_of(folder: Path) -> dict[str, list[int]]:
    """Size and time of the files that a pack is made from."""
    files = [folder / CONFIG_NAME, folder / WEIGHTS_NAME, folder / BUFFER_NAME]
    files += sorted((folder / "data").glob("*.hdf5"))
    stats = {file.name: file.stat() for file in files if file.is_file()}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
