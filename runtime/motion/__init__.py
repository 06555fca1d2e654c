"""Motions of the body, motions of other skeletons, and the way from these to those."""

from typing import TYPE_CHECKING

from ..body.support_points import lowest_points
from ..lazy import lazy_names
from .contacts import reference_contacts
from .motion import CONTACT_BODIES, Motion
from .sources.skeleton import SkeletonClip

if TYPE_CHECKING:
    from .files import load_motion, save_motion
    from .fitting.fit import FitReport, FitResult, fit_to_body
    from .formats.clip import read_clip

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

__getattr__ = lazy_names(
    __name__,
    {
        "FitReport": ".fitting.fit",
        "FitResult": ".fitting.fit",
        "fit_to_body": ".fitting.fit",
        "load_motion": ".files",
        "read_clip": ".formats.clip",
        "save_motion": ".files",
    },
)
