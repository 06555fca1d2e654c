"""What a long check has done so far, in a file: it can be stopped and goes on where it was."""

import json
from pathlib import Path
from typing import Any

STATE = Path(__file__).resolve().parents[2] / "docs" / "long_checks"
"""Where long checks keep it, in the repository: whoever has it goes on."""


class Collected:
    """Plain data in ``path``, written whole or not at all; ``values`` to begin with."""

    def __init__(self, path: Path, values: dict[str, Any], anew: bool = False) -> None:
        self.path = path
        self.values = values
        if anew or not path.is_file():
            return
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise SystemExit(f"{path} cannot be read; remove it to begin anew.") from error
        if set(told) != set(values):
            raise SystemExit(f"{path} is of another version; remove it to begin anew.")
        self.values = told

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(self.values, indent=1), encoding="utf-8")
        beside.replace(self.path)
