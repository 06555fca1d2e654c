"""What the muscles and the ground have to do for a reference to come true.

Inverse dynamics of the reference says which force every joint must give and
which wrench must act on the root. Only the ground can give the latter, through
the points of the body that stand on it. The forces there are chosen so that they
explain the wrench as well as the friction cone lets them; the muscles are then
told in advance to carry them, and what the ground cannot explain is the least
that somebody else would have to hold.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation

from ...body.figures import PARENTS
from ...body.support_points import support_points
from ...motion.contact_detection import BEARING, resting, speeds
from ...motion.motion import Motion
from ...progress import Part, Progress, silent
from ...scene.ground import Ground
from ...simulation.stepping import CONTROL_HZ

FRICTION = 0.7
"""Of the ground forces assumed; a little below that of the feet, to stay clear of slipping."""
LATE, EARLY = 1, 1
"""Frames: how much later than it lands a point begins to bear, and how much before it lifts it
ends."""
LEVER = 0.3
"""Metres: how torques are weighed against forces when both cannot be explained."""
SHARP = 0.7
"""Frames: how evenly accelerations are taken. Evener ones come late where a foot leaves or meets
the floor, and it glides there; sharper ones ask for more force than the motion needs."""
EASE = 1e-3
"""Weight of keeping ground forces small and even, relative to explaining the wrench."""
ITERATIONS = 120
BLOCK = 128
"""Frames worked on between two chances to cancel."""


@dataclass(frozen=True)
class Support:
    """Feed-forward of a reference, frame by frame."""

    torques: np.ndarray
    """(T, 69) Nm: what the muscles must give, ground forces counted in."""
    missing: np.ndarray
    """(T, 6) N and Nm on the root that the ground cannot give: force in the world, torque in
    the pelvis' own frame, as MuJoCo has the velocity of a free joint."""
    borne: np.ndarray
    """(T,) 0..1: share of the vertical force needed that the ground gives."""


def support_of(
    model: mujoco.MjModel,
    qpos: np.ndarray,
    qvel: np.ndarray,
    progress: Progress = silent,
    ground: Ground | None = None,
) -> Support:
    """Feed-forward for the reference qpos (T, 76), qvel (T, 75) at 30 fps on ``model``.

    ``ground`` is what bears it, if not a flat floor.
    """
    frames = len(qpos)
    acceleration = np.zeros_like(qvel)
    if frames > 2:
        # Of the steps between frames: from qvel, which spans two frames, it would be blurred.
        steps = Motion(CONTROL_HZ, qpos).velocities()
        acceleration[1:-1] = np.diff(steps[:-1], axis=0) * CONTROL_HZ
        acceleration = gaussian_filter1d(acceleration, SHARP, axis=0, mode="nearest")
    needed, body = _inverse_dynamics(model, qpos, qvel, acceleration, Part(progress, 0.0, 0.5))
    table = support_points()
    points = body.positions[:, table.body] + np.einsum(
        "tkij,kj->tki", body.rotations[:, table.body], table.offset
    )
    points[..., 2] -= table.radius
    heights = points[..., 2] if ground is None else points[..., 2] - ground.heights(points)
    bearing = _bearing(points, heights)
    used = np.flatnonzero(bearing.any(axis=0))
    points, bearing = points[:, used], bearing[:, used]
    root = body.rotations[:, 0]
    wrench = np.concatenate([needed[:, :3], np.einsum("tij,tj->ti", root, needed[:, 3:6])], axis=1)
    levers = points - body.positions[:, :1]
    cones = None if ground is None else _cones(ground, points, bearing)
    forces = np.empty(points.shape)
    for start in range(0, frames, BLOCK):
        progress(0.5 + 0.5 * start / frames)
        block = slice(start, start + BLOCK)
        own = None if cones is None else cones[block]
        forces[block] = _ground_forces(levers[block], bearing[block], wrench[block], own)
    given = np.concatenate([forces.sum(axis=1), np.cross(levers, forces).sum(axis=1)], axis=1)
    missing = wrench - given
    missing[:, 3:] = np.einsum("tji,tj->ti", root, missing[:, 3:])
    torques = needed[:, 6:] - _carried(body, points, forces, table.body[used])
    lift = np.maximum(wrench[:, 2], 1e-6)
    return Support(torques, missing, np.clip(given[:, 2] / lift, 0, 1))


@dataclass(frozen=True)
class _Bodies:
    positions: np.ndarray  # (T, 24, 3)
    rotations: np.ndarray  # (T, 24, 3, 3)
    anchors: np.ndarray  # (T, 69, 3)
    axes: np.ndarray  # (T, 69, 3)


def _inverse_dynamics(
    model: mujoco.MjModel,
    qpos: np.ndarray,
    qvel: np.ndarray,
    acceleration: np.ndarray,
    progress: Progress,
) -> tuple[np.ndarray, _Bodies]:
    """Generalised forces (T, 75) for the motion in thin air, and where the bodies are."""
    frames = len(qpos)
    data = mujoco.MjData(model)
    bodies = _Bodies(
        np.empty((frames, 24, 3)),
        np.empty((frames, 24, 3, 3)),
        np.empty((frames, 69, 3)),
        np.empty((frames, 69, 3)),
    )
    needed = np.empty((frames, 75))
    flags = model.opt.disableflags
    model.opt.disableflags = flags | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    try:
        for frame in range(frames):
            if frame % BLOCK == 0:
                progress(frame / frames)
            data.qpos[:76], data.qvel[:75] = qpos[frame], qvel[frame]
            data.qacc[:75] = acceleration[frame]
            mujoco.mj_inverse(model, data)
            needed[frame] = data.qfrc_inverse[:75]
            bodies.positions[frame] = data.xpos[1:25]
            bodies.rotations[frame] = data.xmat[1:25].reshape(24, 3, 3)
            bodies.anchors[frame], bodies.axes[frame] = data.xanchor[1:70], data.xaxis[1:70]
    finally:
        model.opt.disableflags = flags
    return needed, bodies


