"""Timelines kept under a name, for any body in any file: what their prompts are set to.

Objects and Actions belong to a file and are left out; prompts of keys then take the
keys of the body they come to.
"""

import json
import re
from pathlib import Path
from typing import Any

import bpy

from ...runtime.errors import UserError

SUFFIX = ".json"
_LEFT_OUT = {"rna_type", "start", "end"}


def folder() -> Path:
    from ..preferences import ROOT_PACKAGE

    return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path="presets", create=True))


def names() -> list[str]:
    """Of all presets, in the alphabet's order."""
    return sorted(path.stem for path in folder().glob(f"*{SUFFIX}"))


def save(name: str, body: bpy.types.Object) -> str:
    """Keeps the prompts of a body; the name they are kept under. Raises ``UserError``."""
    name = re.sub(r"[^\w \-]", "", name).strip()
    if not name:
        raise UserError("Give the preset a name of letters and digits.")
    data = {"version": 1, "prompts": [plain(prompt) for prompt in body.motivo.prompts]}
    try:
        (folder() / f"{name}{SUFFIX}").write_text(json.dumps(data, indent=1), encoding="utf-8")
    except OSError as error:
        raise UserError(f"The preset could not be written: {error.strerror}.") from error
    return name


def load(name: str, body: bpy.types.Object) -> None:
    """Puts a preset's prompts in place of the body's. Raises ``UserError``; then all stays."""
    path = folder() / f"{name}{SUFFIX}"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["prompts"]
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise TypeError("no list of prompts")
    except OSError as error:
        raise UserError(f"The preset '{name}' is not there; save it again.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"The preset '{name}' cannot be read.", repr(error)) from error
    prompts = body.motivo.prompts
    prompts.clear()
    for entry in entries:
        fill(prompts.add(), entry)
    body.motivo.active_prompt = 0


def remove(name: str) -> None:
    (folder() / f"{name}{SUFFIX}").unlink(missing_ok=True)


def plain(group: bpy.types.PropertyGroup) -> dict[str, Any]:
    """A property group, with those within it, as plain data; without references to the file."""
    data: dict[str, Any] = {}
    for entry in group.bl_rna.properties:
        key = entry.identifier
        if key in _LEFT_OUT:
            continue
        value = getattr(group, key)
        if entry.type == "COLLECTION":
            data[key] = [plain(item) for item in value]
        elif isinstance(value, bpy.types.PropertyGroup):
            data[key] = plain(value)
        elif entry.type != "POINTER":
            data[key] = list(value) if getattr(entry, "is_array", False) else value
    return data


def fill(group: bpy.types.PropertyGroup, data: dict[str, Any]) -> None:
    """The inverse of ``plain``; what this version does not know is passed over."""
    known = {entry.identifier: entry for entry in group.bl_rna.properties}
    for key, value in data.items():
        entry = known.get(key)
        if entry is None or key in _LEFT_OUT:
            continue
        if entry.type == "COLLECTION":
            rows = getattr(group, key)
            rows.clear()
            for item in value:
                fill(rows.add(), item)
        elif entry.type == "POINTER":
            fill(getattr(group, key), value)
        else:
            try:
                setattr(group, key, value)
            except (TypeError, ValueError):  # a choice that this version does not have
                continue
