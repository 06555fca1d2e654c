"""The source tree as a package, without installing it.

Inside Blender the extension is one package with ``motivo_addon`` and
``runtime`` in it, whose modules import each other relatively. This makes the
repository root such a package under the name ``motivo_source``:

    from source_package import load_source_package
    load_source_package()
    from motivo_source.motivo_addon.rig import armature

The root's own ``__init__.py`` is not run: nothing registers.
"""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

NAME = "motivo_source"
ROOT = Path(__file__).resolve().parents[1]


def load_source_package() -> None:
    """Makes ``import motivo_source...`` work in this process. Calling it again does no harm."""
    if NAME not in sys.modules:
        spec = ModuleSpec(NAME, loader=None, is_package=True)
        spec.submodule_search_locations = [str(ROOT)]
        sys.modules[NAME] = importlib.util.module_from_spec(spec)
