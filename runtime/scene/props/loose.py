"""Things that move freely: how they press on the body, and what became of them.

Finding a performance leaves them out and takes how they press as known, from a draft in which
they were there; the simulation that is kept has them, and moves them as they are moved.
"""

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np

from ..description import PlaceKey, Scene, SceneObject
from ..model import PREFIX

STATE = 13
"""Numbers of a free body's state: place (7) and speeds (6)."""
PERSON = slice(1, 25)
"""Bodies of the person in any model."""


def loose_geoms(model: mujoco.MjModel) -> np.ndarray:
    """(ngeom,) bool: of things that move freely."""
    named = np.array([model.geom(geom).name.startswith(PREFIX) for geom in range(model.ngeom)])
    roots = model.body_rootid[model.geom_bodyid]
    free = (model.body_dofnum[roots] > 0) & (roots != model.body("Pelvis").id)
    return np.asarray(named & free)


def state_of(data: mujoco.MjData) -> np.ndarray:
    """(13 k,) of the things behind the person in the model: all places, then all speeds."""
    return np.concatenate([data.qpos[76:], data.qvel[75:]])


def set_state(data: mujoco.MjData, state: np.ndarray) -> None:
    """The inverse of ``state_of``."""
    count = len(state) // STATE
    data.qpos[76:], data.qvel[75:] = state[: 7 * count], state[7 * count :]


def pressing(model: mujoco.MjModel, data: mujoco.MjData, loose: np.ndarray) -> np.ndarray:
    """(24, 6) N and Nm at the centres of mass by which things press on the person in this step.

    ``loose`` from ``loose_geoms``.
    """
    result, force = np.zeros((24, 6)), np.empty(6)
    for index, (first, second) in enumerate(data.contact.geom):
        if loose[first] == loose[second]:
            continue
        body = int(model.geom_bodyid[second if loose[first] else first])
        if not 1 <= body <= 24:
            continue
        mujoco.mj_contactForce(model, data, index, force)
        # In the contact's frame, whose first axis leads from the first geom to the second.
        pushed = force[:3] @ data.contact.frame[index].reshape(3, 3)
        pushed = pushed if loose[first] else -pushed
        arm = data.contact.pos[index] - data.xipos[body]
        result[body - 1] += [*pushed, *np.cross(arm, pushed)]
    return result


def ways_of(scene: Scene, states: np.ndarray, scale: float = 1.0) -> dict[str, Any]:
    """Plain data: name -> "position" (T, 3) and "rotation" (T, 4) wxyz of each thing.

    ``states`` (T, 13 k); ``scale``: metres in the lengths they are given in.
    """
    result = {}
    for number, one in enumerate(scene.loose):
        own = states[:, 7 * number : 7 * number + 7]
        result[one.name] = {
            "position": np.round(own[:, :3] * scale, 5).tolist(),
            "rotation": np.round(own[:, 3:], 6).tolist(),
        }
    return result


def led(scene: Scene, ways: dict[str, Any]) -> Scene:
    """The scene with the things that move freely led as they moved, as ``ways_of`` tells."""
    objects = tuple(_led(one, ways[one.name]) if one.free else one for one in scene.objects)
    return replace(scene, objects=objects)


def _led(one: SceneObject, way: dict[str, Any]) -> SceneObject:
    # What was hit may be faster than what may be keyed: places are set without a check.
    keys = tuple(
        PlaceKey(frame, tuple(place), tuple(turn))
        for frame, (place, turn) in enumerate(zip(way["position"], way["rotation"], strict=True))
    )
    result = replace(one, free=False, mass=0.0)
    object.__setattr__(result, "keys", keys)
    return result
