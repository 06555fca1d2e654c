"""Tables that are made line by line over hours: JSON lines that work goes on from."""

import json
from pathlib import Path
from typing import Any

from ...errors import UserError


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Lines of a table begun earlier; none if there is no file."""
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise UserError(
            f"'{path}' is not a table that was begun before; give another file.", repr(error)
        ) from error


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Adds a line, at once on the disk."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
