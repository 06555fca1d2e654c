"""Terrain as it is simulated: convex prisms under the triangles of its surface.

MuJoCo's contacts with height fields are deeper by half as much again as their margin, so that nobody can be led
to one through contacts that are wide and soft at first. Prisms are felt as all else is.
"""

from functools import lru_cache

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..errors import UserError
from .description import SceneObject
from .shapes import Terrain

COARSEST_M, REFINED = 0.5, 1.25
"""The longest side of a cell, and by how much sides get shorter until the surface is met."""
TOLERANCE_M = 0.005
"""Metres by which the surface may differ from the heights that are given."""
BELOW_M = 0.5
"""Of each prism, below the lowest point of its terrain."""
NEAR_M = 1.4
"""From where the reference's pelvis goes: a body that lies or falls reaches no farther."""
MOST_PIECES = 4000
"""Prisms of one terrain that are simulated at most."""


@lru_cache(maxsize=16)
def simulated(terrain: Terrain) -> Terrain:
    """The same surface on as coarse a grid as meets it, for the fewer pieces the faster it is felt.

    Where none does, as at steps, the grid stays as it is.
    """
    heights, size = terrain.heights, np.array(terrain.size[::-1])
    given = np.array(heights.shape)
    side = COARSEST_M
    while True:
        shape = np.minimum(np.ceil(size / side).astype(int) + 1, given)
        if (shape == given).all():
            return terrain
        coarse = _sampled(
            heights, *(np.linspace(0, n - 1, m) for n, m in zip(given, shape, strict=True))
        )
        at = (np.linspace(0, m - 1, n) for n, m in zip(given, shape, strict=True))
        again = surface(coarse, *np.meshgrid(*at, indexing="ij"))
        if np.abs(again - heights).max() < TOLERANCE_M:
            return Terrain(terrain.size, coarse)
        side /= REFINED


def surface(heights: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Of a grid's heights (n, m), those of the triangles over it at fractional rows and columns (...)
    that broadcast; each cell is parted from its least to its greatest corner."""
    below, left = (
        np.clip(np.floor(at).astype(int), 0, count - 2)
        for at, count in zip((rows, columns), heights.shape, strict=True)
    )
    y, x = rows - below, columns - left
    least, greatest = heights[below, left], heights[below + 1, left + 1]
    # Along the two sides of the triangle that the point is in.
    right = np.where(x >= y, heights[below, left + 1], heights[below + 1, left])
    return np.asarray(
        least + np.maximum(x, y) * (right - least) + np.minimum(x, y) * (greatest - right)
    )


def heights_under(one: SceneObject, points: np.ndarray) -> np.ndarray:
    """Points (n, 3) metres -> (n,) metres: how high the terrain ``one`` is there; not a number beside it."""
    assert isinstance(one.shape, Terrain)
    turn = Rotation.from_quat(one.rotation, scalar_first=True)
    own = turn.inv().apply(points - np.array(one.position))
    felt = simulated(one.shape).heights
    rows, columns = (
        (own[:, axis] / length + 0.5) * (count - 1)
        for axis, length, count in zip((1, 0), one.shape.size[::-1], felt.shape, strict=True)
    )
    inside = (np.abs(own[:, :2]) <= np.array(one.shape.size) / 2).all(axis=1)
    return np.where(inside, one.position[2] + surface(felt, rows, columns), np.nan)


def prisms(terrain: Terrain, near: np.ndarray | None = None) -> np.ndarray:
    """(n, 6, 3) metres in the terrain's frame: the corners of prisms under its triangles.

    ``near`` (k, 2): of those alone that are near where somebody goes. Raises ``UserError`` without
    a name where there are too many.
    """
    coarse = simulated(terrain)
    rows, columns = coarse.heights.shape
    y, x = (
        np.linspace(-length / 2, length / 2, count)
        for length, count in zip(terrain.size[::-1], (rows, columns), strict=True)
    )
    points = np.stack([*np.meshgrid(x, y), coarse.heights], axis=-1)
    least, right, up, greatest = (
        points[row : rows - 1 + row, column : columns - 1 + column]
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1))
    )
    if near is not None:
        middle, half = (least + greatest)[..., :2] / 2, (greatest - least)[..., :2] / 2
        away, _ = cKDTree(near).query(middle, p=np.inf)
        used = away - half.max(axis=-1) < NEAR_M
    else:
        used = np.ones(least.shape[:2], dtype=bool)
    tops = np.concatenate(
        [
            np.stack([least, right, greatest], axis=2)[used],
            np.stack([least, greatest, up], axis=2)[used],
        ]
    )
    if len(tops) > MOST_PIECES:
        raise UserError(
            f"is so rough that {len(tops):,} pieces of it would be felt, at most {MOST_PIECES:,} can be; "
            "smooth it, make its grid coarser, or go a shorter way on it"
        )
    bottoms = tops.copy()
    bottoms[..., 2] = coarse.heights.min() - BELOW_M
    return np.concatenate([tops, bottoms], axis=1)


def _sampled(heights: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(len(rows), len(columns)) between the heights of a grid, at fractional rows and columns."""
    return np.asarray(
        map_coordinates(heights, np.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest")
    )
