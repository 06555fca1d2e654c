"""Banded systems solved on one thread.

LAPACK's solver of banded systems hands such narrow work to every thread BLAS
has, which then wait for one another: a hundred times slower on the machine of
anybody who does not limit them. Blocks of this size BLAS works on by itself.
"""

from __future__ import annotations

import numpy as np

_LEAST = 16
"""Unknowns in a block that are worth a step in Python."""


def solve_banded(band: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution, as ``right`` (n,) or (n, K), of a symmetric positive definite system.

    ``band`` (reach + 1, n) are the upper diagonals of its matrix A, the main one last, as
    ``scipy.linalg.solveh_banded`` takes them: band[reach + i - j, j] = A[i, j].
    """
    reach, count = len(band) - 1, band.shape[1]
    size = max(reach, min(_LEAST, count))
    blocks = -(-count // size)
    diagonal, beside = _blocks(band, blocks, size)
    values = np.zeros((blocks * size, right[0].size))
    values[:count] = right.reshape(count, -1)
    values = values.reshape(blocks, size, -1)
    # Each block in terms of the one after it, then backwards.
    found = np.empty((blocks, size, size + values.shape[2]))
    found[:, :, :size], found[:, :, size:] = beside, values
    for number in range(blocks):
        if number:
            above = beside[number - 1].T @ found[number - 1]
            diagonal[number] -= above[:, :size]
            found[number, :, size:] -= above[:, size:]
        found[number] = np.linalg.solve(diagonal[number], found[number])
    for number in range(blocks - 2, -1, -1):
        found[number, :, size:] -= found[number, :, :size] @ found[number + 1, :, size:]
    return found[:, :, size:].reshape(blocks * size, -1)[:count].reshape(right.shape)


def _blocks(band: np.ndarray, blocks: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(blocks, size, size) on the diagonal of a matrix and (the same) between each and the next."""
    reach, count = len(band) - 1, band.shape[1]
    padded = np.zeros((reach + 1, (blocks + 1) * size))
    padded[:, :count] = band
    padded[reach, count:] = 1.0
    columns = padded.reshape(reach + 1, blocks + 1, size)
    row, column = np.indices((size, size))
    diagonal = np.zeros((blocks, size, size))
    inside = (column >= row) & (column - row <= reach)
    i, j = row[inside], column[inside]
    diagonal[:, i, j] = diagonal[:, j, i] = columns[reach + i - j, :-1, j].T
    beside = np.zeros((blocks, size, size))
    inside = size + column - row <= reach
    i, j = row[inside], column[inside]
    beside[:, i, j] = columns[reach + i - j - size, 1:, j].T
    return diagonal, beside
