"""Other people in a MuJoCo model: their bodies as figures have them, led along their takes."""

from typing import Any

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES, touched_shapes
from ..body.kinematics import continuous_quaternions, forward_kinematics
from ..motion.motion import CONTROL_FPS, Motion
from .description import Person

_TYPES = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
}


def body_name(person: Person, body: str) -> str:
    """Of a person's body among the names of the scene."""
    return f"{person.name}:{body}"


def placed(person: Person, frames: int) -> Motion:
    """What the person does in the frames of the scene, where it does so; of the reference body."""
    at = np.clip(np.arange(frames) - person.start, 0, person.take.frames - 1)
    turn = Rotation.from_quat(person.rotation, scalar_first=True)
    qpos = person.take.qpos[at].copy()
    qpos[:, :3] = turn.apply(qpos[:, :3]) + np.array(person.position)
    own = Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    qpos[:, 3:7] = continuous_quaternions((turn * own).as_quat(scalar_first=True))
    return Motion(CONTROL_FPS, qpos)


def ways(person: Person, frames: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name of each of the 24 bodies -> places (frames, 3) and turns (frames, 4) wxyz, each on the
    hemisphere of the one before it."""
    at = np.clip(np.arange(frames) - person.start, 0, person.take.frames - 1)
    own = person.take.of_scale(1.0)
    positions, rotations = forward_kinematics(own.qpos[at])
    positions = positions * person.take.scale
    turn = Rotation.from_quat(person.rotation, scalar_first=True)
    result = {}
    for index, body in enumerate(BODY_NAMES):
        turns = turn * Rotation.from_matrix(rotations[:, index])
        result[body_name(person, body)] = (
            turn.apply(positions[:, index]) + np.array(person.position),
            continuous_quaternions(turns.as_quat(scalar_first=True)),
        )
    return result


def middle_of(body: str) -> np.ndarray:
    """(3,) metres in the body's frame: the middle of its first shape."""
    shape = next(one for index, one in touched_shapes() if BODY_NAMES[index] == body)
    return np.reshape(shape.get("fromto", shape.get("pos", np.zeros(3))), (-1, 3)).mean(axis=0)


def geoms(scale: float = 1.0) -> list[tuple[str, dict[str, Any]]]:
    """(body, what MuJoCo is told of the geom) of all shapes that can be touched of a person whose
    lengths are ``scale`` times those of the reference body."""
    return [
        (
            BODY_NAMES[body],
            {
                "type": _TYPES[shape["type"]],
                **{
                    k: (scale * np.array(shape[k])).tolist()
                    for k in ("fromto", "pos")
                    if k in shape
                },
                "size": [*(scale * np.array(shape["size"])), 0.0, 0.0][:3],
            },
        )
        for body, shape in touched_shapes()
    ]
