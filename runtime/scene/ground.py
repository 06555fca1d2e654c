"""Where the ground is under a point of a scene: rays down onto all that stands still. And where an
object's surface is nearest to a point."""

from dataclasses import dataclass

import mujoco
import numpy as np

from ..body.support_points import SupportPoints, support_points
from .description import Scene, SceneObject, World
from .model import add_scene, scene_geoms
from .shapes import Terrain
from .terrain import heights_under
from .unchecked import with_values

STEP_UP_M = 0.3
"""Metres over a point from which the ground is looked for: what is higher is a ceiling to it."""
APART_M = 0.01
"""Metres between the rays that tell a slope."""
STEEPEST = 1.2
"""Rise over run beyond which two rays have not hit one surface but an edge."""
NOTHING_M = -1000.0
PROBE_M = 1e-4
FAR_M = 100.0
"""Metres beyond which nobody asks how far something is."""


class Ground:
    """The upper surface of a scene: floor, terrain and objects that do not move."""

    def __init__(self, scene: Scene) -> None:
        spec = _floor()
        add_scene(spec, scene)
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        mujoco.mj_kinematics(self._model, self._data)
        self.weightless = not np.any(scene.world.first_gravity)
        """Whether nothing pulls anybody down onto it."""
        # By itself: MuJoCo's rays pass between the triangles of height fields.
        self._terrains = [one for one in scene.objects if isinstance(one.shape, Terrain)]

    def heights(self, points: np.ndarray, up: float = STEP_UP_M) -> np.ndarray:
        """Points (..., 3) metres -> (...) metres: height of the first surface below ``up`` over each."""
        flat = np.array(points, dtype=np.float64).reshape(-1, 3)
        flat[:, 2] += up
        down, hit = np.array([0.0, 0.0, -1.0]), np.empty(1, dtype=np.int32)
        result = np.empty(len(flat))
        for row, point in enumerate(flat):
            way = mujoco.mj_ray(self._model, self._data, point, down, None, 1, -1, hit)
            result[row] = point[2] - way if way >= 0 else NOTHING_M
        for terrain in self._terrains:
            under = heights_under(terrain, flat)
            result = np.fmax(result, np.where(under <= flat[:, 2], under, np.nan))
        return result.reshape(points.shape[:-1])

    def normals(self, points: np.ndarray, up: float = STEP_UP_M) -> np.ndarray:
        """Points (..., 3) -> (..., 3) directions out of the surface below them; up at edges."""
        here = self.heights(points, up)
        rises = []
        for axis in np.eye(3)[:2] * APART_M:
            ahead, behind = (self.heights(points + sign * axis, up) for sign in (1, -1))
            sides = np.stack([(ahead - here) / APART_M, (here - behind) / APART_M])
            same = np.ptp(sides, axis=0) < 0.1
            rises.append(np.where(same, sides.mean(axis=0), 0.0))
        slope = np.stack([-rises[0], -rises[1], np.ones_like(here)], axis=-1)
        steep = np.linalg.norm(slope[..., :2], axis=-1) > STEEPEST
        slope[steep] = [0, 0, 1]
        return slope / np.linalg.norm(slope, axis=-1, keepdims=True)


def _floor() -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    spec.worldbody.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0, 0, 1],
        friction=[1, 0.005, 0.0001],
    )
    return spec


@dataclass(frozen=True)
class Nearest:
    """Of n points, where a surface is nearest to each."""

    distance: np.ndarray
    """(n,) metres, negative inside."""
    place: np.ndarray
    """(n, 3) metres, on the surface"""
    normal: np.ndarray
    """(n, 3) unit vectors out of it"""


class Surface:
    """All around an object, in its own frame; no terrain."""

    def __init__(self, one: SceneObject) -> None:
        still = with_values(
            one, position=(0.0, 0.0, 0.0), rotation=(1.0, 0.0, 0.0, 0.0), keys=(), hands=()
        )
        spec = _floor()
        add_scene(spec, Scene((still,), World(floor=False)))
        probe = spec.worldbody.add_body(name="probe", mocap=True)
        probe.add_geom(
            name="probe",
            type=mujoco.mjtGeom.mjGEOM_SPHERE,
            size=[PROBE_M, 0, 0],
            contype=0,
            conaffinity=0,
        )
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._probe = self._model.geom("probe").id
        self._geoms = scene_geoms(self._model)

    def nearest(self, points: np.ndarray) -> Nearest:
        """Of points (n, 3) metres."""
        result = Nearest(np.full(len(points), FAR_M), np.array(points), np.zeros((len(points), 3)))
        between = np.empty(6)
        for row, point in enumerate(points):
            self._data.mocap_pos[0] = point
            mujoco.mj_kinematics(self._model, self._data)
            for geom in self._geoms:
                away = PROBE_M + mujoco.mj_geomDistance(
                    self._model, self._data, self._probe, geom, FAR_M, between
                )
                if away >= result.distance[row]:
                    continue
                # From the surface of the probe, which lies on the same line, to the object's.
                out = between[:3] - between[3:]
                length = float(np.linalg.norm(out))
                sign = 1.0 if away > PROBE_M else -1.0
                result.distance[row], result.place[row] = away, between[3:]
                result.normal[row] = sign * out / length if length > 1e-9 else [0, 0, 1]
        return result


def clearances(
    ground: Ground, positions: np.ndarray, rotations: np.ndarray, table: SupportPoints | None = None
) -> np.ndarray:
    """Bodies (T, 24, 3), (T, 24, 3, 3) -> (T, K) metres of each support point over the ground."""
    table = table or support_points()
    points = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    points[..., 2] -= table.radius
    return points[..., 2] - ground.heights(points)
