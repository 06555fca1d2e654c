"""The mesh a person sees: the simulated body's shapes as a jointed figure.

Limbs, hands, feet and pelvis stand where the simulation has its capsules and
boxes, with edges rounded and limbs tapered inwards, so what touches on screen
is what touches in the simulation. The round chest covers the simulation's, and
the dark parts (balls in the joints, waist, neck, visor) only fill gaps.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import bpy
import numpy as np

from ....runtime.body import BODY_NAMES, SMPL_NAMES, load_figures
from ....runtime.body.rest_pose import REST_TURN, rest_pose

_SEGMENTS, _RINGS, _BEVEL_STEPS = 24, 12, 4

_SHELL, _JOINT = 0, 1
_MATERIALS = (
    ("Motivo Shell", (0.72, 0.69, 0.65, 1.0), 0.4),
    ("Motivo Joint", (0.045, 0.05, 0.06, 1.0), 0.5),
)

# Radius of the far end of a limb, as a share of its capsule's.
_TAPER = {"Hip": 0.84, "Knee": 0.72, "Shoulder": 0.86, "Elbow": 0.78}
# Bevel of a box, as a share of its smallest half size.
_BEVEL = {"Head": 0.92, "Pelvis": 0.75, "Hand": 0.95, "Toe": 0.8, "Ankle": 0.55}
# Metres: radius of the ball in each joint.
_BALLS = {
    "Hip": 0.06,
    "Knee": 0.047,
    "Ankle": 0.038,
    "Shoulder": 0.05,
    "Elbow": 0.039,
    "Wrist": 0.029,
    "Hand": 0.02,
}
# Drawn in another way than the simulation's shape.
_REPLACED = ("Torso", "Spine", "Chest", "Neck", "nose")

# Centre, half size and bevel of rounded boxes in the frame of a body, metres.
_CHEST = ("Chest", (-0.001, 0.052, -0.022), (0.132, 0.140, 0.098), 0.094, _SHELL)
_VISOR = ("Head", (-0.004, 0.108, 0.036), (0.055, 0.021, 0.033), 0.019, _JOINT)

# Tubes that bend: body, height and depth of the ring's centre in its frame, half width and
# half depth, all in metres. A ring moves with its body; between rings the surface stretches.
_WAIST = (
    ("Pelvis", 0.030, -0.008, 0.094, 0.064),
    ("Pelvis", 0.075, -0.014, 0.089, 0.071),
    ("Torso", 0.020, 0.003, 0.083, 0.071),
    ("Torso", 0.085, 0.002, 0.085, 0.072),
    ("Spine", 0.010, 0.008, 0.096, 0.076),
    ("Chest", 0.010, -0.010, 0.105, 0.080),
    ("Chest", 0.060, -0.020, 0.090, 0.075),
)
_NECK = (
    ("Chest", 0.140, -0.030, 0.074, 0.058),
    ("Chest", 0.182, -0.036, 0.060, 0.052),
    ("Neck", 0.004, 0.002, 0.047, 0.046),
    ("Neck", 0.045, 0.032, 0.043, 0.044),
    ("Head", 0.015, -0.004, 0.043, 0.046),
    ("Head", 0.050, -0.006, 0.038, 0.044),
)

_Faces = list[tuple[int, ...]]


@dataclass
class _Pieces:
    """Surfaces collected for one mesh."""

    points: list[np.ndarray] = field(default_factory=list)
    bodies: list[np.ndarray] = field(default_factory=list)
    faces: _Faces = field(default_factory=list)
    materials: list[int] = field(default_factory=list)

    def add(
        self, bodies: int | np.ndarray, points: np.ndarray, faces: _Faces, material: int
    ) -> None:
        """``points`` (N, 3), each in the frame of its body; ``faces`` index into them."""
        first = sum(len(block) for block in self.points)
        bodies = np.broadcast_to(bodies, len(points))
        self.points.append(rest_pose().heads[bodies] + points @ REST_TURN.T)
        self.bodies.append(bodies)
        self.faces += [tuple(first + corner for corner in face) for face in faces]
        self.materials += [material] * len(faces)


@dataclass(frozen=True)
class Surface:
    """The mesh as arrays, for drawing without an object."""

    owner: np.ndarray
    """(V,) body that moves each vertex."""
    points: np.ndarray
    normals: np.ndarray
    """(V, 3) in the frames of the bodies."""
    triangles: np.ndarray
    """(F, 3) int32."""
    dark: np.ndarray
    """(V,) bool: joints and the visor."""

    def posed(self, positions: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bodies (24, 3), (24, 3, 3) -> vertices and normals (V, 3) in the world."""
        turns = rotations[self.owner]
        points = positions[self.owner] + np.einsum("vij,vj->vi", turns, self.points)
        return points, np.einsum("vij,vj->vi", turns, self.normals)


