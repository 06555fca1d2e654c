"""What a run tells: lines of JSON, TensorBoard, and one line at a terminal."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Report = Callable[[dict[str, Any]], None]
"""Told of every record of a run: ``kind``, ``steps``, ``updates``, ``seconds`` and numbers."""

LOG_NAME = "progress.jsonl"
_COUNTS = ("kind", "steps", "updates", "seconds")


class ProgressLog:
    """A ``Report`` that keeps every record in a folder. Close it at the end."""

    def __init__(self, folder: Path, tensorboard: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / LOG_NAME).open("a", encoding="utf-8")
        self._writer = _open_tensorboard(folder) if tensorboard else None
        self._told = False

    def __call__(self, record: dict[str, Any]) -> None:
        with self._disk_errors_told():
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()
        if self._writer is None:
            return
        with self._disk_errors_told():
            for name, value in record.items():
                if name not in _COUNTS and isinstance(value, int | float):
                    self._writer.add_scalar(f"{record['kind']}/{name}", value, record["updates"])

    def close(self) -> None:
        with self._disk_errors_told():
            self._file.close()
        if self._writer is not None:
            with self._disk_errors_told():
                self._writer.close()

    @contextmanager
    def _disk_errors_told(self) -> Iterator[None]:
        """A record that finds no room is lost; hours of training are not for that."""
        try:
            yield
        except OSError as error:
            if not self._told:
                log.warning("progress is not kept any more: %s", error.strerror or error)
            self._told = True


def _open_tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        log.warning("tensorboard is not installed; progress goes to %s alone", LOG_NAME)
        return None
    return SummaryWriter(str(folder / "tensorboard"))


def in_one_line(record: dict[str, Any]) -> str:
    """A record as a person wants to read it while a run goes on."""
    if record["kind"] == "warning":
        return f"warning: {record['text']}"
    numbers = [
        f"{name} {value:,.0f}" if abs(value) >= 1000 else f"{name} {value:.3g}"
        for name, value in record.items()
        if name not in _COUNTS
    ]
    head = f"[{record['seconds']:6.0f} s] {record['kind']}: "
    return head + f"{record['steps']:,} steps, {record['updates']:,} updates; " + ", ".join(numbers)
