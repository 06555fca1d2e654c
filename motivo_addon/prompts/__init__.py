"""The kinds of prompt a person can add, in the order in which the menu lists them."""

from .kind import FrameRange, PromptKind
from .kinds import behaviour, go_to, keyframes, motion_file, path, pose

KINDS: tuple[PromptKind, ...] = (
    keyframes.KIND,
    pose.KIND,
    motion_file.KIND,
    behaviour.KIND,
    path.KIND,
    go_to.KIND,
)

__all__ = ["KINDS", "FrameRange", "PromptKind", "kind_of"]


def kind_of(prompt) -> PromptKind:
    """The kind of a prompt in the list."""
    return next(kind for kind in KINDS if kind.identifier == prompt.kind)
