"""The worker's own stdin and stdout, taken out of the reach of everything else."""

import os
import sys
import threading
from typing import Any

from .codec import encode


class Channel:
    """Sends and receives on two file descriptors; waits when the pipe is full or empty."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()

    @classmethod
    def claim(cls) -> "Channel":
        """Takes over fd 0 and 1 for messages.

        What libraries print afterwards, from Python or C, goes to stderr (the
        log); what they read from stdin is empty.
        """
        reader, writer = os.dup(0), os.dup(1)
        if sys.platform == "win32":
            import msvcrt

            for descriptor in (reader, writer):
                msvcrt.setmode(descriptor, os.O_BINARY)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return cls(reader, writer)

    def receive(self, limit: int) -> bytes:
        """Waits for bytes; b"" at the end."""
        return os.read(self._reader, limit)

    def send(self, message: dict[str, Any]) -> None:
        """From any thread. If nobody listens any more, the end of ``receive`` will tell."""
        self.send_frame(encode(message))

    def send_frame(self, frame: bytes) -> None:
        rest = memoryview(frame)
        with self._lock:
            while rest:
                try:
                    rest = rest[os.write(self._writer, rest) :]
                except BrokenPipeError:
                    return
