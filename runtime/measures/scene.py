"""How a performance treats its scene: measured on its states by MuJoCo's collisions alone."""

import mujoco
import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..body.model import make_spec
from ..body.support_points import support_points
from ..motion.motion import Motion
from ..scene.ground import Ground
from ..scene.props.stages import stages_along
from ..scene.surroundings import Surroundings
from ..scene.touches import SceneTouch

FEET = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")
TOUCHING_M = 0.002
"""Over the ground, in two frames on end: a corner of a sole that is lower stands."""


def scene_measures(motion: Motion, around: Surroundings, scale: float = 1.0) -> dict[str, object]:
    """Plain data: how deep feet and body are in objects, how far planted soles slip. ``scale``:
    metres in the lengths that motion and scene are given in, of bodies of other sizes."""
    depth = np.zeros((motion.frames, 24))
    for stage in stages_along(around.scene, motion.qpos, around.start):
        start = motion.qpos[stage.first] if stage.first else around.start
        own = Surroundings(stage.scene, start, motion.frames, near=around.near)
        rows = slice(stage.first, stage.last + 1)
        depth[rows] = penetration(motion, own, stage.first, stage.last + 1)[rows]
    feet = [BODY_NAMES.index(name) for name in FEET]
    return {
        "scene_penetration_foot_mm": 1000 * scale * float(depth[:, feet].max()),
        "scene_penetration_body_mm": 1000 * scale * float(depth.max()),
        "planted_slip_cm": 100 * scale * planted_slip(motion, around.ground, TOUCHING_M / scale),
    }


def penetration(
    motion: Motion, around: Surroundings, first: int = 0, stop: int | None = None
) -> np.ndarray:
    """(T, 24) metres that each body is inside of what stands or moves around it, tilted floors
    included; in frames ``first`` to ``stop`` (exclusive)."""
    spec = make_spec()
    around.add_to(spec)
    model = spec.compile()
    data, touch = mujoco.MjData(model), SceneTouch(model, around)
    result = np.zeros((motion.frames, 24))
    for frame in range(first, motion.frames if stop is None else stop):
        data.qpos[:76] = motion.qpos[frame]
        around.apply(model, data, frame, 0.0)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        touches = touch.touches(data)
        np.maximum.at(result[frame], touches.body - 1, -touches.distance)
    return result


def planted_slip(motion: Motion, ground: Ground, touching: float = TOUCHING_M) -> float:
    """Metres: how far any corner of a sole moves along the ground while it stands there."""
    table = support_points()
    used = np.flatnonzero(np.isin(table.body, [BODY_NAMES.index(name) for name in FEET]))
    positions, rotations = forward_kinematics(motion.qpos)
    corners = positions[:, table.body[used]] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body[used]], table.offset[used]
    )
    low = corners[..., 2] - ground.heights(corners) < touching
    worst = 0.0
    for corner in range(len(used)):
        start = None
        for frame in range(motion.frames):
            if not low[frame, corner]:
                start = None
                continue
            start = frame if start is None else start
            way = np.linalg.norm(corners[frame, corner] - corners[start, corner])
            worst = max(worst, float(way))
    return worst
