"""Fewer keys, and never further from the motion than asked. Arrays only, no bpy.

Between two kept keys the curve is the cubic that leaves and reaches them with
the motion's own slope. In Blender that is a Bezier segment whose handles end at
a third and at two thirds of the way in time: then its time runs evenly, and the
cubic here is what Blender shows, to the last frame.
"""

from collections.abc import Callable

import numpy as np

Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(N, C) and (N, C) -> (N,): how far two values of a property are apart."""


def kept_keys(
    frames: np.ndarray, values: np.ndarray, tolerance: float, distance: Distance
) -> np.ndarray:
    """(T,), (T, C) -> indices of the keys to keep, at least the ends.

    Adds, piece by piece, the frame that is furthest off until at none of the
    ``frames`` the cubic is further than ``tolerance`` from the value.
    """
    last = len(frames) - 1
    if last < 1:
        return np.arange(len(frames))
    tangents = slopes(frames, values)
    kept = {0, last}
    waiting = [(0, last)]
    while waiting:
        first, end = waiting.pop()
        inside = np.arange(first + 1, end)
        if not len(inside):
            continue
        shown = cubic(frames, values, tangents, first, end, frames[inside])
        off = distance(shown, values[inside])
        if off.max() <= tolerance:
            continue
        # Of two worst frames the one in the middle, so that pieces stay long.
        middle = int(inside[int(np.argmax(off))])
        kept.add(middle)
        waiting += [(first, middle), (middle, end)]
    return np.array(sorted(kept))


def slopes(frames: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(T,), (T, C) -> (T, C): change per frame of the scene, from both neighbours."""
    return np.gradient(values, frames, axis=0) if len(frames) > 1 else np.zeros_like(values)


def cubic(
    frames: np.ndarray,
    values: np.ndarray,
    tangents: np.ndarray,
    first: int,
    last: int,
    at: np.ndarray,
) -> np.ndarray:
    """(N,) frames between two keys -> (N, C): the Hermite cubic."""
    length = frames[last] - frames[first]
    t = ((at - frames[first]) / length)[:, None]
    return (
        (1 + 2 * t) * (1 - t) ** 2 * values[first]
        + t * (1 - t) ** 2 * length * tangents[first]
        + t**2 * (3 - 2 * t) * values[last]
        + t**2 * (t - 1) * length * tangents[last]
    )


def apart(shown: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Straight distance, in the property's own unit."""
    return np.linalg.norm(shown - wanted, axis=-1)


def degrees_apart(shown: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Angle between two quaternions (N, 4); Blender normalises what curves say, so does this."""
    dot = np.einsum("ni,ni->n", shown, wanted)
    lengths = np.linalg.norm(shown, axis=-1) * np.linalg.norm(wanted, axis=-1)
    # The sine of half the angle is exact where the cosine is nearly 1.
    across = np.sqrt(np.maximum(lengths**2 - dot**2, 0.0))
    return np.degrees(2.0 * np.arctan2(across, np.abs(dot)))


def euler_degrees_apart(shown: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The largest difference of an angle, (N, 3) radians."""
    return np.degrees(np.abs(shown - wanted).max(axis=-1))
