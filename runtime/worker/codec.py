"""Messages as bytes: one frame is a fixed prefix, a JSON header and raw arrays.

    prefix   magic (4) | version (uint16) | zero (uint16) | header size (uint32) | frame size (uint64)
    header   {"message": ..., "arrays": [{"path": [...], "dtype": "<f8", "shape": [...]}, ...]}
    arrays   little-endian, C order, each padded to a multiple of 8 bytes

A message is a dict of plain JSON data in which NumPy arrays may stand anywhere.
In the JSON an array's place holds null and the list of arrays says what belongs
there, so no key a message may use is reserved. Nothing is ever unpickled, and
whatever is not a frame is refused by name.
"""

import json
import math
import struct
from typing import Any

import numpy as np

MAGIC = b"MTVO"
VERSION = 1
MAX_FRAME_BYTES = 1 << 30
MAX_HEADER_BYTES = 1 << 26
DTYPES = frozenset(
    ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
)
"""The kinds of numbers that travel, as NumPy writes them."""

_PREFIX = struct.Struct("<4sHHIQ")


class CodecError(ValueError):
    """These bytes are not a message, or this message cannot become bytes."""


def encode(message: dict[str, Any]) -> bytes:
    """One frame. Tuples become lists, NumPy scalars become Python's numbers."""
    arrays: list[tuple[list[str | int], np.ndarray]] = []
    plain = _without_arrays(message, [], arrays)
    entries = [
        {"path": path, "dtype": array.dtype.str, "shape": list(array.shape)}
        for path, array in arrays
    ]
    try:
        text = json.dumps({"message": plain, "arrays": entries}, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise CodecError(f"The message is not plain data: {error}.") from error
    header = text.encode()
    if len(header) > MAX_HEADER_BYTES:
        raise CodecError(f"The message's header of {len(header)} bytes is too long.")
    pieces: list[bytes | memoryview] = [header, bytes(_padding(_PREFIX.size + len(header)))]
    for _, array in arrays:
        pieces += [array.reshape(-1).view(np.uint8).data, bytes(_padding(array.nbytes))]
    size = _PREFIX.size + sum(len(piece) for piece in pieces)
    if size > MAX_FRAME_BYTES:
        raise CodecError(
            f"The message of {size >> 20} MB is larger than the {MAX_FRAME_BYTES >> 20} MB allowed."
        )
    return b"".join([_PREFIX.pack(MAGIC, VERSION, 0, len(header), size), *pieces])


class Decoder:
    """Takes bytes as they come and gives whole messages; arrays in them are writable.

    After a ``CodecError`` the stream's place is lost and the decoder is of no more use.
    """

    def __init__(self) -> None:
        self._prefix = bytearray()
        self._frame: bytearray | None = None
        self._header_size = 0
        self._size = 0

    @property
    def partial(self) -> bool:
        """Whether the beginning of a message waits for its end."""
        return bool(self._prefix)

    def feed(self, data: bytes | memoryview) -> list[dict[str, Any]]:
        """Messages completed by ``data``, in order."""
        messages = []
        rest = memoryview(data)
        while len(rest):
            if self._frame is None:
                rest = self._feed_prefix(rest)
            if self._frame is not None:
                count = min(len(rest), self._size - len(self._frame))
                self._frame += rest[:count]
                rest = rest[count:]
                if len(self._frame) == self._size:
                    messages.append(_decode(self._frame, self._header_size))
                    self._prefix.clear()
                    self._frame = None
        return messages

    def _feed_prefix(self, data: memoryview) -> memoryview:
        count = min(len(data), _PREFIX.size - len(self._prefix))
        self._prefix += data[:count]
        seen = bytes(self._prefix[: len(MAGIC)])
        if not MAGIC.startswith(seen):
            shown = bytes(self._prefix) + bytes(data[count : count + 40])
            raise CodecError(f"These bytes are not a message: {shown[:40]!r}.")
        if len(self._prefix) == _PREFIX.size:
            _, version, zero, header_size, size = _PREFIX.unpack(self._prefix)
            if version != VERSION:
                raise CodecError(f"A message of protocol version {version}, not {VERSION}.")
            if zero or header_size > MAX_HEADER_BYTES or size > MAX_FRAME_BYTES:
                raise CodecError(f"A message of {size} bytes with a header of {header_size}.")
            if size < _PREFIX.size + header_size:
                raise CodecError("A message that is shorter than its own header.")
            # Grows with what really comes: a broken size costs no memory.
            self._frame = bytearray(self._prefix)
            self._header_size, self._size = header_size, size
        return data[count:]


def _padding(size: int) -> int:
    return -size % 8


def _without_arrays(
    value: Any, path: list[str | int], arrays: list[tuple[list[str | int], np.ndarray]]
) -> Any:
    """``value`` with None for each array, which is appended to ``arrays`` with its place."""
    if len(path) > 100:
        raise CodecError("The message is nested too deeply.")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise CodecError(f"A message's keys are text, not {key!r}.")
        return {key: _without_arrays(value[key], [*path, key], arrays) for key in value}
    if isinstance(value, list | tuple):
        return [_without_arrays(item, [*path, i], arrays) for i, item in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, np.ndarray):
        return value
    little = value.astype(value.dtype.newbyteorder("<"), order="C", copy=False)
    if little.dtype.str not in DTYPES:
        raise CodecError(f"Arrays of {value.dtype} cannot travel.")
    arrays.append((path, little))
    return None


def _decode(frame: bytearray, header_size: int) -> dict[str, Any]:
    start = _PREFIX.size + header_size
    try:
        header = json.loads(frame[_PREFIX.size : start])
        message, entries = header["message"], header["arrays"]
        if not isinstance(message, dict):
            raise TypeError("the message is no object")
        start += _padding(start)
        for entry in entries:
            array, start = _array_at(frame, start, entry["dtype"], entry["shape"])
            _put(message, entry["path"], array)
    except (KeyError, TypeError, IndexError, ValueError, RecursionError) as error:
        raise CodecError(f"A message with a broken header: {error!r}.") from error
    if start != len(frame):
        raise CodecError(f"A message with {len(frame) - start} bytes too many.")
    return message


def _array_at(frame: bytearray, start: int, dtype: str, shape: list[int]) -> tuple[np.ndarray, int]:
    """The array at ``start`` and where the next one begins."""
    if dtype not in DTYPES:
        raise ValueError(f"unknown dtype {dtype!r}")
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(f"impossible shape {shape!r}")
    count = math.prod(shape)
    size = count * np.dtype(dtype).itemsize
    if start + size > len(frame):
        raise ValueError("an array reaches beyond the message")
    # A view, not a copy: the frame lives on in its arrays, which may be 100 MB.
    array = np.frombuffer(frame, dtype=dtype, count=count, offset=start) if count else np.empty(0)
    return array.astype(dtype, copy=False).reshape(shape), start + size + _padding(size)


def _put(message: Any, path: list[str | int], array: np.ndarray) -> None:
    *parents, last = path
    for key in parents:
        message = message[key]
    if message[last] is not None:
        raise ValueError(f"an array for {path!r}, where something else stands")
    message[last] = array
