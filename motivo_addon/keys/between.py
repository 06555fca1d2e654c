"""What leads from key to key: what the last take took from the library, and what is asked for."""

from dataclasses import dataclass

import bpy

from ..client import session
from ..scene import CONTROL_FPS, scene_fps

EASE_ONLY = -1


@dataclass(frozen=True)
class Gap:
    """Between two keys, in frames of the scene."""

    start: int
    end: int
    label: str
    choice: int
    offered: tuple[str, ...]
    held_cm: float | None = None
    """By how much the worst key of some bones in it is missed."""
    note: str = ""
    """What else is to be known of it."""


def gaps_of(context: bpy.types.Context, body: bpy.types.Object, prompt) -> list[Gap]:
    """What the shown take has between the keys of a prompt; nothing before there is a take."""
    takes = session().takes.get(body.session_uid)
    if takes is None:
        return []
    step = scene_fps(context.scene) / CONTROL_FPS
    gaps = []
    for choice in takes.motion["metadata"].get("choices", ()):
        if choice.get("prompt") != prompt.name or "choice" not in choice:
            continue
        first, last = (takes.start_frame + round(choice[name] * step) for name in ("first", "last"))
        missed = [held["missed_cm"] for held in choice.get("held", ())]
        gaps.append(
            Gap(
                first,
                last,
                choice["label"],
                int(choice["choice"]),
                tuple(choice["offered"]),
                max(missed, default=None),
                choice.get("note", ""),
            )
        )
    return gaps


def chosen_way(prompt, start: int) -> int | None:
    """What a person chose for the gap that begins at a frame of the scene; None for nothing."""
    found = [row.choice for row in prompt.keyframes.ways if row.start == start]
    return found[0] if found else None


def choose_way(prompt, start: int, choice: int) -> None:
    for row in prompt.keyframes.ways:
        if row.start == start:
            row.choice = choice
            return
    row = prompt.keyframes.ways.add()
    row.start, row.choice = start, choice