def _cones(ground: Ground, points: np.ndarray, bearing: np.ndarray) -> np.ndarray:
    """(T, K, 3, 3) turns whose third column is out of the ground where points (T, K, 3) bear."""
    result = np.tile(np.eye(3), (*bearing.shape, 1, 1))
    normals = ground.normals(points[bearing])
    tilt = np.cross([0.0, 0.0, 1.0], normals)
    # Slopes are below 50 degrees, where the sine tells the angle.
    angle = np.arcsin(np.linalg.norm(tilt, axis=-1, keepdims=True))
    axis = tilt / np.maximum(np.sin(angle), 1e-12)
    result[bearing] = Rotation.from_rotvec(angle * axis).as_matrix()
    return result


def _bearing(points: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """(T, K, 3) at (T, K) metres over the ground -> (T, K) bool: which points bear weight.

    Muscles told to push where the ground is not yet, or no longer, kick the foot
    along the floor; so a point bears only while it stands in the frames around, too.
    """
    standing = resting(heights, speeds(points, CONTROL_HZ), BEARING)
    if len(points) < 2:
        return standing
    size = LATE + 1 + EARLY
    sure = minimum_filter1d(standing, size, axis=0, origin=LATE - size // 2)
    brief = minimum_filter1d(standing, 2, axis=0)
    # What running feet touch for less than that would be left without a share.
    result = np.where(maximum_filter1d(sure, 2 * size + 1, axis=0), sure, brief)
    # Nor is the body left to the assistance while anything stands.
    return np.where(result.any(axis=1, keepdims=True), result, brief)


def _ground_forces(
    levers: np.ndarray, bearing: np.ndarray, wrench: np.ndarray, cones: np.ndarray | None = None
) -> np.ndarray:
    """Forces (T, K, 3) on points at ``levers`` (T, K, 3) from the root nearest to ``wrench`` (T, 6).

    ``cones`` (T, K, 3, 3) turn up to out of the ground.

    Minimises |A f - w|^2 + ease |f|^2 over friction cones for all frames at once,
    by projected gradients with Nesterov's momentum. Only points that are ``bearing``
    (T, K) bool give any.
    """
    frames, count = bearing.shape
    if not count:
        return np.zeros((frames, 0, 3))
    scale = np.array([1, 1, 1, 1 / LEVER, 1 / LEVER, 1 / LEVER])
    cross = np.zeros((frames, count, 3, 3))
    x, y, z = np.moveaxis(levers, -1, 0)
    cross[..., 0, 1], cross[..., 0, 2] = -z, y
    cross[..., 1, 0], cross[..., 1, 2] = z, -x
    cross[..., 2, 0], cross[..., 2, 1] = -y, x
    matrix = np.concatenate([np.broadcast_to(np.eye(3), cross.shape), cross / LEVER], axis=2)
    matrix = matrix * bearing[..., None, None]
    matrix = matrix.transpose(0, 2, 1, 3).reshape(frames, 6, count * 3)
    wanted = wrench * scale
    largest = np.linalg.eigvalsh(matrix @ matrix.transpose(0, 2, 1))[:, -1:]
    ease = EASE * np.maximum(largest, 1e-9)
    step = 1 / (largest + ease + 1e-9)
    forces = np.zeros((frames, count * 3))
    ahead, momentum = forces, 1.0
    for _ in range(ITERATIONS):
        error = np.einsum("tik,tk->ti", matrix, ahead) - wanted
        slope = np.einsum("tik,ti->tk", matrix, error) + ease * ahead
        new = (ahead - step * slope).reshape(frames, count, 3)
        if cones is None:
            new = _into_cones(new).reshape(frames, -1)
        else:
            own = _into_cones(np.einsum("tkji,tkj->tki", cones, new))
            new = np.einsum("tkij,tkj->tki", cones, own).reshape(frames, -1)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / following * (new - forces)
        forces, momentum = new, following
    return forces.reshape(frames, count, 3) * bearing[..., None]


def _into_cones(forces: np.ndarray) -> np.ndarray:
    """Nearest forces (T, K, 3) that push up with sideways parts within the friction cone."""
    side = np.linalg.norm(forces[..., :2], axis=-1)
    up = forces[..., 2]
    inside = side <= FRICTION * up
    onto = np.maximum((up + FRICTION * side) / (1 + FRICTION**2), 0)
    new_up = np.where(inside, up, onto)
    new_side = np.where(inside, side, FRICTION * onto)
    result = forces * (new_side / np.maximum(side, 1e-12))[..., None]
    result[..., 2] = new_up
    return result


def _carried(
    body: _Bodies, points: np.ndarray, forces: np.ndarray, owners: np.ndarray
) -> np.ndarray:
    """(T, 69) torques that ground forces (T, K, 3) exert on the hinges."""
    below = np.zeros((24, len(owners)))
    for column, owner in enumerate(owners):
        while owner >= 0:
            below[owner, column] = 1
            owner = PARENTS[owner]
    force = np.einsum("bk,tki->tbi", below, forces)
    moment = np.einsum("bk,tki->tbi", below, np.cross(points, forces))
    hinges = 1 + np.arange(69) // 3
    about = moment[:, hinges] - np.cross(body.anchors, force[:, hinges])
    return (body.axes * about).sum(axis=-1)
