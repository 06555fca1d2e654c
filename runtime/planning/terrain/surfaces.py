"""The surface of an object that may move, frame by frame."""

import numpy as np
from scipy.spatial.transform import Rotation

from ...scene.description import SceneObject
from ...scene.ground import Nearest, Surface
from ...scene.surroundings import way_of


class MovingSurface:
    """An object frame by frame."""

    def __init__(self, one: SceneObject, frames: int) -> None:
        self.name = one.name
        self._surface = Surface(one)
        self._place, quat = way_of(one, frames)
        self._turn = Rotation.from_quat(quat, scalar_first=True)
        self.may = np.zeros(frames, dtype=bool)
        """(T,) whether hands may be on it."""
        self.may[one.hands_from : one.hands_to] = True

    def own(self, points: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Points (n, 3) of the world at frames (n,) -> the same in the object's frame."""
        return np.asarray(self._turn[frames].inv().apply(points - self._place[frames]))

    def world(self, points: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """The inverse of ``own``."""
        return np.asarray(self._place[frames] + self._turn[frames].apply(points))

    def nearest(self, points: np.ndarray, frames: np.ndarray) -> Nearest:
        """Where its surface is nearest to points (n, 3) of the world at frames (n,)."""
        found = self._surface.nearest(self.own(points, frames))
        return Nearest(
            found.distance,
            self.world(found.place, frames),
            np.asarray(self._turn[frames].apply(found.normal)),
        )
