"""What a performed motion costs: how far it is from its reference, and how its feet behave.

All terms are squared residuals, so that their curvature is J^T W J (Gauss and Newton);
the change of a point's velocity with the pose is left out of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import mujoco
import numpy as np
from scipy.ndimage import binary_dilation

from ...body.figures import BODY_NAMES
from ...body.kinematics import joint_distance
from ...body.support_points import support_points
from ...motion.contacts import reference_contacts
from ...motion.motion import CONTACT_BODIES, CONTROL_FPS, Motion
from ...scene.surroundings import Surroundings, View
from ...scene.touches import SceneTouch, Touches
from ..physics.tangent import NV, difference
from ..physics.trajectory import Trajectory
from ..tightness import KeyHeld
from .earning import Earning, Earnings


@dataclass(frozen=True)
class CostScales:
    """Deviations that cost alike: standard deviations of the squared terms.

    Smaller ones follow the reference more closely; larger ones leave more to physics.
    """

    root_position_m: float = 0.04
    root_rotation_rad: float = 0.08
    hinge_rad: float = 0.12
    """Against the root's: a stiff pose costs balance. At 0.15 a run that turns round is 2.0 cm off
    (relative to the root) instead of 1.3; at 0.11 a jump's feet skate twice as much."""
    root_velocity_m_s: float = 0.4
    root_spin_rad_s: float = 0.8
    hinge_velocity_rad_s: float = 3.0
    """Against jerk: looser lets muscles strike."""
    target_rad: float = 0.25
    """Effort: how far muscle targets move from the feed-forward."""
    stance_speed_m_s: float = 0.5
    """Feet and hands that bear, sliding. Smaller skates less; far smaller, no correction holds."""
    toe_speed_m_s: float = 0.15
    """Of toe joints along the floor while the reference's are low and rest: they roll on and off
    over the place where they stand, or skate."""
    toe_place_m: float = 0.015
    """The same of their place, as far as poses are followed loosely: speeds are asked once a frame, and
    feet whose place is free hop from frame to frame, at rest in each of them."""
    hand_place_m: float = 0.01
    """Palms that the reference has on what is there for them, beside the place where it has them: of
    poses alone hips and trunk bring them off it, and a hand that lies nowhere bears nothing."""
    penetration_m: float = 0.002
    """Any point lower over the floor than ``CLEARANCE_M``."""
    last_frame: float = 3.0
    """Times the price of the last frame, behind which nothing pulls."""

    def state_weights(self) -> np.ndarray:
        """(150,) in the order of ``tangent.difference``."""
        deviations = np.concatenate(
            [
                np.full(3, self.root_position_m),
                np.full(3, self.root_rotation_rad),
                np.full(69, self.hinge_rad),
                np.full(3, self.root_velocity_m_s),
                np.full(3, self.root_spin_rad_s),
                np.full(69, self.hinge_velocity_rad_s),
            ]
        )
        return 1 / deviations**2


CLEARANCE_M = 0.0005
"""Over the floor, below which points are too deep. From the floor on, or from 1 mm under it, those of
runs that land end up to 3.1 mm deep; so 0.5 and 2.2, as near to what was asked."""
STANCE_BODIES = [BODY_NAMES.index(name) for name in CONTACT_BODIES]
TOES = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]
PALMS = [CONTACT_BODIES.index("L_Hand"), CONTACT_BODIES.index("R_Hand")]
LOW_M, RESTING_M_S = 0.06, 0.2
"""Of a toe joint that rolls on or off: how high and how fast it is at most."""
RESTING_RAD_S = 0.05
"""And m/s: what a pose that is kept moves at, at most, after mending."""
FLYING_M, LEAP_FRAMES = 0.12, 12
"""Toe joints over the floor, both of them, of a body that flies, and frames before and after it in which
toes are not kept in their places: where a leap begins and ends is found with how it flies. Kept there too, a jump
of 0.7 m misses its keys by 2.4 cm instead of 2.0."""


