"""Where strips lie, what lies under the mouse, and what dragging does. No bpy: plain numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

HEIGHT = 20.0
GAP = 3.0
BOTTOM = 24.0
"""Pixels at a resolution scale of 1, from the lower edge of the region: over its scroll bar."""
EDGE = 7.0
"""Pixels from an end within which the end itself is taken hold of."""

Part = Literal["start", "end", "whole"]


@dataclass(frozen=True)
class Span:
    """A prompt on the timeline, in frames of the scene, both ends included."""

    start: int
    end: int


@dataclass(frozen=True)
class Strip:
    """Where a prompt is drawn, in pixels of the region."""

    index: int
    left: float
    right: float
    bottom: float
    top: float


def lanes(spans: Sequence[Span]) -> list[int]:
    """The lane of each span: the lowest in which it overlaps none before it."""
    ends: list[int] = []
    result = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: (spans[i].start, spans[i].end)):
        span = spans[index]
        lane = next((n for n, end in enumerate(ends) if end < span.start), len(ends))
        if lane == len(ends):
            ends.append(span.end)
        ends[lane] = span.end
        result[index] = lane
    return result


def overlaps(spans: Sequence[Span]) -> list[Span]:
    """The frames over which a span passes into the one that starts next, where they overlap."""
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    return [
        Span(after.start, min(before.end, after.end))
        for before, after in pairwise(ordered)
        if after.start <= before.end
    ]


def strips(spans: Sequence[Span], origin: float, per_frame: float, scale: float) -> list[Strip]:
    """Each span's strip; frame 0 lies at ``origin`` and a frame is ``per_frame`` pixels wide."""
    result = []
    for index, (span, lane) in enumerate(zip(spans, lanes(spans), strict=True)):
        bottom = scale * (BOTTOM + lane * (HEIGHT + GAP))
        left, right = origin + span.start * per_frame, origin + span.end * per_frame
        result.append(Strip(index, left, max(right, left + 2), bottom, bottom + scale * HEIGHT))
    return result


def under(drawn: Sequence[Strip], x: float, y: float, scale: float) -> tuple[int, Part] | None:
    """The strip under the mouse and the part of it; the ends reach a little outwards too."""
    edge = EDGE * scale
    for strip in reversed(drawn):
        if not strip.bottom <= y <= strip.top:
            continue
        if not strip.left - edge <= x <= strip.right + edge:
            continue
        # Of a short strip the middle third still moves it.
        inner = min(edge, (strip.right - strip.left) / 3)
        if x <= strip.left + inner:
            return strip.index, "start"
        if x >= strip.right - inner:
            return strip.index, "end"
        return strip.index, "whole"
    return None


def dragged(span: Span, part: Part, frames: int, others: Sequence[Span], snap: int = 0) -> Span:
    """``span`` after its part was dragged by ``frames``; never shorter than two frames.

    Within ``snap`` frames an end that moves meets its neighbour: starts right after it
    ends, or ends right before it starts.
    """
    start, end = span.start, span.end
    if part in ("start", "whole"):
        start += frames
    if part in ("end", "whole"):
        end += frames
    for other in others:
        by = 0
        if part != "end" and abs(start - (other.end + 1)) <= snap:
            by = other.end + 1 - start
        elif part != "start" and abs(end - (other.start - 1)) <= snap:
            by = other.start - 1 - end
        if by:
            start += by if part != "end" else 0
            end += by if part != "start" else 0
            break
    if part == "start":
        start = min(start, end - 1)
    elif part == "end":
        end = max(end, start + 1)
    return Span(start, end)
