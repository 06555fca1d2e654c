"""What a take was made of, in sentences: what leads from key to key, along a path, to a place.

Reads a take's metadata only, and loads nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .told import span

Metadata = Mapping[str, Any]


def choice_sentences(
    metadata: Metadata, frame_at: Callable[[int], int] = lambda frame: frame
) -> list[str]:
    """ "Frames 0-60: walk, from the library." and what is to be known of it, in order of frames.

    ``frame_at`` gives the number that the person counts a frame of the take by.
    """
    told = []
    for choice in metadata.get("choices") or ():
        frames = span(choice["first"], choice["last"], frame_at)
        sentence = f"Frames {frames}: {choice['label']}"
        if others := len(choice.get("offered") or ()) - 1:
            sentence += f" ({others} other ways)" if others > 0 else ""
        if note := choice.get("note"):
            sentence += f"; {note}"
        told.append(f"{sentence}.")
    return told
