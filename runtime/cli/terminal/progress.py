"""What a person at a terminal sees while work goes on."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from ...progress import Better

if TYPE_CHECKING:
    import numpy as np

WIDTH = 30
KEEPING = "Keeping the best so far; press Ctrl-C again to stop without it."


class ProgressBar:
    """A ``Progress`` drawn on one line of a terminal; silent where stderr is none.

    As a context it wipes its line at the end, however the work ended.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()
        self._drawn = 0.0
        self._has_best = self.keeps = False

    def __call__(
        self, fraction: float, text: str = "", preview: "np.ndarray | Better | None" = None
    ) -> Any:
        self._has_best = self._has_best or isinstance(preview, Better)
        self._draw(fraction, text)
        return self.keeps

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Meanwhile Ctrl-C, once there is something to keep, asks for that; again it interrupts."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only there signals arrive
            return

        def asked(number: int, frame: FrameType | None) -> None:
            if self.keeps or not self._has_best:
                raise KeyboardInterrupt
            self.keeps = True
            self._write(f"\r{KEEPING}\x1b[K\n" if self._shown else f"{KEEPING}\n")

        before = signal.signal(signal.SIGINT, asked)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _draw(self, fraction: float, text: str) -> None:
        now = time.monotonic()
        if not self._shown or now - self._drawn < 0.1:
            return
        self._drawn = now
        full = round(WIDTH * min(max(fraction, 0.0), 1.0))
        bar = "#" * full + "." * (WIDTH - full)
        self._write(f"\r[{bar}] {fraction:4.0%}  {text[:40]}\x1b[K")

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
