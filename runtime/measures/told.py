"""What a person has to be told of a take, in sentences: what held it, where, and what was missed.

Reads a take's metadata only, and loads nothing: the panel, the command line and reports use it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Metadata = Mapping[str, Any]
FrameName = Callable[[int], int]
CARRIED_LIVE = "It ran live, carried by an invisible hand as a draft is."
SHOWN = 4
"""Stretches or keys that are named; the rest is counted."""


def sentences(metadata: Metadata, frame_at: FrameName = lambda frame: frame) -> list[str]:
    """What is to be told of the take, gravest first; nothing for one without a fault.

    ``frame_at`` gives the number that the person counts a frame of the take by.
    """
    return [
        *([CARRIED_LIVE] if was_carried_live(metadata) else []),
        *_of_the_search(metadata, frame_at),
        *([seats] if (seats := seats_sentence(metadata, frame_at)) else []),
        *([held] if (held := held_sentence(metadata, frame_at)) else []),
        *([missed] if (missed := missed_sentence(metadata, frame_at)) else []),
    ]


def _of_the_search(metadata: Metadata, frame_at: FrameName) -> list[str]:
    told = []
    if metadata.get("stopped"):
        told.append("Stopped before its end; this is the best that was found until then.")
    drafted = metadata.get("drafted") or []
    if drafted and not metadata.get("stopped"):
        told.append(
            f"No performance was found at {ranges(drafted, frame_at)}; the draft stays there."
        )
    for frame in metadata.get("pushes_left_out") or ():
        told.append(
            f"The push at frame {frame_at(frame)} was left out, for the body is held there."
        )
    for name in metadata.get("led") or ():
        told.append(
            f"Stopped before '{name}' gives way; they are led along their take."
            if metadata.get("stopped")
            else f"Nothing was found in which '{name}' gives way; they are led along their take."
        )
    return told


def is_draft(metadata: Metadata) -> bool:
    """Whether it was meant to be held."""
    drafted = (metadata.get("settings") or {}).get("quality") == "draft"
    return drafted or was_carried_live(metadata)


def was_carried_live(metadata: Metadata) -> bool:
    """Whether it ran live with a hand that held it, as it does without a trained model."""
    held = (metadata.get("measures") or {}).get("assistance_share", 0.0)
    return "live" in metadata and held > 0.0


def held_stretches(metadata: Metadata) -> list[dict[str, Any]]:
    """Where the body was held: ``first``, ``last`` (frames), ``mean``, ``max`` (share of weight)."""
    return list((metadata.get("measures") or {}).get("held") or [])


def held_sentence(metadata: Metadata, frame_at: FrameName = lambda frame: frame) -> str:
    """ "An invisible hand carries it at frames 40-52 by up to 31 % of its weight and at 70-75 by up to 4 %." or nothing."""
    held = held_stretches(metadata)
    if not held:
        return ""
    begin = (
        "As a draft it is carried by an invisible hand"
        if is_draft(metadata)
        else "An invisible hand carries it"
    )
    frames = len(metadata.get("help") or ()) or held[-1]["last"] + 1
    count = sum(stretch["last"] - stretch["first"] + 1 for stretch in held)
    if count >= frames:
        return f"{begin} in every frame, by up to {_percent(held)} of its weight."
    parts = [
        f"{span(stretch['first'], stretch['last'], frame_at)} by up to {_percent([stretch])}"
        for stretch in held[:SHOWN]
    ]
    parts[0] += " of its weight"
    text = f"{begin} at frames " + listed(parts, len(held) - SHOWN)
    if len(held) > SHOWN:
        text += f" ({100 * count / frames:.0f} % of all frames, by up to {_percent(held)})"
    return f"{text}."


def seats_sentence(metadata: Metadata, frame_at: FrameName = lambda frame: frame) -> str:
    """ "It sits on nothing at frames 67-202; put a seat there." or nothing."""
    sat = sorted(stretch for seat in metadata.get("seats") or () for stretch in seat["frames"])
    if not sat:
        return ""
    parts = [span(first, last, frame_at) for first, last in sat[:SHOWN]]
    return f"It sits on nothing at frames {listed(parts, len(sat) - SHOWN)}; put a seat there."


def missed_keys(metadata: Metadata) -> list[dict[str, Any]]:
    """Keys that were missed by more than their tolerance, the worst first."""
    missed = [key for key in metadata.get("keys") or () if key["off_cm"] > key["tolerance_cm"]]
    return sorted(missed, key=lambda key: -key["off_cm"])


def missed_sentence(metadata: Metadata, frame_at: FrameName = lambda frame: frame) -> str:
    """ "The key at frame 33 was missed by 8.1 cm (left hand by 15.2)." or nothing."""
    missed = missed_keys(metadata)
    if not missed:
        return ""
    parts = [
        f"{frame_at(key['frame'])} by {key['off_cm']:.1f} cm ({key['worst']} by {key['worst_cm']:.1f})"
        for key in missed[:SHOWN]
    ]
    if len(missed) == 1:
        return f"The key at frame {parts[0].replace(' by', ' is missed by', 1)}."
    return f"Keys are missed: at frame {listed(parts, len(missed) - SHOWN)}."


def ranges(stretches: Sequence[Sequence[int]], frame_at: FrameName) -> str:
    """ "frames 40-52 and 70-75"."""
    parts = [span(first, last, frame_at) for first, last in stretches[:SHOWN]]
    return "frames " + listed(parts, len(stretches) - SHOWN)


def span(first: int, last: int, frame_at: FrameName) -> str:
    """ "40-52", or "40" for a single frame."""
    begin, end = frame_at(first), frame_at(last)
    return f"{begin}" if begin == end else f"{begin}-{end}"


def listed(parts: Sequence[str], more: int = 0) -> str:
    """ "a, b and c"; "a, b and 3 more"."""
    named = [*parts, f"{more} more"] if more > 0 else list(parts)
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _percent(held: Sequence[Mapping[str, Any]]) -> str:
    return f"{100 * max(stretch['max'] for stretch in held):.0f} %"
