"""Whether the ground under the feet could bear a standing body: read from its states alone."""

import mujoco
import numpy as np

from ..body.figures import BODY_NAMES, GRAVITY
from ..body.kinematics import forward_kinematics
from ..body.model import shared_model
from ..body.support_points import support_points
from ..motion.contact_detection import PRESSURE
from ..motion.motion import Motion

BORNE = 0.5
"""Share of body weight that the ground has to carry for the body to count as standing."""
LEEWAY_M = 0.02
"""Metres around the hull: soles give way a little, and accelerations come from frames."""
FEET = [BODY_NAMES.index(name) for name in ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")]


def support_share(motion: Motion) -> float | None:
    """Share of the frames in which the body stands whose centre of pressure the feet can give.

    A frame counts where the ground bears at least half of the weight and nothing but feet
    touches it. The centre of pressure is where all forces that move the body (its centre of
    mass and its angular momentum, by differences of three frames) meet the floor, as if the
    floor alone gave them (the zero moment point of Vukobratovic); outside of the convex hull
    of the soles no floor can. None if the body never stands so.
    """
    if motion.frames < 3:
        return None
    centre, momentum = _momentum(motion)
    acceleration = np.diff(centre, n=2, axis=0) * motion.fps**2
    turning = (momentum[2:] - momentum[:-2]) * motion.fps / 2
    force = acceleration + [0, 0, GRAVITY]  # per kilogram
    moment = np.cross(centre[1:-1], force) + turning
    heights, points = _soles(motion.qpos[1:-1])
    touching = heights < PRESSURE.near_m
    feet = np.isin(support_points().body, FEET)
    standing = (
        touching[:, feet].any(axis=1)
        & ~touching[:, ~feet].any(axis=1)
        & (force[:, 2] > BORNE * GRAVITY)
    )
    inside = []
    for frame in np.flatnonzero(standing):
        up = force[frame, 2]
        pressure = np.array([-moment[frame, 1], moment[frame, 0]]) / up
        sole = points[frame][touching[frame] & feet, :2]
        inside.append(distance_outside(pressure, sole) <= LEEWAY_M)
    return float(np.mean(inside)) if inside else None


def distance_outside(point: np.ndarray, corners: np.ndarray) -> float:
    """Metres from a point (2,) to the convex hull of points (n, 2); 0 inside.

    The hull lies on the near side of a line exactly if all its corners do, so the distance
    is the largest by which a direction parts the two, and the directions that can be are
    those to the corners and across pairs of them.
    """
    away = point - corners
    directions = [*away]
    for first in range(len(corners)):
        edges = corners[first + 1 :] - corners[first]
        across = np.stack([-edges[:, 1], edges[:, 0]], axis=1)
        directions += [*across, *-across]
    stacked = np.array(directions)
    length = np.linalg.norm(stacked, axis=1)
    stacked = stacked[length > 1e-9] / length[length > 1e-9, None]
    if not len(stacked):
        return 0.0
    gaps = (stacked @ away.T).min(axis=1)
    return float(max(gaps.max(), 0.0))


def _momentum(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Centre of mass (T, 3) and angular momentum about it (T, 3), of a kilogram of the body."""
    model = shared_model()
    data = mujoco.MjData(model)
    mass = float(model.body_subtreemass[1])
    qvel = motion.velocities()
    centre, momentum = np.empty((motion.frames, 3)), np.empty((motion.frames, 3))
    for frame, (position, speed) in enumerate(zip(motion.qpos, qvel, strict=True)):
        data.qpos[:], data.qvel[:] = position, speed
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_comVel(model, data)
        mujoco.mj_subtreeVel(model, data)
        centre[frame], momentum[frame] = data.subtree_com[1], data.subtree_angmom[1] / mass
    return centre, momentum


def _soles(qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heights (T, K) and places (T, K, 3) in metres of all points that can touch the floor."""
    table = support_points()
    positions, rotations = forward_kinematics(qpos)
    turned = np.einsum("tkij,kj->tki", rotations[:, table.body], table.offset)
    return table.heights(positions, rotations), positions[:, table.body] + turned
