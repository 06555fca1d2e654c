"""Pipes that never make the caller wait, on POSIX and on Windows.

The only module that knows how the systems differ. Blender's main thread reads
and writes the worker's pipes from a timer, and no thread may help it.
"""

import logging
import os
import sys
import time

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
"""Most that one call reads or writes, and the room a pipe is asked to have."""

if sys.platform == "win32":
    import ctypes
    import msvcrt
    import subprocess
    from ctypes import wintypes

    CREATION_FLAGS = subprocess.CREATE_NO_WINDOW
    _ERROR_BROKEN_PIPE = 109
    _ERROR_NO_DATA = 232  # what a write into a closed pipe without waiting says
    _PIPE_NOWAIT = 1
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreatePipe.argtypes = [
        ctypes.POINTER(wintypes.HANDLE),
        ctypes.POINTER(wintypes.HANDLE),
        wintypes.LPVOID,
        wintypes.DWORD,
    ]
    _kernel32.CreatePipe.restype = wintypes.BOOL
    _kernel32.PeekNamedPipe.argtypes = [
        wintypes.HANDLE,
        wintypes.LPVOID,
        wintypes.DWORD,
        ctypes.POINTER(wintypes.DWORD),
        ctypes.POINTER(wintypes.DWORD),
        ctypes.POINTER(wintypes.DWORD),
    ]
    _kernel32.PeekNamedPipe.restype = wintypes.BOOL
    _kernel32.SetNamedPipeHandleState.argtypes = [
        wintypes.HANDLE,
        ctypes.POINTER(wintypes.DWORD),
        ctypes.POINTER(wintypes.DWORD),
        ctypes.POINTER(wintypes.DWORD),
    ]
    _kernel32.SetNamedPipeHandleState.restype = wintypes.BOOL
    _kernel32.WriteFile.argtypes = [
        wintypes.HANDLE,
        ctypes.c_char_p,
        wintypes.DWORD,
        ctypes.POINTER(wintypes.DWORD),
        wintypes.LPVOID,
    ]
    _kernel32.WriteFile.restype = wintypes.BOOL

    def open_pair() -> tuple[int, int]:
        """The reading and the writing end of a new pipe; no child inherits them by chance."""
        reader, writer = wintypes.HANDLE(), wintypes.HANDLE()
        # Room for 4 KB, the default of ``subprocess``, would make a large message crawl.
        if not _kernel32.CreatePipe(ctypes.byref(reader), ctypes.byref(writer), None, CHUNK_BYTES):
            raise ctypes.WinError(ctypes.get_last_error())
        return (
            msvcrt.open_osfhandle(reader.value or 0, os.O_RDONLY | os.O_BINARY),
            msvcrt.open_osfhandle(writer.value or 0, os.O_BINARY),
        )

    def never_wait(reader: int, writer: int) -> None:
        """Makes ``writer`` return at once when full. Readers are asked before they are read."""
        del reader
        mode = wintypes.DWORD(_PIPE_NOWAIT)
        handle = msvcrt.get_osfhandle(writer)
        if not _kernel32.SetNamedPipeHandleState(handle, ctypes.byref(mode), None, None):
            raise ctypes.WinError(ctypes.get_last_error())

    def _available(reader: int) -> int | None:
        """Bytes that wait in the pipe, None once it is closed."""
        count = wintypes.DWORD()
        handle = msvcrt.get_osfhandle(reader)
        if _kernel32.PeekNamedPipe(handle, None, 0, None, ctypes.byref(count), None):
            return count.value
        error = ctypes.get_last_error()
        if error == _ERROR_BROKEN_PIPE:
            return None
        raise ctypes.WinError(error)

    def read(reader: int) -> bytes | None:
        """What has come, None if nothing has, b"" at the end."""
        count = _available(reader)
        if count is None:
            return b""
        return os.read(reader, min(count, CHUNK_BYTES)) if count else None

    def write(writer: int, data: memoryview) -> int:
        """How many bytes went in, 0 if the pipe is full. BrokenPipeError if nobody reads."""
        size = min(len(data), CHUNK_BYTES // 4)
        handle = msvcrt.get_osfhandle(writer)
        written = wintypes.DWORD()
        while size:
            piece = bytes(data[:size])
            if not _kernel32.WriteFile(handle, piece, size, ctypes.byref(written), None):
                error = ctypes.get_last_error()
                if error in (_ERROR_BROKEN_PIPE, _ERROR_NO_DATA):
                    raise BrokenPipeError(f"the pipe is closed (error {error})")
                raise ctypes.WinError(error)
            if written.value:
                return written.value
            # A pipe that does not wait takes a write whole or not at all.
            size //= 2
        return 0

    def wait(reader: int, writer: int | None, seconds: float) -> None:
        """Until ``reader`` has something or ``writer`` may have room, at most ``seconds``."""
        end = time.monotonic() + seconds
        while _available(reader) == 0 and time.monotonic() < end:
            time.sleep(0.001)
            if writer is not None:
                return  # whether there is room only a write tells

else:
    import fcntl
    import select
    import signal

    CREATION_FLAGS = 0

    def open_pair() -> tuple[int, int]:
        """The reading and the writing end of a new pipe; no child inherits them by chance."""
        reader, writer = os.pipe()
        if sys.platform == "linux":
            try:
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, CHUNK_BYTES)
            except OSError as error:  # beyond the user's share of pipe memory: only slower
                logger.info("A pipe keeps its usual size: %s", error)
        return reader, writer

    def never_wait(reader: int, writer: int) -> None:
        """Makes both ends return at once when empty or full."""
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)

    def read(reader: int) -> bytes | None:
        """What has come, None if nothing has, b"" at the end."""
        try:
            return os.read(reader, CHUNK_BYTES)
        except BlockingIOError:
            return None

    def write(writer: int, data: memoryview) -> int:
        """How many bytes went in, 0 if the pipe is full. BrokenPipeError if nobody reads."""
        # An embedding program may leave SIGPIPE deadly, as Python on its own does not.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        try:
            return os.write(writer, data[:CHUNK_BYTES])
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            if signal.SIGPIPE in signal.sigpending():
                signal.sigwait({signal.SIGPIPE})
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def wait(reader: int, writer: int | None, seconds: float) -> None:
        """Until ``reader`` has something or ``writer`` has room, at most ``seconds``."""
        # poll, not select: a process may hold more than 1024 open files.
        poll = select.poll()
        poll.register(reader, select.POLLIN)
        if writer is not None:
            poll.register(writer, select.POLLOUT)
        poll.poll(seconds * 1000)
