"""A child process with a pipe to its stdin and one from its stdout, neither of which waits."""

import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from . import pipes

logger = logging.getLogger(__name__)


class Child:
    """Runs ``command`` in ``folder``; its stderr goes to ``log``. Raises OSError."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: IO[bytes]
    ) -> None:
        child_reader, self.writer = pipes.open_pair()
        self.reader, child_writer = pipes.open_pair()
        try:
            pipes.never_wait(self.reader, self.writer)
            self._process = subprocess.Popen(
                command,
                stdin=child_reader,
                stdout=child_writer,
                stderr=log,
                env=environment,
                cwd=folder,
                creationflags=pipes.CREATION_FLAGS,
            )
        except OSError:
            os.close(self.reader)
            os.close(self.writer)
            raise
        finally:
            os.close(child_reader)
            os.close(child_writer)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def exit_code(self, seconds: float = 0.0) -> int | None:
        """None if it has not ended within ``seconds``; negative for a signal."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def read(self) -> bytes | None:
        """What it has said, None for nothing, b"" once its output is closed."""
        return pipes.read(self.reader)

    def write(self, data: memoryview) -> int:
        """How much of ``data`` went in. Raises BrokenPipeError."""
        return pipes.write(self.writer, data)

    def wait(self, seconds: float, writing: bool) -> None:
        """Until it has something to say or, if ``writing``, takes something in."""
        pipes.wait(self.reader, self.writer if writing else None, seconds)

    def dismiss(self, patience: float = 0.0) -> None:
        """Closes the pipes, on which it may end by itself within ``patience``; kills it else."""
        os.close(self.writer)
        os.close(self.reader)
        if self.exit_code(patience) is None:
            self._process.kill()
            if self.exit_code(0.2) is None:
                logger.warning("Process %d takes its time to end.", self._process.pid)
