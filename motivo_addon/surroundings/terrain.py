"""Ground of any form as heights on a grid, as they are seen from above."""

from math import ceil
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Quaternion, Vector
from mathutils.bvhtree import BVHTree

from ...runtime.errors import UserError

if TYPE_CHECKING:
    import numpy as np

WIDEST_M = 0.3
"""Between two heights; a mesh that is finer is looked at where its own vertices are."""
MOST_CELLS = 400
"""Along a side, however fine the mesh is."""
FINER_SHARE = 0.25
"""Of the edges that may be shorter than the grid is wide."""
MOST_FACES = 2_000_000
"""Of a mesh that is looked at at all."""
MOST_FACES_UNASKED = 400_000
"""Of one that is looked at whether it is ground; a larger one takes seconds."""
MOST_LOOKED_AT = 2000
"""Faces of it that tell."""
STEEPEST = 0.02
"""Of a unit vector out of a face, how much of it is upright at least: walls are no ground."""
LEVEL_M = 1e-3
"""What is flatter is a sheet like any other."""
HAIR = 1e-6
"""Of its size: how near to its edge, and to a place that no face is found under, a ray passes the mesh."""
UPRIGHT = 1e-6
"""Radians by which an object may be tilted and yet counts as upright."""


def is_ground(vertices: "np.ndarray", faces: "np.ndarray") -> bool:
    """Whether a mesh is a sheet that is not level and seen from above in all its parts."""
    import numpy as np

    if not 0 < len(faces) <= MOST_FACES_UNASKED or np.ptp(vertices[:, 2]) < LEVEL_M:
        return False
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    ups, sizes = normals[:, 2], np.linalg.norm(normals, axis=1)
    mixed = ups.min() < 0 < ups.max() or not ups.any()
    if mixed or (np.abs(ups) < STEEPEST * sizes).any():
        return False
    tree, top = _tree(vertices, faces), float(vertices[:, 2].max())
    looked_at = corners[ups != 0][:: max(1, len(corners) // MOST_LOOKED_AT)].mean(axis=1)
    for x, y, z in looked_at.tolist():
        hit = _from_above(tree, x, y, top)
        if hit is None or hit > z + LEVEL_M:
            return False
    return True


def terrain_of(
    one: bpy.types.Object, vertices: "np.ndarray", faces: "np.ndarray", turn: Quaternion
) -> tuple[dict[str, Any], Vector, Quaternion]:
    """Heights on a grid, by rays from above; what lies beside the mesh is as low as its lowest point.

    Vertices (n, 3) in the frame of an object that is turned by ``turn``; terrain stands upright,
    so that what the object is tilted by goes into the heights. Raises ``UserError``.
    """
    import numpy as np

    if len(faces) > MOST_FACES:
        raise UserError(f"'{one.name}' has {len(faces):,} faces; decimate it first.")
    tilt = _tilt(turn)
    upright = vertices @ np.array(tilt.to_matrix()).T
    low, high = upright.min(axis=0), upright.max(axis=0)
    wide, deep = (high - low)[:2].tolist()
    if min(wide, deep) <= 0:
        raise UserError(f"'{one.name}' has no extent to be a terrain; choose another shape.")
    columns, rows = (
        _heights_along(length, step)
        for length, step in zip((wide, deep), _grains(upright, faces), strict=True)
    )
    tree = _tree(upright, faces)
    hair = HAIR * (1 + max(wide, deep))
    x, y = (
        np.linspace(low[axis] + hair, high[axis] - hair, count).tolist()
        for axis, count in enumerate((columns, rows))
    )
    bottom, top = float(low[2]), float(high[2])
    heights = np.full((rows, columns), bottom)
    for row in range(rows):
        for column in range(columns):
            for aside in (0.0, hair, -hair):
                hit = _from_above(tree, x[column] + aside, y[row] + aside, top)
                if hit is not None:
                    heights[row, column] = hit
                    break
    middle = Vector(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0.0))
    back = tilt.inverted()
    return (
        {"shape": "terrain", "size": [wide, deep], "heights": heights.round(5)},
        back @ middle,
        back,
    )


def _tilt(turn: Quaternion) -> Quaternion:
    """What is left of a turn without its turn about the upright, to be done first."""
    _, about_up = turn.to_swing_twist("Z")
    tilt = Quaternion((0, 0, 1), -about_up) @ turn
    return tilt if tilt.angle > UPRIGHT else Quaternion()


def _grains(vertices: "np.ndarray", faces: "np.ndarray") -> tuple[float, float]:
    """How fine a mesh is along x and y: the lengths, seen from above, of its edges that lead there."""
    import numpy as np

    edges = vertices[faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), :2]
    ways = np.abs(edges[:, 1] - edges[:, 0])
    result = []
    for axis in (0, 1):
        own = ways[ways[:, axis] > ways[:, 1 - axis] * 1.01, axis]
        result.append(float(np.quantile(own, FINER_SHARE)) if len(own) else WIDEST_M)
    return result[0], result[1]


def _heights_along(length: float, grain: float) -> int:
    """How many: one at each vertex of a grid of this grain, and in between where that is wide."""
    cells = max(1, round(length / max(grain, length / MOST_CELLS)))
    finer = ceil(length / cells / WIDEST_M - 1e-6)
    return min(cells * finer, MOST_CELLS) + 1


def _tree(vertices: "np.ndarray", faces: "np.ndarray") -> BVHTree:
    return BVHTree.FromPolygons(vertices.tolist(), faces.tolist())


def _from_above(tree: BVHTree, x: float, y: float, top: float) -> float | None:
    hit = tree.ray_cast(Vector((x, y, top + 1)), Vector((0, 0, -1)))[0]
    return None if hit is None else hit.z
