"""How near the body is to the scene, by MuJoCo's own collisions, and how that moves with it."""

from dataclasses import dataclass

import mujoco
import numpy as np

from .model import geoms_of, scene_geoms
from .surroundings import Surroundings


@dataclass(frozen=True)
class Touches:
    """n places where the body touches the scene, or nearly does."""

    distance: np.ndarray
    """(n,) metres, negative where it is inside."""
    body: np.ndarray
    """(n,) id of the body of the person that does."""
    position: np.ndarray
    """(n, 3) metres"""
    normal: np.ndarray
    """(n, 3) out of the scene"""
    laid: np.ndarray
    """(n,) bool: whether a hand touches what is there for it to be put onto."""

    def slope(self, model: mujoco.MjModel, data: mujoco.MjData, index: int) -> np.ndarray:
        """(75,) by which a distance changes with the state that ``data`` has."""
        jacobian = np.empty((3, model.nv))
        body = int(self.body[index])
        mujoco.mj_jac(model, data, jacobian, None, self.position[index], body)
        return np.asarray(self.normal[index] @ jacobian)


class SceneTouch:
    """Looks for touches of the person and the scene, and of a floor that is not flat."""

    def __init__(self, model: mujoco.MjModel, surroundings: Surroundings) -> None:
        self._model = model
        self.tilted = bool(surroundings.scene.world.slope) or not surroundings.scene.world.floor
        chosen = scene_geoms(model)
        if self.tilted:
            chosen = np.append(chosen, model.geom("floor").id)
        self._is_scene = np.zeros(model.ngeom, dtype=bool)
        self._is_scene[chosen] = True
        human = np.flatnonzero(model.body_rootid == model.body("Pelvis").id)
        self._is_human = np.isin(model.geom_bodyid, human)
        self._for_hands = np.zeros((model.nbody, model.ngeom), dtype=bool)
        for one in surroundings.scene.objects:
            if one.hands:
                hands = [model.body(hand).id for hand in one.hands]
                self._for_hands[np.ix_(hands, geoms_of(model, one.name))] = True

    def touches(self, data: mujoco.MjData) -> Touches:
        """For ``data`` whose kinematics are done (``mj_kinematics``, ``mj_comPos``)."""
        mujoco.mj_collision(self._model, data)
        contact = data.contact
        first, second = contact.geom.T
        forth = self._is_scene[first] & self._is_human[second]
        back = self._is_human[first] & self._is_scene[second]
        used = np.flatnonzero(forth | back)
        normal = contact.frame[used, :3] * np.where(forth[used], 1.0, -1.0)[:, None]
        human = np.where(forth[used], second[used], first[used])
        thing = np.where(forth[used], first[used], second[used])
        bodies = self._model.geom_bodyid[human]
        return Touches(
            contact.dist[used].copy(),
            bodies,
            contact.pos[used].copy(),
            normal,
            self._for_hands[bodies, thing],
        )
