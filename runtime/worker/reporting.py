"""The ``Progress`` of a request: thinned out into messages, and where a cancel takes hold."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..progress import Better, Cancelled

INTERVAL_SECONDS = 0.05
"""Between messages: often enough for the eye, too seldom to slow the work."""
BETTER_SECONDS = 0.5
"""Between better versions of whole stretches, which are larger: the newest of each is sent."""


class ProgressReport:
    """May be called every control step; sends the newest progress and all preview frames.

    Preview pieces follow one another, the first begins at frame 0. Better versions of
    frames say where they belong; those that follow each other quickly are left out.
    """

    def __init__(
        self,
        request: int,
        send: Callable[[dict[str, Any]], None],
        cancelled: Callable[[], bool],
        keep: Callable[[], bool] = lambda: False,
    ) -> None:
        self._request = request
        self._send = send
        self._cancelled = cancelled
        self._keep = keep
        self._better: dict[int, np.ndarray] = {}  # by where they start
        self._better_sent = -BETTER_SECONDS
        self._last_sent = -INTERVAL_SECONDS
        self._progress: dict[str, Any] | None = None
        self._pieces: list[np.ndarray] = []
        self._start = 0

    def __call__(
        self, fraction: float, text: str = "", preview: np.ndarray | Better | None = None
    ) -> bool:
        if self._cancelled():
            raise Cancelled
        self._progress = {"fraction": min(max(float(fraction), 0.0), 1.0), "text": text}
        if isinstance(preview, Better):
            # To draw from, not to compute with: single precision is plenty.
            self._better[preview.start] = np.array(preview.qpos, dtype=np.float32)
        elif preview is not None and len(preview):
            # A copy: the caller goes on writing into its array.
            self._pieces.append(np.array(preview, dtype=np.float64))
        if time.monotonic() - self._last_sent >= INTERVAL_SECONDS:
            self._flush(time.monotonic() - self._better_sent >= BETTER_SECONDS)
        return self._keep()

    def flush(self) -> None:
        """Sends what has been held back."""
        self._flush(True)

    def _flush(self, better: bool) -> None:
        self._last_sent = time.monotonic()
        if self._pieces:
            qpos = np.concatenate(self._pieces)
            self._message("preview", {"qpos": qpos, "start": self._start})
            self._start += len(qpos)
            self._pieces.clear()
        if self._better and better:
            for start, qpos in sorted(self._better.items()):
                self._message("preview", {"qpos": qpos, "start": start, "better": True})
            self._better.clear()
            self._better_sent = time.monotonic()
        if self._progress is not None:
            self._message("progress", self._progress)
            self._progress = None

    def _message(self, kind: str, payload: dict[str, Any]) -> None:
        self._send({"type": kind, "request": self._request, "payload": payload})
