"""The motions that ship and a person's own: read, described, joined, searched.

``load_library()`` reads the one file in which they are kept; nothing heavy is
loaded before a name that needs it is used.
"""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .build import BuildReport, build_library
    from .library import Library, Stretch, load_library

__all__ = ["BuildReport", "Library", "Stretch", "build_library", "load_library"]

__getattr__ = lazy_names(
    __name__,
    {
        "BuildReport": ".build",
        "Library": ".library",
        "Stretch": ".library",
        "build_library": ".build",
        "load_library": ".library",
    },
)
