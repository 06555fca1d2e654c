"""Shapes of objects: boxes, spheres, capsules, meshes as convex pieces, terrain.

Lengths in metres, in the object's own frame. Whatever cannot be simulated raises
``UserError`` without a name; ``SceneObject`` puts its own before it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from ..errors import UserError

SMALLEST_M = 1e-3
LARGEST_M = 1000.0
MOST_FACES = 20_000
"""Of a mesh: more are not needed for what a body can feel, and make each step slow."""
MOST_PIECES = 64
"""Convex pieces of one mesh."""
MOST_CELLS = 512 * 512
"""Of a terrain."""
HOLLOW = 1.3
"""Times a closed part's volume that its hull may have; beyond it stands where nothing is."""
THICKNESS_M = 0.02
"""That flat parts get: a sheet has no inside to be pushed out of."""

MeshFit = Literal["parts", "hull"]


@dataclass(frozen=True)
class Box:
    """Centred at the object's origin."""

    size: tuple[float, float, float]
    """Whole lengths along x, y and z."""

    def __post_init__(self) -> None:
        _check_lengths(self.size, 3, "a box's size")


@dataclass(frozen=True)
class Sphere:
    radius: float

    def __post_init__(self) -> None:
        _check_lengths((self.radius,), 1, "a sphere's radius")


@dataclass(frozen=True)
class Capsule:
    """Along the object's z axis."""

    radius: float
    length: float
    """Between the centres of the two round ends."""

    def __post_init__(self) -> None:
        _check_lengths((self.radius, self.length), 2, "a capsule's radius and length")


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles, simulated as convex pieces: one hull for each loose part, or one for all."""

    vertices: np.ndarray
    """(n, 3)"""
    faces: np.ndarray
    """(m, 3) indices of vertices"""
    fit: MeshFit = "parts"

    def __post_init__(self) -> None:
        vertices = _numbers(self.vertices, (-1, 3), "a mesh's vertices are a list of [x, y, z]")
        faces = np.asarray(self.faces)
        if len(faces) > MOST_FACES:
            raise UserError(
                f"has {len(faces):,} faces, at most {MOST_FACES:,} can be simulated; "
                "decimate it, or take a box in its place"
            )
        if faces.ndim != 2 or faces.shape[1] != 3 or not np.issubdtype(faces.dtype, np.integer):
            raise UserError("has faces that are not triangles; triangulate it")
        if len(faces) and not (faces.min() >= 0 and faces.max() < len(vertices)):
            raise UserError("has faces of vertices that are not there")
        if self.fit not in get_args(MeshFit):
            raise UserError(f"is to be fitted by '{self.fit}'; choose 'parts' or 'hull'")
        if not len(faces):
            raise UserError("has no faces; a body cannot touch points and edges")
        if np.ptp(vertices, axis=0).max() > LARGEST_M:
            raise UserError(f"is larger than {LARGEST_M:g} m; is its unit metres?")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces.astype(np.int64))

    @cached_property
    def pieces(self) -> tuple[np.ndarray, ...]:
        """Convex pieces, each as the vertices (k, 3) of its hull.

        Raises ``UserError`` for meshes that are open or whose parts are far from convex.
        """
        if self.fit == "hull":
            return (_hull(self.vertices).points,)
        parts = _loose_parts(self.faces, len(self.vertices))
        if len(parts) > MOST_PIECES:
            raise UserError(
                f"is made of {len(parts)} loose parts, at most {MOST_PIECES} can be simulated; "
                'join them, or set its shape to Hull ("fit": "hull")'
            )
        return tuple(self._part(faces) for faces in parts)

    def _part(self, faces: np.ndarray) -> np.ndarray:
        own = self.vertices[np.unique(faces)]
        hull = _hull(own)
        if hull.flat:
            return hull.points
        edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        _, counts = np.unique(edges, axis=0, return_counts=True)
        if (counts != 2).any():
            raise UserError(
                f"has holes ({int((counts != 2).sum())} open edges), so that its inside cannot be "
                'told; fill them, or set its shape to Terrain if it is ground, else to Hull ("fit": "hull")'
            )
        corners = self.vertices[faces]
        volume = (
            abs(
                np.einsum("ij,ij->i", corners[:, 0], np.cross(*corners[:, 1:].swapaxes(0, 1))).sum()
            )
            / 6
        )
        if hull.volume > HOLLOW * max(volume, 1e-12):
            raise UserError(
                f"has a part that is hollow or bent: its hull is {hull.volume / max(volume, 1e-12):.1f} "
                "times as large; split it into loose convex parts, or set its shape to Terrain if it is "
                'ground, else to Hull ("fit": "hull")'
            )
        return hull.points


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights on a grid; its middle is the object's origin, it is not to be tilted."""

    size: tuple[float, float]
    """Whole lengths along x and y."""
    heights: np.ndarray
    """(rows, columns): rows along y, columns along x, from the least to the greatest."""

    def __post_init__(self) -> None:
        _check_lengths(self.size, 2, "a terrain's size")
        heights = _numbers(self.heights, None, "a terrain's heights are a list of rows of numbers")
        if heights.ndim != 2 or min(heights.shape) < 2:
            raise UserError("has heights that are not a grid of at least 2 x 2")
        if heights.size > MOST_CELLS:
            raise UserError(
                f"has {heights.size:,} heights, at most {MOST_CELLS:,} can be simulated; "
                "make its grid coarser"
            )
        if np.ptp(heights) > LARGEST_M:
            raise UserError(f"is higher than {LARGEST_M:g} m; is its unit metres?")
        object.__setattr__(self, "heights", heights)


