"""Latents z: inferring them from B, and blending them over time on their sphere.

NumPy only. B is the backward map of states; how a model turns it into z is in
Touati & Ollivier (2021) and Tirinzoni et al. (2025).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..errors import UserError

SHARPNESS = 10.0
"""Samples are weighted by softmax(SHARPNESS x reward)."""


def project(z: np.ndarray, norm: bool = True) -> np.ndarray:
    """(..., d) scaled to length sqrt(d), if the model's latents live on the sphere (``norm``)."""
    if not norm:
        return z
    length = np.linalg.norm(z, axis=-1, keepdims=True)
    return z * (np.sqrt(z.shape[-1]) / np.maximum(length, 1e-12))


def random_latents(count: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """(count, size) uniform on the sphere."""
    return project(rng.normal(size=(count, size)))


def reward_latent(
    b: np.ndarray, reward: np.ndarray, weighted: bool = True, norm: bool = True
) -> np.ndarray:
    """z (d,) for rewards (n,) of states whose B is ``b`` (n, d).

    ``weighted``: samples count by softmax(10 reward), else all the same.
    """
    paid = np.asarray(reward, dtype=np.float64).reshape(-1)
    if len(paid) != len(b):
        raise UserError(f"{len(b)} states but {len(paid)} rewards; one for each is expected.")
    if weighted:
        weight = np.exp(SHARPNESS * (paid - paid.max()))
        paid = paid * (weight / weight.sum())
    paid = paid.astype(b.dtype)
    rows = np.flatnonzero(paid)
    if len(rows) < len(paid) // 3:
        # Few states are paid: most of the matrix need not be read.
        return project(paid[rows] @ b[rows], norm)
    return project(paid @ b, norm)


def tracking_latents(b: np.ndarray, seq_length: int, norm: bool = True) -> np.ndarray:
    """z (T, d) per step from B of the states to follow (T, d).

    Each is the mean over the next ``seq_length`` states, fewer at the end.
    """
    sums = np.zeros((len(b) + 1, b.shape[1]))
    np.cumsum(b, axis=0, dtype=np.float64, out=sums[1:])
    starts = np.arange(len(b))
    ends = np.minimum(starts + seq_length, len(b))
    means = (sums[ends] - sums[starts]) / (ends - starts)[:, None]
    return project(means, norm).astype(b.dtype)


def slerp(start: np.ndarray, end: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """From ``start`` (..., d) at t = 0 to ``end`` at t = 1 along the arc between them.

    Lengths that differ are interpolated as well. ``t`` has the leading shape (...).
    Exactly opposite latents have no arc of their own; one in a fixed plane is taken.
    """
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    t = np.asarray(t, dtype=np.float64)[..., None]
    lengths = [np.linalg.norm(v, axis=-1, keepdims=True) for v in (start, end)]
    a, b = (v / np.maximum(n, 1e-12) for v, n in zip((start, end), lengths, strict=True))
    cosine = np.clip((a * b).sum(axis=-1, keepdims=True), -1, 1)
    across = b - cosine * a
    norm = np.linalg.norm(across, axis=-1, keepdims=True)
    # The same or opposite direction: any direction at a right angle to it will do.
    other = np.zeros_like(a)
    np.put_along_axis(other, np.abs(a).argmin(axis=-1)[..., None], 1.0, axis=-1)
    other -= (other * a).sum(axis=-1, keepdims=True) * a
    other /= np.maximum(np.linalg.norm(other, axis=-1, keepdims=True), 1e-12)
    across = np.where(norm > 1e-9, across / np.maximum(norm, 1e-12), other)
    angle = np.arctan2(norm, cosine) * t
    length = lengths[0] + (lengths[1] - lengths[0]) * t
    return length * (np.cos(angle) * a + np.sin(angle) * across)


@dataclass(frozen=True)
class LatentSpan:
    """What z is asked for from frame ``start`` to ``end``, both included."""

    start: int
    end: int
    z: np.ndarray
    """(d,), or (end - start + 1, d) where it changes from frame to frame."""

    def at(self, frames: np.ndarray) -> np.ndarray:
        """(n, d): z at frames (n,); before and after the span its ends hold."""
        if self.z.ndim == 1:
            return np.broadcast_to(self.z, (len(frames), len(self.z)))
        return self.z[np.clip(frames - self.start, 0, len(self.z) - 1)]


def blend_latents(spans: Sequence[LatentSpan], frames: int, blend: int = 15) -> np.ndarray:
    """z (frames, d) of a whole timeline: each span's own, arcs from one to the next.

    A passage lasts at least ``blend`` frames, centred on the border; where spans
    leave a gap or overlap, the gap or overlap is the passage. It never reaches
    past the middle of a span, so that every prompt has frames of its own.
    """
    if not spans:
        raise UserError("There is no latent to follow; add a prompt.")
    spans = sorted(spans, key=lambda span: (span.start, span.end))
    for span in spans:
        if span.z.ndim == 2 and len(span.z) != span.end - span.start + 1:
            raise UserError(
                f"Frames {span.start} to {span.end} need {span.end - span.start + 1} latents, "
                f"not {len(span.z)}."
            )
    time = np.arange(frames)
    result = np.array(spans[0].at(time), dtype=np.float64)
    for before, after in pairwise(spans):
        first, last = sorted((before.end, after.start))
        short = max(0.0, blend - (last - first)) / 2
        centres = [(span.start + span.end) / 2 for span in (before, after)]
        low = max(first - short, min(centres[0], last - 1))
        high = min(last + short, max(centres[1], first + 1))
        later = time >= low
        t = np.clip((time[later] - low) / max(high - low, 1e-9), 0, 1)
        result[later] = slerp(result[later], after.at(time[later]), t)
    return result
