"""The arithmetic of the transfer without Blender: the package's modules, its ``__init__`` not run."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _namespace(name: str, folder: Path) -> None:
    if name not in sys.modules:
        spec = ModuleSpec(name, loader=None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = importlib.util.module_from_spec(spec)


_namespace("motivo_plain", ROOT)
_namespace("motivo_plain.motivo_addon", ROOT / "motivo_addon")
