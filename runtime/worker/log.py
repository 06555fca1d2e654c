"""The file that takes whatever the worker and its libraries print."""

import logging
import os
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)

MAX_BYTES = 1 << 20
"""A log larger than this is set aside as ``NAME.1`` when the next worker starts."""
TAIL_BYTES = 4000


class LogFile:
    """The log of one client's workers, one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._start = 0

    @property
    def folder(self) -> Path:
        return self.path.parent

    def opened(self) -> IO[bytes]:
        """Open for appending; ``tail`` then counts from here. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size > MAX_BYTES:
            try:
                self.path.replace(self.path.with_name(self.path.name + ".1"))
            except PermissionError as error:  # Windows, when another Blender has it open
                logger.info("The log goes on beyond its size: %s", error)
        log = self.path.open("ab")
        self._start = log.seek(0, os.SEEK_END)
        return log

    def tail(self) -> str:
        """The end of what was written since it was last opened."""
        try:
            with self.path.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._start, end - TAIL_BYTES))
                return log.read().decode("utf-8", "replace").strip()
        except OSError as error:
            return f"The log cannot be read: {error}"