@lru_cache(maxsize=1)
def surface() -> Surface:
    pieces = _pieces()
    rest, owner = np.concatenate(pieces.points), np.concatenate(pieces.bodies)
    triangles, dark = [], np.zeros(len(rest), dtype=bool)
    for face, material in zip(pieces.faces, pieces.materials, strict=True):
        dark[list(face)] = material == _JOINT
        triangles += [(face[0], face[i], face[i + 1]) for i in range(1, len(face) - 1)]
    corners = np.array(triangles, dtype=np.int32)
    a, b, c = (rest[corners[:, corner]] for corner in range(3))
    normals = np.zeros_like(rest)
    for corner in range(3):
        np.add.at(normals, corners[:, corner], np.cross(b - a, c - a))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    local = (rest - rest_pose().heads[owner]) @ REST_TURN
    return Surface(owner, local, normals @ REST_TURN, corners, dark)


def _pieces() -> _Pieces:
    pieces = _Pieces()
    for body, figure in enumerate(load_figures()["bodies"]):
        kind = figure["name"].split("_")[-1]
        for geom in figure["geoms"]:
            if geom["name"] not in _REPLACED:
                pieces.add(body, *_shape(geom, kind), _SHELL)
        if kind in _BALLS:
            ball = _capsule(np.zeros(3), np.zeros(3), _BALLS[kind], _BALLS[kind])
            pieces.add(body, *ball, _JOINT)
    for owner, centre, half, bevel, material in (_CHEST, _VISOR):
        points, faces = _rounded_box(np.array(half), bevel)
        pieces.add(BODY_NAMES.index(owner), points + centre, faces, material)
    for rings in (_WAIST, _NECK):
        pieces.add(*_tube(rings), _JOINT)
    return pieces


def make_proxy_mesh(name: str) -> tuple[bpy.types.Mesh, dict[str, np.ndarray]]:
    """The mesh at rest in the armature's space, and for each bone the vertices it moves."""
    pieces = _pieces()
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.concatenate(pieces.points), [], pieces.faces)
    mesh.polygons.foreach_set("material_index", pieces.materials)
    mesh.polygons.foreach_set("use_smooth", [True] * len(pieces.faces))
    for material in _MATERIALS:
        mesh.materials.append(_material(*material))
    mesh.update()
    owner = np.concatenate(pieces.bodies)
    return mesh, {SMPL_NAMES[body]: np.flatnonzero(owner == body) for body in range(24)}


def _shape(geom: dict, kind: str) -> tuple[np.ndarray, _Faces]:
    size = geom["size"]
    if geom["type"] == "box":
        points, faces = _rounded_box(np.array(size), _BEVEL[kind] * min(size))
        return points + geom["pos"], faces
    start, end = np.array(geom["fromto"]).reshape(2, 3)
    return _capsule(start, end, size[0], size[0] * _TAPER.get(kind, 1.0))


def _tube(rings: tuple[tuple[str, float, float, float, float], ...]):
    """Body of each point, points and faces of an open tube through elliptic rings."""
    azimuth = np.arange(_SEGMENTS) * 2 * np.pi / _SEGMENTS
    points = np.empty((len(rings), _SEGMENTS, 3))
    for ring, (_, height, depth, half_width, half_depth) in zip(points, rings, strict=True):
        ring[:, 0] = half_width * np.cos(azimuth)
        ring[:, 1] = height
        ring[:, 2] = depth - half_depth * np.sin(azimuth)
    bodies = np.repeat([BODY_NAMES.index(ring[0]) for ring in rings], _SEGMENTS)
    return bodies, points.reshape(-1, 3), _quads_between_rings(len(rings))


