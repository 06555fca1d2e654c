"""The kinds of prompt a person can add, in the order in which the menu lists them."""

from . import keyframes, motion_file
from .kind import FrameRange, PromptKind

KINDS: tuple[PromptKind, ...] = (keyframes.KIND, motion_file.KIND)

__all__ = ["KINDS", "FrameRange", "PromptKind", "kind_of"]


def kind_of(prompt) -> PromptKind:
    """The kind of a prompt in the list."""
    return next(kind for kind in KINDS if kind.identifier == prompt.kind)
