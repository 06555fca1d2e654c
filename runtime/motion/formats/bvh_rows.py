"""The MOTION part of a BVH file: how many frames, how fast, and their rows of numbers.

What programs say of these is often a little wrong; the rows are what there is. What was read
otherwise than it stands is told in a few words each.
"""

import re

import numpy as np

from ...errors import UserError
from .bvh_text import Lines, number_of, numbers, separated, shortened

_FRAMES = re.compile(
    r"(?:number\s+of\s+)?frames?(?:\s*count)?\s*[:=]?\s*(.*)", re.IGNORECASE | re.DOTALL
)
_COUNT = re.compile(r"(\d+)(?:[.,]0*)?(?:\s*frames?)?", re.IGNORECASE)
_FRAME_TIME = re.compile(r"frame[\s_]*time\s*[:=]?\s*(.*)", re.IGNORECASE)
_FRAME_RATE = re.compile(r"(?:frame[\s_]*rate|fps)\s*[:=]?\s*(.*)", re.IGNORECASE)
_FRACTION = re.compile(r"1\s*/\s*([\d.]+)")
_UNIT = re.compile(r"(?<=\d)\s*(ms|s|secs?|seconds?|hz|fps)$", re.IGNORECASE)
_AGAIN = ("MOTION", "HIERARCHY")
"""What begins a second motion or person behind the rows."""
_NUMBER = re.compile(r"[-+]?(\.?\d|nan|inf)", re.IGNORECASE)
_MANY = 4
"""Rows from which on a few more, a few fewer or a last one cut short are no reason to refuse a file."""
_OFF = (3, 0.01)
"""Frames, and share of all frames, by which the count in a file may be off, or rows be broken."""

Rows = list[tuple[int, str]]
"""Numbers of lines and what stands there."""


def parse_motion(lines: Lines, width: int) -> tuple[float, np.ndarray, tuple[str, ...]]:
    """Frame time, values (T, ``width``) and notes; the time is 0 where the file says none.

    Rows that are no frame are NaN.

    Raises:
        UserError: naming the file, the line and what to do.
    """
    rows = lines.rest()
    count: int | None = None
    time, begun, unread = 0.0, False, ""
    while rows:
        number, line = rows[0]
        told_time, told_rate = _FRAME_TIME.fullmatch(line), _FRAME_RATE.fullmatch(line)
        told_count = _FRAMES.fullmatch(line)
        if told_time:
            time = _time(lines, told_time[1], number)
        elif told_rate:
            time = _time(lines, told_rate[1], number, "fps")
        elif told_count:
            said = _COUNT.fullmatch(told_count[1].strip())
            count = int(said[1]) if said else None
            unread = "" if said else told_count[1].strip()
        else:
            break
        begun = True
        del rows[0]
    if not rows and not begun:
        lines.next("'Frames:'")  # there is none: it says so
    if not rows:
        raise UserError(f"'{lines.name}' holds no frames; export it with a frame range.")
    if not _NUMBER.match(rows[0][1]):
        raise lines.error("'Frames:' and a whole number are expected", rows[0][0])
    again = [k for k, (_, line) in enumerate(rows) if line.upper().startswith(_AGAIN)]
    values, notes = _parse_rows(
        lines, rows[: again[0]] if again else rows, count or 0, width, unread
    )
    if again:
        notes = (*notes, "what begins again behind the first motion left out")
    return time, values, notes


def _time(lines: Lines, said: str, number: int, unit: str = "") -> float:
    """Seconds a frame takes where the file says in which unit it tells that, else what is written;
    0 where nothing is. ``unit`` is what the line's name says."""
    named = _UNIT.search(said.strip())
    said, unit = _UNIT.sub("", said.strip()), named[1].lower() if named else unit
    fraction = _FRACTION.fullmatch(said)
    if fraction:
        rate = numbers(lines, [fraction[1]], number)[0]
        return 1.0 / rate if rate else 0.0
    words = separated(said).split()
    value = numbers(lines, words[:1], number)[0] if words else 0.0
    if unit in ("hz", "fps"):
        return 1.0 / value if value else 0.0
    return value * 1e-3 if unit == "ms" else value


def _parse_rows(
    lines: Lines, rows: Rows, count: int, width: int, unread: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """``count``: how many frames the file says; 0 where it does not, or says ``unread``."""
    notes: list[str] = []
    rows = _joined([(number, separated(row)) for number, row in rows], count, width)
    while len(rows) > _MANY and not _NUMBER.match(rows[-1][1]):
        rows = rows[:-1]  # a brace or a word behind the last row
    rows = _uncounted(rows, width, notes)
    if len(rows) > _MANY and len(rows[-1][1].split()) < width:
        rows = rows[:-1]
        count = len(rows) if count == len(rows) + 1 else count
        notes.append("the last frame was cut off while it was written, left out")
    if unread:
        notes.append(f"'{shortened(unread)}' is no number of frames, all {len(rows)} read")
    elif not count:
        notes.append(f"no number of frames told, all {len(rows)} read")
    elif count != len(rows):
        # More of them than announced were added later; far fewer were lost.
        if len(rows) < _MANY or count - len(rows) > max(_OFF[0], _OFF[1] * count):
            raise UserError(
                f"'{lines.name}' announces {count} frames and holds {len(rows)}: "
                "the file is cut off or was edited, export it again."
            )
        notes.append(f"{count} frames announced, all {len(rows)} read")
    wrong = [number for number, row in rows if len(row.split()) != width]
    if wrong and (len(rows) < _MANY or len(wrong) > max(_OFF[0], _OFF[1] * len(rows))):
        found = len(dict(rows)[wrong[0]].split())
        raise lines.error(f"{width} numbers are expected and {found} found", wrong[0])
    if wrong:
        notes.append(f"line {wrong[0]} does not hold {width} numbers, taken as an empty frame")
    filled = [(n, "nan " * width if n in wrong else row) for n, row in rows]
    try:
        values = np.array(" ".join(row for _, row in filled).split(), dtype=np.float64)
    except ValueError:
        values = np.array([number_of(lines, word, n) for n, row in filled for word in row.split()])
    values[~np.isfinite(values)] = np.nan
    return values.reshape(len(filled), width), tuple(notes)


def _joined(rows: Rows, count: int, width: int) -> Rows:
    """Frames that were written over several lines each, as one line each."""
    words = [(number, word) for number, row in rows for word in row.split()]
    broken = len(rows) > count + 1 if count else len(rows[0][1].split()) < width
    if not broken or (len(words) != count * width if count else len(words) % width):
        return rows
    return [
        (words[start][0], " ".join(word for _, word in words[start : start + width]))
        for start in range(0, len(words), width)
    ]


def _uncounted(rows: Rows, width: int, notes: list[str]) -> Rows:
    """Rows without a number or a time that some tools write before each of them."""
    words = [row.split() for _, row in rows]
    if len(rows) < _MANY or any(len(row) != width + 1 for row in words):
        return rows
    try:
        steps = np.diff([float(row[0]) for row in words])
    except ValueError:
        return rows
    if steps[0] <= 0 or np.abs(steps - steps[0]).max() > 0.02 * steps[0]:
        return rows
    notes.append("a column that counts the frames left out")
    return [(number, " ".join(row[1:])) for (number, _), row in zip(rows, words, strict=True)]
