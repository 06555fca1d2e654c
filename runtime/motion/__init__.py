"""Motions of the body, motions of other skeletons, and the way from these to those."""

from typing import TYPE_CHECKING

from ..body.support_points import lowest_points
from ..lazy import lazy_names
from .contacts import reference_contacts
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

__getattr__ = lazy_names(
    __name__,
    {
        "FitReport": ".fit",
        "FitResult": ".fit",
        "fit_to_body": ".fit",
        "load_motion": ".files",
        "read_clip": ".clip",
        "save_motion": ".files",
    },
)
