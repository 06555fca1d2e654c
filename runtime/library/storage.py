"""Frames as small whole numbers: what the file of the library holds, and back.

Angles are kept to half a thousandth of a radian and places to a fifth of a
millimetre, as second differences along time, low bytes apart from high ones;
an hour so takes six megabytes and a tenth of a second.
"""

import zipfile
from pathlib import Path

import numpy as np

from ..errors import UserError

STEP_M, STEP_QUATERNION, STEP_RAD = 2e-4, 2e-4, 5e-4
STEPS = np.concatenate([np.full(3, STEP_M), np.full(4, STEP_QUATERNION), np.full(69, STEP_RAD)])
_ROOT = 7


def encode_clips(clips: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Clips of qpos (T, 76) each -> arrays for the file.

    ``first`` (C, 2, 76) int32: each clip's first frame and first difference in steps;
    ``root`` and ``hinges`` uint8: second differences (columns, N) int16, by bytes.
    """
    first = np.zeros((len(clips), 2, 76), np.int32)
    parts = []
    for index, qpos in enumerate(clips):
        steps = np.round(qpos / STEPS).astype(np.int32)
        first[index, 0] = steps[0]
        change = np.zeros_like(steps)
        if len(steps) > 1:
            speed = np.diff(steps, axis=0)
            first[index, 1] = speed[0]
            change[2:] = np.diff(speed, axis=0)
        if np.abs(change).max() > np.iinfo(np.int16).max:
            raise UserError("A clip jumps by more than the library can hold; leave it out.")
        parts.append(change.astype(np.int16))
    whole = np.concatenate(parts).T
    return {
        "first": first,
        "root": _by_bytes(whole[:_ROOT]),
        "hinges": _by_bytes(whole[_ROOT:]),
    }


def decode_frames(first: np.ndarray, change: np.ndarray) -> np.ndarray:
    """(2, W) and (W, T) of one clip -> (T, W) in steps, as they were encoded."""
    speed = np.cumsum(change, axis=1, dtype=np.int32)
    speed[:, 1:] += first[1][:, None]
    speed[:, 0] = first[0]
    return np.cumsum(speed, axis=1, dtype=np.int32).T


def from_bytes(stored: np.ndarray, width: int) -> np.ndarray:
    """The inverse of what ``encode_clips`` does to an array of int16: (width, N)."""
    low, high = stored.reshape(2, width, -1)
    result = high.astype(np.uint16)
    result <<= 8
    result |= low
    return result.view(np.int16)


def _by_bytes(values: np.ndarray) -> np.ndarray:
    bits = np.ascontiguousarray(values).view(np.uint16)
    return np.stack([(bits & 255).astype(np.uint8), (bits >> 8).astype(np.uint8)]).reshape(-1)


def write_archive(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Whole or not at all, and the same bytes for the same arrays."""
    part = path.with_suffix(path.suffix + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    part.replace(path)
