"""The Windows half of the pipes, against a stand-in for the few calls of its kernel.

The stand-in behaves as documented: a write that does not wait goes in whole or
not at all, a look into a closed pipe fails with 109, a write into one with 232.
"""

import ctypes
import importlib.util
import os
import select
import struct
import subprocess
import sys
import types
from pathlib import Path

import pytest

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

PIPES = Path(__file__).parents[2] / "runtime" / "worker" / "pipes.py"
CAPACITY = 10_000


class Kernel:
    """kernel32, with file descriptors for handles."""

    def __init__(self):
        self.error = 0
        self.reader_of = {}
        self.waits = {}
        for name in ("CreatePipe", "PeekNamedPipe", "SetNamedPipeHandleState", "WriteFile"):
            # A plain function: a bound method takes no argtypes.
            method = getattr(self, f"_{name}")
            setattr(self, name, lambda *arguments, call=method: call(*arguments))

    def _CreatePipe(self, reader, writer, security, size):
        assert security is None and size >= 1 << 16
        ends = os.pipe()
        reader._obj.value, writer._obj.value = ends
        self.reader_of[ends[1]] = ends[0]
        self.waits[ends[1]] = True
        return 1

    def _PeekNamedPipe(self, handle, buffer, size, read, count, left):
        count._obj.value = waiting(handle)
        if not count._obj.value and closed(handle):
            self.error = 109
            return 0
        return 1

    def _SetNamedPipeHandleState(self, handle, mode, collection, timeout):
        assert mode._obj.value == 1
        self.waits[handle] = False
        return 1

    def _WriteFile(self, handle, data, size, written, overlapped):
        assert not self.waits[handle], "a write that might wait"
        written._obj.value = 0
        try:
            if size <= CAPACITY - waiting(self.reader_of[handle]):
                written._obj.value = os.write(handle, data[:size])
        except OSError:
            self.error = 232
            return 0
        return 1


def waiting(reader):
    return struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"\0" * 4))[0]


def closed(reader):
    poll = select.poll()
    poll.register(reader, 0)
    return bool(poll.poll(0))


@pytest.fixture
def pipes(monkeypatch):
    kernel = Kernel()
    crt = types.ModuleType("msvcrt")
    crt.get_osfhandle = lambda descriptor: descriptor
    crt.open_osfhandle = lambda handle, flags: handle
    monkeypatch.setitem(sys.modules, "msvcrt", crt)
    monkeypatch.setattr(ctypes, "WinDLL", lambda name, use_last_error: kernel, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: kernel.error, raising=False)
    monkeypatch.setattr(ctypes, "WinError", OSError, raising=False)
    monkeypatch.setattr(os, "O_BINARY", 0x8000, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x8000000, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    spec = importlib.util.spec_from_file_location("windows_pipes", PIPES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.undo()
    for name, value in (("WinError", OSError), ("get_last_error", lambda: kernel.error)):
        monkeypatch.setattr(ctypes, name, value, raising=False)
    monkeypatch.setattr(os, "O_BINARY", 0, raising=False)
    return module


def test_an_empty_pipe_gives_nothing_and_a_closed_one_its_end(pipes):
    reader, writer = pipes.open_pair()
    pipes.never_wait(reader, writer)
    assert pipes.read(reader) is None
    assert pipes.write(writer, memoryview(b"abc")) == 3
    assert pipes.read(reader) == b"abc"
    os.close(writer)
    assert pipes.read(reader) == b""
    os.close(reader)


def test_what_does_not_fit_goes_in_by_pieces(pipes):
    reader, writer = pipes.open_pair()
    pipes.never_wait(reader, writer)
    data = bytes(range(256)) * 400
    rest, received, full = memoryview(data), b"", 0
    while len(received) < len(data):
        count = pipes.write(writer, rest) if rest else 0
        rest = rest[count:]
        if not count:
            full += 1
            received += pipes.read(reader)
    assert received == data and full > 5
    os.close(reader)
    os.close(writer)


def test_a_write_that_nobody_reads_is_a_broken_pipe(pipes):
    reader, writer = pipes.open_pair()
    pipes.never_wait(reader, writer)
    os.close(reader)
    # The stand-in can no longer look into the pipe and fails as the kernel would.
    with pytest.raises(BrokenPipeError):
        pipes.write(writer, memoryview(b"abc"))
    os.close(writer)


def test_waiting_ends_when_there_is_something_or_the_time_is_over(pipes):
    reader, writer = pipes.open_pair()
    pipes.never_wait(reader, writer)
    pipes.wait(reader, None, 0.01)
    pipes.wait(reader, writer, 30)
    pipes.write(writer, memoryview(b"x"))
    pipes.wait(reader, None, 30)
    os.close(writer)
    assert pipes.read(reader) == b"x"
    pipes.wait(reader, None, 30)  # the end is something too
    os.close(reader)
