"""What the shown take says of a prompt that was planned, for the panel."""

import bpy

from ...client import session
from ...prompts.plain_names import in_plain_words


def told_of(body: bpy.types.Object, prompt) -> list[str]:
    """What a path, a place or a behaviour was made of in the shown take, a sentence each."""
    takes = session().takes.get(body.session_uid)
    if takes is None:
        return []
    told = []
    for choice in takes.motion["metadata"].get("choices", ()):
        if choice.get("prompt") == prompt.name and "choice" not in choice:
            note, label = choice.get("note"), in_plain_words(choice["label"])
            told.append(f"{label}; {note}" if note else label)
    return told
