"""What a take says of its sources: what was set right in them, and where it does otherwise."""

from typing import Any

from ..motion.judging.truth import disagreements, facts_of
from ..motion.motion import CONTROL_FPS, Motion
from ..planning.reference import Reference

_SHORTEST = 15
"""Frames of a recording from which its way says anything."""


def told_of(reference: Reference, take: Motion) -> dict[str, Any]:
    """``notes`` and ``warnings`` for a take's metadata, each a few words; empty ones are left out.

    Every recording is held against what is performed in its frames, by what joints alone tell.
    """
    notes: list[str] = []
    warnings: list[str] = []
    several = len(reference.followed) > 1
    for followed in reference.followed:
        label = f"{followed.name}: " if several and followed.name else ""
        notes += [label + note for note in followed.notes]
        warnings += [label + warning for warning in followed.warnings]
        stop = min(followed.start + len(followed.qpos), take.frames)
        if stop - followed.start < _SHORTEST:
            continue
        count = stop - followed.start
        asked = Motion(CONTROL_FPS, followed.qpos[:count])
        part = Motion(CONTROL_FPS, take.qpos[followed.start : stop])
        found = disagreements(facts_of(asked.positions(), CONTROL_FPS), part)
        # What the recording does itself is no fault of the performance.
        known = {_kind(text) for text in (*disagreements(None, asked), *followed.warnings)}
        warnings += [label + text for text in found if _kind(text) not in known]
    told = {"notes": notes, "warnings": list(dict.fromkeys(warnings))}
    return {key: value for key, value in told.items() if value}


def _kind(text: str) -> str:
    """Of two sentences that differ in figures alone, the same."""
    return " ".join(word for word in text.split() if not any(c.isdigit() for c in word))