@lru_cache(maxsize=1)
def stance_offsets() -> np.ndarray:
    """(6, 3) metres: the middle of the sole of each of ``CONTACT_BODIES``, in its frame."""
    points = support_points()
    offsets = []
    for body in STANCE_BODIES:
        own = points.offset[points.body == body]
        # The root stands upright with its y axis up, and so do all bodies in the zero pose.
        lowest = own[:, 1] <= own[:, 1].min() + 0.01
        offsets.append(own[lowest].mean(axis=0))
    return np.array(offsets)


@dataclass(frozen=True)
class _Points:
    """Where the points of a state are that stand on the floor, and how they move."""

    jacobian: np.ndarray  # (8, 3, 75) of the stance points and the toe joints
    heights: np.ndarray  # (K,) of all support points, then of what touches the scene
    body_positions: np.ndarray
    body_rotations: np.ndarray
    palms: np.ndarray  # (2, 3)
    touches: Touches | None


class StateCost(Protocol):
    """The state's part of the cost of a performance, of one person or of several."""

    scales: CostScales
    qpos: np.ndarray
    """(T, 76 people): what is asked for."""
    usual: np.ndarray
    """(150 people,): what deviations usually cost."""
    earnings: Earnings
    """What is paid beside; nothing at first."""

    def hold_toes(self, share: float) -> None: ...
    def tighten(self, factors: float | np.ndarray) -> None: ...
    def rest(self, factor: float) -> None: ...
    def distance(self, trajectory: Trajectory) -> float: ...
    def keys_missed(self, trajectory: Trajectory) -> dict[int, float]: ...
    def value(self, trajectory: Trajectory) -> float: ...
    def expand(self, trajectory: Trajectory) -> tuple[np.ndarray, np.ndarray]: ...


