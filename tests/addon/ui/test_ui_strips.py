"""Prompts as strips: where they lie, what is taken hold of, what dragging does."""

import importlib

import pytest


@pytest.fixture
def layout(addon):
    return importlib.import_module(f"{addon.__name__}.strips.layout")


def spans(layout, *ends):
    return [layout.Span(*pair) for pair in ends]


def test_strips_that_overlap_lie_in_lanes_of_their_own(layout):
    assert layout.lanes(spans(layout, (1, 10), (11, 20), (15, 30), (21, 25))) == [0, 0, 1, 0]
    assert layout.lanes([]) == []


def test_blends_are_the_frames_of_both(layout):
    found = layout.overlaps(spans(layout, (20, 40), (1, 25), (41, 50)))
    assert found == spans(layout, (20, 25))


def test_the_ends_and_the_middle_are_taken_hold_of(layout):
    drawn = layout.strips(spans(layout, (10, 60), (70, 72)), 100.0, 2.0, 1.0)
    y = (drawn[0].bottom + drawn[0].top) / 2
    assert [layout.under(drawn, x, y, 1.0) for x in (119, 123, 170, 218, 223, 231)] == [
        (0, "start"),
        (0, "start"),
        (0, "whole"),
        (0, "end"),
        (0, "end"),
        None,
    ]
    assert layout.under(drawn, 242, y, 1.0) == (1, "whole")
    assert layout.under(drawn, 170, y + 100, 1.0) is None


@pytest.mark.parametrize(
    ("part", "frames", "result"),
    [
        ("whole", 5, (15, 25)),
        ("start", 5, (15, 20)),
        ("start", 50, (19, 20)),
        ("end", -50, (10, 11)),
        ("end", 7, (10, 27)),
    ],
)
def test_dragging_moves_and_trims(layout, part, frames, result):
    span = layout.dragged(layout.Span(10, 20), part, frames, [])
    assert (span.start, span.end) == result


def test_near_a_neighbour_strips_meet(layout):
    (other,) = spans(layout, (40, 60))
    assert layout.dragged(layout.Span(10, 20), "whole", 17, [other], 3) == layout.Span(29, 39)
    assert layout.dragged(layout.Span(10, 20), "end", 17, [other], 3) == layout.Span(10, 39)
    assert layout.dragged(layout.Span(70, 80), "start", -8, [other], 3) == layout.Span(61, 80)
    assert layout.dragged(layout.Span(10, 20), "whole", 17, [other], 0) == layout.Span(27, 37)
