"""Names of a package whose modules are loaded when a name is first asked for (PEP 562)."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of ``package`` whose names live in the modules ``homes`` tells.

    ``homes`` has the module of each name, relative to the package (".stepping"). Raises
    ``ImportError`` where a module cannot be loaded.
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(homes[name], package), name)
        # MuJoCo raises this where MUJOCO_GL names a library that is not there; Python
        # would make "cannot import name" of it.
        except AttributeError as error:
            raise ImportError(f"what {name} needs cannot be loaded: {error}") from error

    return load