class Cost:
    """The state's part of the cost of performing a reference."""

    def __init__(
        self,
        model: mujoco.MjModel,
        qpos: np.ndarray,
        qvel: np.ndarray,
        weights: np.ndarray | None = None,
        scales: CostScales | None = None,
        surroundings: Surroundings | None = None,
        around: View | None = None,
        keys: Sequence[KeyHeld] = (),
        earnings: Sequence[Earning] = (),
    ) -> None:
        """Reference (T, 76), (T, 75) and multiples (T, 150) of the price of each deviation.

        ``surroundings`` as built into ``model``; ``around``: where its moving parts are; ``keys``:
        what of the reference is to be met; ``earnings``: what its frames are paid for, once that is
        asked.
        """
        self.earnings = Earnings(earnings)
        scales = scales or CostScales()
        self.model, self.qpos, self.qvel, self.scales = model, qpos, qvel, scales
        self.usual = scales.state_weights()
        self.weights = np.broadcast_to(self.usual, (len(qpos), 2 * NV)).copy()
        if weights is not None:
            self.weights *= weights
        self._held = self.weights[:, 0] / self.weights[:, 0].sum()
        self.weights[-1] *= scales.last_frame
        self._asked = self.weights.copy()
        self._data = mujoco.MjData(model)
        self._table = support_points()
        self._around = around
        # Nearer to a reference that misses a key itself is no nearer to the key.
        self._keys = [key for key in keys if key.missed(qpos) < 1]
        self._scene = SceneTouch(model, surroundings) if surroundings else None
        ground = surroundings.ground if surroundings else None
        points = [self._points(row, frame) for frame, row in enumerate(qpos)]
        self._speeds = np.stack(
            [point.jacobian @ speed for point, speed in zip(points, qvel, strict=True)]
        )
        toes = np.stack([point.body_positions[TOES] for point in points])
        if ground is not None:
            toes[..., 2] -= ground.heights(toes)
        along = np.linalg.norm(self._speeds[:, -len(TOES) :, :2], axis=-1)
        rolling = (toes[..., 2] < LOW_M) & (along < RESTING_M_S)
        stance = reference_contacts(Motion(CONTROL_FPS, qpos), ground=ground)
        self._hold = np.zeros((len(qpos), stance.shape[1] + len(TOES), 3))
        """(T, 8, 3): what a speed of 1 m/s off the reference's is in standard deviations."""
        self._hold[:, : stance.shape[1]] = stance[..., None] / scales.stance_speed_m_s
        self._rolling = rolling[..., None] / scales.toe_speed_m_s
        self._places = np.stack([point.body_positions[TOES] for point in points])[..., :2]
        tight = np.ones(len(qpos)) if weights is None else np.clip(weights[:, 0], 0, 1)
        flying = (toes[..., 2] > FLYING_M).all(axis=1)
        standing = ~binary_dilation(flying, np.ones(2 * LEAP_FRAMES + 1))
        self._kept = rolling * (standing * (1 - tight) / scales.toe_place_m)[:, None]
        self._place = np.zeros_like(self._kept)
        """(T, 2): what a metre of a toe joint beside its place is in standard deviations."""
        self._palms = np.stack([point.palms for point in points])
        self._laid = np.stack([_laid(point.touches) for point in points]) / scales.hand_place_m
        """(T, 2): the same of a palm that lies on something."""

    def hold_toes(self, share: float) -> None:
        """How much of the price of toes that skate is asked, 0..1: none at first. While contacts
        are wide, toes are not where they will roll."""
        self._hold[:, -len(TOES) :, :2] = share * self._rolling
        self._place = share * self._kept

    def tighten(self, factors: float | np.ndarray) -> None:
        """Makes deviations of poses so many times as dear as they were at first, of all frames or of
        each (T,); speeds not."""
        self.weights[:, :NV] = np.reshape(factors, (-1, 1)) * self._asked[:, :NV]

    def rest(self, factor: float) -> None:
        """Makes speeds so many times as dear where the reference keeps a pose: what moves to a better
        one is to come to rest in it, or nothing can hold it there."""
        kept = np.abs(self.qvel).max(axis=1) < RESTING_RAD_S
        self.weights[kept, NV:] = factor * self._asked[kept, NV:]

    def distance(self, trajectory: Trajectory) -> float:
        """Metres: mean distance of the joints from the reference's, of each frame by how tightly it
        is to be followed."""
        return float(self._held @ joint_distance(trajectory.qpos, self.qpos))

    def keys_missed(self, trajectory: Trajectory) -> dict[int, float]:
        """Frame -> times its tolerance by which the key there is missed."""
        return {key.frame: key.missed(trajectory.qpos) for key in self._keys}

    def value(self, trajectory: Trajectory) -> float:
        """The cost of all states of a trajectory."""
        offset = self._offsets(trajectory)
        total = (self.weights * offset**2).sum()
        for frame in range(len(self.qpos)):
            points = self._points(trajectory.qpos[frame], frame)
            speed, deep = self._residuals(frame, points, trajectory.qvel[frame])
            total += (speed**2).sum() + (deep**2).sum()
            total += (self._misplaced(frame, points) ** 2).sum()
            total += (self._off(frame, points) ** 2).sum()
        return float(total) / 2 + self.earnings.value(trajectory)

    def expand(self, trajectory: Trajectory) -> tuple[np.ndarray, np.ndarray]:
        """Gradient (T, 150) and curvature (T, 150, 150) of the cost around a trajectory."""
        offset = self._offsets(trajectory)
        gradient = self.weights * offset
        curvature = np.zeros((len(offset), 2 * NV, 2 * NV))
        diagonal = np.arange(2 * NV)
        curvature[:, diagonal, diagonal] = self.weights
        scales = self.scales
        for frame in range(len(self.qpos)):
            points = self._points(trajectory.qpos[frame], frame)
            speed, deep = self._residuals(frame, points, trajectory.qvel[frame])
            used = np.flatnonzero(self._hold[frame])
            if len(used):
                rows = points.jacobian.reshape(-1, NV)[used]
                rows = self._hold[frame].ravel()[used, None] * rows
                gradient[frame, NV:] += rows.T @ speed.ravel()[used]
                curvature[frame, NV:, NV:] += rows.T @ rows
            for toe in np.flatnonzero(self._place[frame]):
                rows = self._place[frame, toe] * points.jacobian[toe - len(TOES), :2]
                gradient[frame, :NV] += rows.T @ self._misplaced(frame, points)[toe]
                curvature[frame, :NV, :NV] += rows.T @ rows
            for hand in np.flatnonzero(self._laid[frame]):
                rows = self._laid[frame, hand] * points.jacobian[PALMS[hand]]
                gradient[frame, :NV] += rows.T @ self._off(frame, points)[hand]
                curvature[frame, :NV, :NV] += rows.T @ rows
            sunk = np.flatnonzero(deep)
            if len(sunk):
                rows = self._height_jacobian(points, sunk) / scales.penetration_m
                gradient[frame, :NV] += rows.T @ deep[sunk]
                curvature[frame, :NV, :NV] += rows.T @ rows
        self.earnings.add_to(gradient, curvature, trajectory)
        return gradient, curvature

    def _offsets(self, trajectory: Trajectory) -> np.ndarray:
        return difference(self.model, trajectory.qpos, trajectory.qvel, self.qpos, self.qvel)

    def _points(self, qpos: np.ndarray, frame: int) -> _Points:
        data = self._data
        data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, data)
        mujoco.mj_comPos(self.model, data)
        positions, rotations = data.xpos[1:25], data.xmat[1:25].reshape(24, 3, 3)
        stance = positions[STANCE_BODIES] + np.einsum(
            "kij,kj->ki", rotations[STANCE_BODIES], stance_offsets()
        )
        standing = zip(STANCE_BODIES + TOES, np.concatenate([stance, positions[TOES]]), strict=True)
        jacobian = np.empty((len(STANCE_BODIES) + len(TOES), 3, NV))
        for row, (body, point) in enumerate(standing):
            mujoco.mj_jac(self.model, data, jacobian[row], None, point, body + 1)
        table = self._table
        up = np.einsum("ki,ki->k", rotations[table.body, 2], table.offset)
        heights = positions[table.body, 2] + up - table.radius
        touches = None
        if self._scene is not None:
            if self._around is not None:
                self._around.apply(self.model, data, frame, 0.0)
                mujoco.mj_kinematics(self.model, data)
            touches = self._scene.touches(data)
            if self._scene.tilted:
                heights[:] = np.inf
            heights = np.concatenate([heights, touches.distance])
        palms = stance[PALMS]
        return _Points(jacobian, heights, positions.copy(), rotations.copy(), palms, touches)

    def _residuals(
        self, frame: int, points: _Points, qvel: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(8, 3) of speeds, (K,) of depths, in standard deviations."""
        speed = (points.jacobian @ qvel - self._speeds[frame]) * self._hold[frame]
        deep = np.minimum(points.heights - CLEARANCE_M, 0) / self.scales.penetration_m
        return speed, deep

    def _misplaced(self, frame: int, points: _Points) -> np.ndarray:
        """(2, 2) of toe joints beside their places, in standard deviations."""
        off = points.body_positions[TOES][:, :2] - self._places[frame]
        return np.asarray(off * self._place[frame, :, None])

    def _off(self, frame: int, points: _Points) -> np.ndarray:
        """(2, 3) of palms beside the places where they lie, in standard deviations."""
        return np.asarray((points.palms - self._palms[frame]) * self._laid[frame, :, None])

    def _height_jacobian(self, points: _Points, chosen: np.ndarray) -> np.ndarray:
        """(n, 75): how the heights of support points move; of the state last looked at."""
        table, rows = self._table, np.empty((len(chosen), NV))
        jacobian = np.empty((3, NV))
        for row, index in enumerate(chosen):
            if index >= len(table.body):
                assert points.touches is not None
                rows[row] = points.touches.slope(self.model, self._data, index - len(table.body))
                continue
            body = table.body[index]
            point = points.body_positions[body] + points.body_rotations[body] @ table.offset[index]
            mujoco.mj_jac(self.model, self._data, jacobian, None, point, body + 1)
            rows[row] = jacobian[2]
        return rows


def _laid(touches: Touches | None) -> np.ndarray:
    """(2,) bool: which hands touch what is there for them."""
    bodies = np.array([BODY_NAMES.index(CONTACT_BODIES[palm]) + 1 for palm in PALMS])
    if touches is None:
        return np.zeros(len(PALMS), dtype=bool)
    return np.isin(bodies, touches.body[touches.laid])
