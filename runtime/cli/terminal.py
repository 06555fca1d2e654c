"""What a person at a terminal sees while work goes on."""

import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import numpy as np

WIDTH = 30


class ProgressBar:
    """A ``Progress`` drawn on one line of a terminal; silent where stderr is none.

    As a context it wipes its line at the end, however the work ended.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()
        self._drawn = 0.0

    def __call__(
        self, fraction: float, text: str = "", preview: "np.ndarray | None" = None
    ) -> None:
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