Shape = Box | Sphere | Capsule | Mesh | Terrain


@dataclass(frozen=True)
class _Hull:
    points: np.ndarray
    volume: float
    flat: bool


def _hull(points: np.ndarray) -> _Hull:
    """The convex hull; of flat points that of a sheet with them as its upper side."""
    middle = points.mean(axis=0)
    _, spread, axes = np.linalg.svd(points - middle, full_matrices=False)
    if len(spread) < 3 or spread[1] < SMALLEST_M * np.sqrt(len(points)):
        raise UserError("is a line or a point; a body cannot touch it")
    flat = spread[2] < SMALLEST_M
    if flat:
        normal = axes[2] if axes[2, 2] >= 0 else -axes[2]
        points = np.concatenate([points, points - THICKNESS_M * normal])
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull = ConvexHull(points)
    except QhullError as error:
        raise UserError("has a part of which no hull can be made", repr(error)) from error
    return _Hull(points[hull.vertices], float(hull.volume), flat)


def _loose_parts(faces: np.ndarray, count: int) -> list[np.ndarray]:
    """Faces (m, 3) -> those of each part that hangs together by vertices."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = faces[:, [0, 1]].T.ravel(), faces[:, [1, 2]].T.ravel()
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1][faces[:, 0]]
    return [faces[labels == label] for label in np.unique(labels)]


def _check_lengths(lengths: tuple[float, ...], count: int, what: str) -> None:
    if len(lengths) != count or not all(isinstance(length, int | float) for length in lengths):
        raise UserError(f"needs {what} as {count} number{'s' * (count > 1)} in metres")
    if not np.isfinite(lengths).all():
        raise UserError(f"has a length that is not finite; give {what} in metres")
    if min(lengths) < SMALLEST_M:
        raise UserError(
            f"is {min(lengths):g} m thick; lengths and scales must be above zero, "
            f"at least {SMALLEST_M:g} m"
        )
    if max(lengths) > LARGEST_M:
        raise UserError(f"is larger than {LARGEST_M:g} m; is its unit metres?")


def _numbers(values: object, shape: tuple[int, ...] | None, form: str) -> np.ndarray:
    try:
        array = np.array(values, dtype=np.float64)
        array = array if shape is None else array.reshape(shape)
    except (TypeError, ValueError) as error:
        raise UserError(f"is not well formed: {form}", repr(error)) from error
    if not np.isfinite(array).all():
        raise UserError("has a coordinate that is not finite")
    return array


def reach_of(shape: Shape) -> float:
    """Metres from its origin to its farthest point; of what moves or is held, which terrain does not."""
    if isinstance(shape, Box):
        return float(np.linalg.norm(shape.size)) / 2
    if isinstance(shape, Sphere):
        return shape.radius
    if isinstance(shape, Capsule):
        return shape.radius + shape.length / 2
    assert isinstance(shape, Mesh), "terrain neither moves nor is it held"
    return float(np.linalg.norm(shape.vertices, axis=1).max())
