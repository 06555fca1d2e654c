"""Names of files from what a person typed. Never imports bpy."""

import re
from collections.abc import Iterable, Mapping

from ...runtime.errors import UserError

DEFAULT_TEMPLATE = "{character}_{take}"
FIELDS = ("character", "take", "engine", "fps")

_LONGEST = 120
# Not allowed in names on Windows, or by shells and engines better not met in them.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{p}{n}" for p in ("COM", "LPT") for n in range(1, 10)}


def fill(template: str, values: Mapping[str, object]) -> str:
    """A file's name without suffix: ``{character}_{take}`` with each field in its place.

    Characters that some system refuses in file names become underscores. Actions
    bear their character's name, which a file need not say twice.

    Raises:
        UserError: the template is empty or has a field that does not exist.
    """
    character, take = str(values.get("character", "")), str(values.get("take", ""))
    if "{character}" in template and character and take.startswith(f"{character} "):
        values = {**values, "take": take[len(character) :].strip() or take}

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise UserError(f"The file name cannot use '{match[0]}'. It may use {known}.")
        return safe_name(str(values[match[1]]))

    filled = re.sub(r"\{([^{}]*)\}", value, template)
    if "{" in filled or "}" in filled:
        raise UserError(f"The file name '{template}' has a brace too many. Take it away.")
    name = safe_name(filled)
    if not name:
        raise UserError("The file name is empty. Write one, for example {character}_{take}.")
    return name


def safe_name(text: str) -> str:
    """The text as far as every system takes it for a file's name; may be empty."""
    name = _UNSAFE.sub("_", text).strip().strip(".").strip()[:_LONGEST].rstrip(". ")
    # Windows takes CON and CON.fbx alike for the console.
    return f"{name}_" if name.split(".")[0].upper() in _RESERVED else name


def numbered_apart(names: Iterable[str]) -> list[str]:
    """The names, those that come again with a number; ``Walk`` and ``walk`` are one file."""
    taken: set[str] = set()
    result = []
    for name in names:
        different, number = name, 2
        while different.lower() in taken:
            different, number = f"{name}_{number}", number + 1
        taken.add(different.lower())
        result.append(different)
    return result
