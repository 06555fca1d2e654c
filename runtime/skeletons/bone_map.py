"""Which bone of a character plays which part: found, edited, saved and used again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import UserError
from .human_bones import (
    EXPECTED,
    LIMBS,
    NECK,
    REQUIRED,
    ROLE_TO_SMPL,
    SIDES,
    SPINE,
    TWISTED,
    in_words,
    numbered,
)

FORMAT = "motivo rig map 1"

Origin = Literal["name", "structure", "user"]
"""How a bone was found."""

_ORIGINS = ("name", "structure", "user")


@dataclass(frozen=True)
class RigRow:
    """One bone and its part."""

    role: str
    bone: str
    """Name of the bone; empty where a person took the guess away."""
    origin: Origin


@dataclass(frozen=True)
class RigMap:
    """What is known of a rig. Plain data: the same map serves every character with these bones."""

    convention: str
    """Whose names they are ("Mixamo", "Rigify controls", ...) or "Unknown names"."""
    confidence: float
    """0..1: how sure the recognition is of the whole."""
    rows: tuple[RigRow, ...]

    @property
    def bones(self) -> dict[str, str]:
        """Role -> bone, of the rows that have one."""
        return {row.role: row.bone for row in self.rows if row.bone}

    @property
    def missing(self) -> tuple[str, ...]:
        """Roles a whole person has and this rig lacks."""
        bones = self.bones
        return tuple(role for role in EXPECTED if role not in bones)

    def chain(self, stem: str) -> tuple[str, ...]:
        """Bones of the numbered roles of a stem, in order: ``chain("spine")`` from the hips up."""
        found = []
        for role, bone in self.bones.items():
            head, _, number = role.rpartition("_")
            if head == stem and number.isdigit():
                found.append((int(number), bone))
        return tuple(bone for _, bone in sorted(found))

    def with_bone(self, role: str, bone: str) -> RigMap:
        """The map with one row as a person wants it; an empty name takes the bone away."""
        changed = RigRow(role, bone, "user")
        if all(row.role != role for row in self.rows):
            return replace(self, rows=(*self.rows, changed))
        return replace(self, rows=tuple(changed if r.role == role else r for r in self.rows))

    def missing_bones(self, names: Iterable[str]) -> tuple[str, ...]:
        """Bones of the map that are not among ``names``; none if the map can be used there."""
        there = set(names)
        return tuple(bone for bone in self.bones.values() if bone not in there)

    def chosen_twice(self) -> tuple[str, str, str] | None:
        """A bone that has two parts, with both; None if there is none."""
        parts: dict[str, str] = {}
        for role, bone in self.bones.items():
            if bone in parts:
                return bone, parts[bone], role
            parts[bone] = role
        return None

    def in_words(self) -> str:
        """One sentence: what it is, how sure, what is missing."""
        sure = next(word for limit, word in _SURENESS if self.confidence >= limit)
        text = f"{self.convention}, {sure} ({100 * self.confidence:.0f} %)"
        missing = self.missing
        if missing:
            text += "; missing: " + ", ".join(in_words(role) for role in missing)
        return text

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "convention": self.convention,
            "confidence": self.confidence,
            "rows": [{"role": r.role, "bone": r.bone, "origin": r.origin} for r in self.rows],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RigMap:
        """The inverse of ``to_dict``; ``UserError`` for anything else."""
        try:
            if data["format"] != FORMAT:
                raise UserError(f"'{data['format']}' is not a bone map of this version.")
            rows = tuple(RigRow(**row) for row in data["rows"])
            made = cls(str(data["convention"]), float(data["confidence"]), rows)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, UserError):
                raise
            raise UserError(
                "This is not a bone map; save one in the panel Character or in a Motion File prompt.",
                repr(error),
            ) from error
        for row in made.rows:
            if not _is_role(row.role) or row.origin not in _ORIGINS or type(row.bone) is not str:
                raise UserError(f"The bone map has a row that means nothing: '{row.role}'.")
        return made

    @classmethod
    def read(cls, path: Path) -> RigMap:
        """A saved map; ``UserError`` for a file that is none, or cannot be read."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"The bone map '{path.name}' cannot be read; choose another file.", repr(error)
            ) from error

    def with_expected(self) -> RigMap:
        """The map with an empty row for each part that a whole person has and this rig lacks."""
        rows = tuple(RigRow(role, "", "user") for role in self.missing)
        known = {row.role for row in self.rows}
        return replace(self, rows=(*self.rows, *(row for row in rows if row.role not in known)))

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1)

    @classmethod
    def from_json(cls, text: str) -> RigMap:
        try:
            return cls.from_dict(json.loads(text))
        except json.JSONDecodeError as error:
            raise UserError(
                "This file is not a bone map; save one in the panel Character or in a Motion File "
                "prompt.",
                str(error),
            ) from error


_SURENESS = ((0.85, "sure"), (0.6, "fairly sure"), (0.0, "unsure"))


def require_whole(rig_map: RigMap, character: str) -> None:
    """Raises a ``UserError`` when hips or legs are missing, or a bone has two parts."""
    bones = rig_map.bones
    missing = [role for role in REQUIRED if role not in bones]
    if missing:
        raise UserError(
            f"The legs or hips of '{character}' were not recognised (missing: "
            f"{', '.join(in_words(role) for role in missing)}); choose these bones in the panel "
            "Character.",
            rig_map.to_json(),
        )
    twice = rig_map.chosen_twice()
    if twice is not None:
        bone, first, second = twice
        raise UserError(
            f"The bone '{bone}' of '{character}' is chosen twice, as {in_words(first)} "
            f"and as {in_words(second)}. Take it away from one of them."
        )


def _is_role(role: object) -> bool:
    if not isinstance(role, str):
        return False
    stem, _, number = role.rpartition("_")
    twists = {f"{limb}_twist" for limb in TWISTED}
    return (
        role in ROLE_TO_SMPL
        or role == "root"
        or (number.isdigit() and stem in {SPINE, NECK} | twists)
    )


def limb_order(rig_map: RigMap) -> list[tuple[str, str | None]]:
    """Each role of the map with the one it hangs on, parents first."""
    bones = rig_map.bones
    found: list[tuple[str, str | None]] = []

    def chain(roles: list[str], parent: str | None) -> str | None:
        for role in roles:
            if role in bones:
                found.append((role, parent))
                parent = role
        return parent

    hips = chain(["root", "hips"], None)
    chest = chain(counted(bones, SPINE), hips)
    chain([*counted(bones, NECK), "head"], chest)
    for side in SIDES:
        chain([f"{side}_{part}" for part in ("clavicle", *LIMBS["arm"])], chest)
        chain([f"{side}_{part}" for part in (*LIMBS["leg"], "toe")], hips)
    return found


def counted(roles: Iterable[str], stem: str) -> list[str]:
    """The numbered roles of a stem among ``roles``, in order; numbers may be missing."""
    found = [role.rpartition("_") for role in roles]
    return [
        numbered(stem, n)
        for n in sorted(int(end) for head, _, end in found if head == stem and end.isdigit())
    ]
