"""Freed memory goes back to the system where the C library keeps it."""

import sys
from pathlib import Path

import pytest

from runtime.memory import _trim, release_freed_memory

BLOCK, BLOCKS, KEPT_EVERY = 100_000, 2000, 100
"""Blocks that the heap holds, small enough not to be mapped one by one; some stay between the freed ones."""


def _resident() -> int:
    """Bytes."""
    (line,) = (
        one
        for one in Path("/proc/self/status").read_text("utf-8").splitlines()
        if one.startswith("VmRSS")
    )
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux" or _trim() is None, reason="of glibc alone")
def test_what_was_freed_between_what_is_kept_is_given_back():
    blocks = [b"\1" * BLOCK for _ in range(BLOCKS)]
    kept = blocks[::KEPT_EVERY]
    del blocks
    before = _resident()
    release_freed_memory()
    assert before - _resident() > BLOCK * BLOCKS / 2
    assert all(len(one) == BLOCK for one in kept)


def test_where_nothing_can_be_told_nothing_happens(monkeypatch):
    _trim.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    release_freed_memory()
    assert _trim() is None
    _trim.cache_clear()
