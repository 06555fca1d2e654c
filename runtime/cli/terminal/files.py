"""Motion files that are whole or not there, and a place for them that is checked first."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import UserError
from ...motion import Motion
from ...motion.files import WRITABLE, load_motion, save_motion

_PERSON = "person"
"""Key in the metadata of a motion: whose it is."""


def check_place(path: Path) -> None:
    """Raises ``UserError`` if ``path`` could not be written, before long work is done for it."""
    if path.suffix.lower() not in WRITABLE:
        known = ", ".join(WRITABLE)
        raise UserError(f"Cannot write '{path.name}': its suffix must be one of {known}.")
    check_file(path)


def check_file(path: Path) -> None:
    """Raises ``UserError`` if no file can be made at ``path``."""
    if path.is_dir():
        raise UserError(f"'{path}' is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise UserError(f"There is no folder '{path.parent}'; make it or choose another.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UserError(
            f"Nothing can be written in '{path.parent}' ({error.strerror}); choose another folder.",
            repr(error),
        ) from error


def take_paths(path: Path, takes: int) -> list[Path]:
    """``path`` itself for one take; ``walk_0.npz``, ``walk_1.npz``, ... for several."""
    if takes == 1:
        return [path]
    return [path.with_name(f"{path.stem}_{take}{path.suffix}") for take in range(takes)]


def with_others(motion: Motion, path: Path) -> list[tuple[Motion, Path]]:
    """The take and its place, then those who gave way in it, beside it: ``walk.Anna.npz``."""
    people = motion.metadata.get("people") or {}
    others = []
    for name, entry in people.items():
        other = Motion.from_dict(entry)
        named = replace(other, metadata={**other.metadata, _PERSON: name})
        others.append((named, place_of(name, path)))
    return [(motion, path), *others]


def place_of(person: str, path: Path) -> Path:
    """Where the motion of somebody who gave way goes whose take is at ``path``."""
    return path.with_name(f"{path.stem}.{_plain(person)}{path.suffix}")


def check_others(people: Sequence[str], paths: Sequence[Path]) -> None:
    """Raises ``UserError`` where people who give way would take the place of a file that nobody
    named and that is no earlier take of theirs."""
    for person in people:
        for place in (place_of(person, path) for path in paths):
            # Only these tell whose they are.
            known = place.suffix.lower() == ".npz"
            if known and place.exists() and not _is_of(person, place):
                raise UserError(
                    f"'{place.name}' is where '{person}' goes and is something else already; move "
                    "it away or choose another --out."
                )


def _is_of(person: str, place: Path) -> bool:
    try:
        return load_motion(place).metadata.get(_PERSON) == person
    except UserError:
        return False


def _plain(name: str) -> str:
    """Of letters, digits, dashes and underscores, as a part of a file's name."""
    return re.sub(r"[^\w-]+", "_", name)


def save_whole(motions: Sequence[Motion], paths: Sequence[Path]) -> None:
    """Writes all motions beside their places first, then puts them there."""
    with tempfile.TemporaryDirectory(prefix=".motivo-", dir=paths[0].parent) as folder:
        for motion, path in zip(motions, paths, strict=True):
            save_motion(motion, Path(folder) / path.name)
        for path in paths:
            (Path(folder) / path.name).replace(path)
