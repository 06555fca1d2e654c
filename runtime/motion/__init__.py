"""Motions of the body, motions of other skeletons, and the way from these to those."""

from .motion import CONTACT_BODIES, Motion
from .skeleton import SkeletonClip

__all__ = ["CONTACT_BODIES", "Motion", "SkeletonClip"]
