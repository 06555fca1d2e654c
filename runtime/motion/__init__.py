"""Motions of the body, motions of other skeletons, and the way from these to those."""

from typing import TYPE_CHECKING, Any

from .contacts import lowest_points, reference_contacts
from .motion import CONTACT_BODIES, Motion
from .skeleton import SkeletonClip

if TYPE_CHECKING:
    from .clip import read_clip
    from .files import load_motion, save_motion
    from .fit import FitReport, FitResult, fit_to_body

__all__ = [
    "CONTACT_BODIES",
    "FitReport",
    "FitResult",
    "Motion",
    "SkeletonClip",
    "fit_to_body",
    "load_motion",
    "lowest_points",
    "read_clip",
    "reference_contacts",
    "save_motion",
]

_HOMES = {
    "FitReport": "fit",
    "FitResult": "fit",
    "fit_to_body": "fit",
    "load_motion": "files",
    "read_clip": "clip",
    "save_motion": "files",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
