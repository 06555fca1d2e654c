"""The text of a BVH file before it means anything: encodings, lines, numbers in every spelling."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from ...errors import UserError

_ENCODINGS = ("utf-8-sig", "cp932", "gb18030", "cp1252")
"""Names are in what the program's country writes; numbers are the same in all."""
_LFS = "version https://git-lfs"
_WIDE = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"H\0", "utf-16-le"),
    (b"\0H", "utf-16-be"),
)
"""How files of several bytes a sign begin, with and without a mark."""


def decoded(content: bytes) -> str:
    for start, encoding in _WIDE:
        if content.startswith(start):
            return content.decode(encoding, errors="replace")
    content = content.rstrip(b"\0 \t\r\n\x1a")  # what was left of a buffer or of DOS
    for encoding in _ENCODINGS:
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return content.decode("utf-8", errors="replace")


_SIGNS = str.maketrans({"\uff1a": ":", "\u2212": "-", "\u00b0": " "})
"""A colon and a minus as word processors and East Asian keyboards write them; degree signs."""


def _bare(line: re.Match[str]) -> str:
    """Offsets and channels without what some put around and between them."""
    plain = re.sub(r"[()\[\]]", " ", line[0])
    return re.sub(r"(?<=[A-Za-z]),", " ", plain)


def on_lines(text: str) -> str:
    """What some put behind keywords and the number of frames, on lines of its own; plain signs."""
    text = text.translate(_SIGNS)
    text = re.sub(r"(?im)^([ \t]*(?:HIERARCHY|MOTION))[ \t]*[:=][ \t]*$", r"\1", text)
    text = re.sub(r"(?im)^([ \t]*(?:ROOT|JOINT|OFFSET|CHANNELS))[ \t]*[:=][ \t]*", r"\1 ", text)
    text = re.sub(r"(?im)^[ \t]*(?:OFFSET|CHANNELS)\b.*$", _bare, text)
    text = re.sub(r"(?im)^([ \t]*HIERARCHY)[ \t]+(?=ROOT\s)", r"\1\n", text)
    text = re.sub(r"(?im)^([ \t]*MOTION)[ \t]+(?=FRAMES)", r"\1\n", text)
    return re.sub(r"(?im)^([ \t]*FRAMES\D{0,8}[\d.,]+)[ \t]+(?=FRAME\s*TIME)", r"\1\n", text)


_BRACES = re.compile(r"([{}])")
_KEYWORDS = re.compile(
    r"\s+(?=(?:OFFSET\s+[-+.\d]|CHANNELS\s+\d))|(?<=rotation|position)\s+(?=JOINT\s|END\b)",
    re.IGNORECASE,
)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, in the hierarchy one for each thing said; comments left out."""
    moving = False
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if not plain or plain.startswith(("#", "//")):
            continue
        moving = moving or plain.upper() == "MOTION"
        for part in (plain,) if moving else _BRACES.split(plain):
            for piece in (part,) if moving else _KEYWORDS.split(part):
                if piece.strip():
                    yield number, piece.strip()


class Lines:
    """The lines that are not blank, with their numbers, and errors that name them."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.number = 0
        self._lines = _pieces(text)
        first = next(self._lines, (0, ""))[1]
        if text.startswith(_LFS):
            raise UserError(
                f"'{name}' only points to a file that Git LFS keeps; fetch it (git lfs pull)."
            )
        if "\0" in text or first.upper() != "HIERARCHY":
            raise UserError(f"'{name}' is not a BVH file (it does not start with HIERARCHY).")

    def next(self, expected: str) -> str:
        found = next(self._lines, None)
        if found is None:
            raise UserError(
                f"'{self.name}' is cut off, {expected} is missing at its end; export it again."
            )
        self.number, line = found
        return line

    def rest(self) -> list[tuple[int, str]]:
        return list(self._lines)

    def error(self, what: str, number: int | None = None) -> UserError:
        return UserError(
            f"'{self.name}' is broken at line {number or self.number}: {what}. Export it again."
        )


_NO_NUMBER = re.compile(r"[-+]?(nan|inf|1\.#)", re.IGNORECASE)
"""How programs write what is none, on Windows as ``1.#QNAN`` and ``-nan(ind)``."""
_GLUED = re.compile(r"(?<=[\d.])(?=[-+]\d)")
"""Where a minus stands without a space before it: ``0.0-7.5``, but not ``1e-5``."""
_LISTED = re.compile(r",(?=\s|$)")


def separated(row: str) -> str:
    """Numbers with a point and spaces between, whatever a program or a country has for these."""
    row = row.replace(";", " ")
    if "," in row:
        # Half of Europe writes 0,5; spreadsheets write 0.5,1.5 and 0,5, 1,5.
        row = row.replace(",", " ") if "." in row else _LISTED.sub(" ", row).replace(",", ".")
    return _GLUED.sub(" ", row) if "-" in row or "+" in row else row


def number_of(lines: Lines, word: str, line: int) -> float:
    """A number of the motion; what a program wrote that had none is not a number (NaN)."""
    try:
        # Fortran writes 1.5D+02.
        return float(word.upper().replace("D", "E"))
    except ValueError:
        if _NO_NUMBER.match(word):
            return np.nan
        raise lines.error(f"'{shortened(word)}' is not a number", line) from None


def numbers(lines: Lines, words: Sequence[str], number: int) -> list[float]:
    """Finite numbers of the hierarchy."""
    result = []
    for word in words:
        value = number_of(lines, word, number)
        if not np.isfinite(value):
            raise lines.error(f"'{word.strip()}' is not a finite number", number)
        result.append(value)
    return result


def shortened(text: str) -> str:
    return text if len(text) <= 30 else text[:27] + "..."
