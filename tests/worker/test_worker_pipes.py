"""Pipes are read and written without waiting, and a closed one is an error, not the end."""

import os
import subprocess
import sys
import time

import pytest

from runtime.worker import pipes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the POSIX half")


@pytest.fixture
def pipe():
    reader, writer = pipes.open_pair()
    pipes.never_wait(reader, writer)
    yield reader, writer
    for descriptor in (reader, writer):
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_an_empty_pipe_gives_nothing_and_a_closed_one_its_end(pipe):
    reader, writer = pipe
    assert pipes.read(reader) is None
    assert pipes.write(writer, memoryview(b"abc")) == 3
    assert pipes.read(reader) == b"abc"
    assert pipes.read(reader) is None
    os.close(writer)
    assert pipes.read(reader) == b""


def test_a_full_pipe_takes_nothing_until_it_is_read(pipe):
    reader, writer = pipe
    data = memoryview(bytes(1 << 16))
    total = 0
    while count := pipes.write(writer, data):
        total += count
    assert total > 0
    read = 0
    while piece := pipes.read(reader):
        read += len(piece)
    assert read == total
    assert pipes.write(writer, data) > 0


def test_waiting_ends_early_when_something_can_be_done(pipe):
    reader, writer = pipe
    begun = time.monotonic()
    pipes.wait(reader, writer, 30)  # there is room
    os.write(writer, b"x")
    pipes.wait(reader, None, 30)  # there is something
    assert time.monotonic() - begun < 20


def test_waiting_ends_when_the_time_is_over(pipe):
    reader, _ = pipe
    pipes.wait(reader, None, 0.01)
    assert pipes.read(reader) is None


def test_a_closed_reader_is_an_error_even_where_the_signal_would_kill():
    script = """
import os, signal
from runtime.worker import pipes
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reader, writer = pipes.open_pair()
pipes.never_wait(reader, writer)
os.close(reader)
for _ in range(2):
    try:
        pipes.write(writer, memoryview(b"x"))
    except BrokenPipeError:
        os.write(1, b"survived ")
assert signal.SIGPIPE not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
assert not signal.sigpending()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "survived survived "), done.stderr