def _quads_between_rings(count: int) -> _Faces:
    faces: _Faces = []
    for row in range(0, (count - 1) * _SEGMENTS, _SEGMENTS):
        for column in range(_SEGMENTS):
            beside, upper = (column + 1) % _SEGMENTS, row + _SEGMENTS
            faces.append((row + column, row + beside, upper + beside, upper + column))
    return faces


def _capsule(
    start: np.ndarray, end: np.ndarray, radius: float, end_radius: float
) -> tuple[np.ndarray, _Faces]:
    """A capsule from ``start`` to ``end``, as thick as given there; a ball where both meet."""
    axis = end - start
    length = np.linalg.norm(axis)
    axis = axis / length if length > 0 else np.array([0.0, 0.0, 1.0])
    side = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    side /= np.linalg.norm(side)
    frame = np.stack([side, np.cross(axis, side), axis])
    # Both half balls, without their poles; the equator stands once at each end.
    polar = np.linspace(np.pi, 0.0, _RINGS + 1)[1:-1]
    middle = len(polar) // 2
    polar = np.insert(polar, middle, np.pi / 2)
    thick = np.where(np.arange(len(polar)) <= middle, radius, end_radius)
    lift = np.where(np.arange(len(polar)) <= middle, 0.0, length)
    if length == 0:
        polar, thick, lift = (np.delete(values, middle) for values in (polar, thick, lift))
    azimuth = np.arange(_SEGMENTS) * 2 * np.pi / _SEGMENTS
    around = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1)
    local = np.empty((len(polar), _SEGMENTS, 3))
    local[..., :2] = (thick * np.sin(polar))[:, None, None] * around
    local[..., 2] = (thick * np.cos(polar) + lift)[:, None]
    poles = np.array([[0, 0, -radius], [0, 0, length + end_radius]])
    points = start + np.concatenate([local.reshape(-1, 3), poles]) @ frame
    low, high, top = len(points) - 2, len(points) - 1, (len(polar) - 1) * _SEGMENTS
    faces = _quads_between_rings(len(polar))
    for column in range(_SEGMENTS):
        beside = (column + 1) % _SEGMENTS
        faces.append((low, beside, column))
        faces.append((high, top + column, top + beside))
    return points, faces


def _rounded_box(half: np.ndarray, bevel: float) -> tuple[np.ndarray, _Faces]:
    """A box of half sizes ``half`` around the origin with edges of radius ``bevel``.

    Each of the eight corners is an eighth of a ball, cut as a cube's corner
    would be and moved outwards; so flat faces are exactly flat.
    """
    steps = np.linspace(0.0, 1.0, _BEVEL_STEPS + 1)
    across = np.tan(np.concatenate([-steps[::-1], steps]) * np.pi / 4)
    outward = np.repeat([-1.0, 1.0], _BEVEL_STEPS + 1)
    last = len(across) - 1
    index: dict[tuple[int, ...], int] = {}
    faces: _Faces = []
    for axis in range(3):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        for end in (0, last):
            for i in range(last):
                for j in range(last):
                    corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
                    face = []
                    for u, v in corners if end else corners[::-1]:
                        key = [end] * 3
                        key[one], key[two] = u, v
                        face.append(index.setdefault(tuple(key), len(index)))
                    faces.append(tuple(face))
    grid = np.array(list(index))
    normals = across[grid] / np.linalg.norm(across[grid], axis=1, keepdims=True)
    return outward[grid] * (half - bevel) + bevel * normals, faces


def _material(name: str, colour: tuple[float, ...], roughness: float) -> bpy.types.Material:
    """The material of that name, made if the file has none: bodies share theirs."""
    material = bpy.data.materials.get(name)
    if material is None:
        material = bpy.data.materials.new(name)
        material.diffuse_color, material.roughness = colour, roughness
        if material.node_tree is None:
            material.use_nodes = True
        shader = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
        shader.inputs["Base Color"].default_value = colour
        shader.inputs["Roughness"].default_value = roughness
    return material
