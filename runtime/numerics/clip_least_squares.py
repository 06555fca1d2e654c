"""Least squares over a whole clip: unknowns per frame, tied to those of the frames beside it."""

from __future__ import annotations

import numpy as np

from .block_banded import solve_banded


class ClipLeastSquares:
    """A sum of weighted squares in unknowns x of shape (T, W); ``solve`` finds its minimum.

    Terms reach over three frames at most, so that the system is banded and a
    clip costs time in proportion to its length.
    """

    def __init__(self, frames: int, width: int) -> None:
        self.frames, self.width = frames, width
        self._same = np.zeros((frames, width, width))
        self._next = np.zeros((frames, width, width))
        """Between each frame and the one after it."""
        self._after_next = np.zeros((frames, width))
        """Each unknown with itself two frames later."""
        self._right = np.zeros((frames, width))

    def copy(self) -> ClipLeastSquares:
        """Another one with the same terms."""
        other = ClipLeastSquares(self.frames, self.width)
        other._same, other._next = self._same.copy(), self._next.copy()
        other._after_next, other._right = self._after_next.copy(), self._right.copy()
        return other

    def add(self, rows: np.ndarray, value: np.ndarray, weight: np.ndarray) -> None:
        """``weight`` (T, K) times the squares of ``rows`` (T, K, W) x - ``value`` (T, K)."""
        weighted = rows * weight[..., None]
        self._same += np.swapaxes(weighted, 1, 2) @ rows
        self._right += (weighted * value[..., None]).sum(axis=1)

    def add_velocity(self, rows: np.ndarray, value: np.ndarray, weight: np.ndarray) -> None:
        """The same of the change of ``rows`` (T, K, W) x to the next frame: value (T - 1, K), weight (T - 1,)."""
        before, after = rows[:-1], rows[1:]
        weight = weight[:, None, None]
        weighted_before, weighted_after = weight * before, weight * after
        self._same[1:] += np.swapaxes(weighted_after, 1, 2) @ after
        self._same[:-1] += np.swapaxes(weighted_before, 1, 2) @ before
        self._next[:-1] -= np.swapaxes(weighted_before, 1, 2) @ after
        self._right[1:] += (weighted_after * value[..., None]).sum(axis=1)
        self._right[:-1] -= (weighted_before * value[..., None]).sum(axis=1)

    def add_acceleration(self, weight: np.ndarray) -> None:
        """``weight`` (W,) times the squares of x's second differences."""
        if self.frames < 3:
            return
        middle, count = np.diag(weight), self.frames - 2
        for place, share in enumerate((1.0, -2.0, 1.0)):
            self._same[place : place + count] += share * share * middle
        self._next[:count] += -2.0 * middle
        self._next[1 : count + 1] += -2.0 * middle
        self._after_next[:count] += weight

    def solve(self) -> np.ndarray:
        """(T, W)"""
        frames, width = self.frames, self.width
        reach = 2 * width
        # Upper diagonals, the main one last: band[reach + i - j, j] = A[i, j].
        band = np.zeros((reach + 1, frames, width))
        for i in range(width):
            for j in range(width):
                if j >= i:
                    band[reach + i - j, :, j] = self._same[:, i, j]
                band[reach + i - j - width, 1:, j] = self._next[:-1, i, j]
            band[0, 2:, i] = self._after_next[:-2, i]
        flat = band.reshape(reach + 1, frames * width)
        return solve_banded(flat, self._right.ravel()).reshape(frames, width)
