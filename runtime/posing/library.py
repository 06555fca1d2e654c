"""The poses that ship: read from the file that ``make poses`` writes, without composing anything."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("data") / "poses.json"


@dataclass(frozen=True)
class LibraryPose:
    """One pose of the library."""

    label: str
    group: str
    about: str
    seat: float
    """Height of what is sat on, metres; 0 for the floor."""
    qpos: tuple[float, ...]
    """(76,): heading zero, over the origin."""


@lru_cache(maxsize=1)
def library_poses() -> dict[str, LibraryPose]:
    """Identifier -> pose, in the order in which they are shown."""
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: LibraryPose(**{**entry, "qpos": tuple(entry["qpos"])})
        for name, entry in entries.items()
    }
