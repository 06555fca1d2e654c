"""How the process that computes is started: which Python, from which folders, with what settings."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..runtime.errors import UserError
from .preferences import ROOT_PACKAGE, preferences

if TYPE_CHECKING:
    from ..runtime.worker.client import WorkerClient


def worker_python() -> str:
    """The Python to run the worker with: the preference's, else Blender's own."""
    chosen = preferences().python_path
    if chosen:
        return bpy.path.abspath(chosen)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [Path(sys.executable)] if sys.executable else []
    for prefix in (Path(sys.prefix), Path(sys.base_prefix)):
        names = (version, "python3", "python", "python.exe")
        candidates += [prefix / "bin" / name for name in names] + [prefix / "python.exe"]
    for candidate in candidates:
        # An embedding program may name itself here.
        if candidate.is_file() and candidate.name.lower().startswith("python"):
            return str(candidate)
    raise UserError("Blender's Python was not found; name it in the preferences of Motivo.")


def search_paths() -> Sequence[Path]:
    """Where the worker finds the bundled wheels and Blender's NumPy, in this order."""
    paths = []
    # Finding a spec loads nothing: the physics never enters Blender's own process.
    for package in ("mujoco", "numpy"):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            paths.append(Path(spec.origin).parents[1])
    return list(dict.fromkeys(paths))


def log_file() -> Path:
    """Where the worker's libraries print to."""
    return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path="log", create=True)) / "worker.log"


def connect() -> "WorkerClient":
    """A worker that is not started yet."""
    from ..runtime.worker.client import WorkerClient

    own = preferences()
    environment = {"MOTIVO_LOG_LEVEL": own.log_level}
    for name, number in (("MOTIVO_CORES", own.cores), ("MOTIVO_MEMORY_GB", own.memory)):
        if number:
            environment[name] = str(number)
    for name, folder in (
        ("MOTIVO_LIBRARY", own.library_folder),
        ("MOTIVO_MODELS", own.model_folder),
    ):
        if folder:
            environment[name] = bpy.path.abspath(folder)
    return WorkerClient(worker_python(), search_paths(), log_file(), environment=environment)
