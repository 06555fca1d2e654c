"""A scene around one performance: what it adds to the model, and what changes from frame to frame."""

from copy import copy
from functools import cached_property

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ..body.kinematics import continuous_quaternions
from ..errors import UserError
from ..motion.motion import CONTROL_FPS
from .description import Scene, SceneObject
from .ground import Ground
from .model import PREFIX, add_scene, scene_geoms, set_friction
from .people import ways
from .unchecked import with_values

AIR_KG_M3 = 1.2
DRAG = 1.0
"""Of a body's limbs across the wind (Hoerner 1965: cylinders 0.9 to 1.2)."""
FRICTION_STEP = 0.05
"""Of the logarithm of a friction that changes."""
INSIDE_M = 0.05
"""Metres that the body may be in an object at the start; it is pushed out."""

_STATE = mujoco.mjtState


class Surroundings:
    """``scene`` around a performance of ``frames`` frames from qpos (76,) ``start``.

    ``near`` (n, 2) metres: where the pelvis is to go, for terrain is simulated there alone.
    """

    def __init__(
        self,
        scene: Scene,
        start: np.ndarray,
        frames: int,
        coupled: bool = False,
        near: np.ndarray | None = None,
    ) -> None:
        self.coupled: Surroundings | None = None
        """With what moves freely, which its own ``scene`` then lacks; None where nothing does."""
        self.pressed = np.zeros((0, 24, 6))
        """(frames - 1, 24, 6) N and Nm on the person, by what moves freely in ``coupled``."""
        self.grips: dict[str, tuple[int, int]] = {}
        """Of equalities of a model of several people: the frames from and to which each holds."""
        if scene.loose and not coupled:
            self.coupled = Surroundings(scene, start, frames, True, near)
            still = tuple(one for one in scene.objects if not one.free)
            scene = with_values(scene, objects=still)
        self.scene, self.frames, self.near = scene, frames, near
        self._start = np.array(start)
        world = scene.world
        self.varies = (
            bool(scene.moving or scene.people or world.keys or scene.pushes or np.any(world.wind))
            or self.coupled is not None
        )
        """Whether anything changes or pushes; without, the model tells all."""
        self._moving = {one.name: way_of(one, frames) for one in scene.moving}
        for person in scene.people:
            self._moving |= ways(person, frames)

    @property
    def start(self) -> np.ndarray:
        """qpos (76,) in which things were taken hold of."""
        return self._start

    def pressed_by(self, forces: np.ndarray) -> "Surroundings":
        """The same, in which what moves freely presses as is told, (frames - 1, 24, 6)."""
        result = copy(self)
        result.pressed = forces
        return result

    def gripping(self, grips: dict[str, tuple[int, int]]) -> "Surroundings":
        """The same, in which people hold on to each other; see ``grips``."""
        result = copy(self)
        result.grips = grips
        result.varies = result.varies or bool(grips)
        return result

    @cached_property
    def ground(self) -> Ground:
        return Ground(self.scene)

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Builds the scene into the specification of a body."""
        add_scene(spec, self.scene, self._start, self.near)

    @property
    def push_frames(self) -> list[int]:
        """Frames at which pushes begin, ascending: nobody knows of them before."""
        return sorted({push.frame for push in self.scene.pushes if push.frame < self.frames - 1})

    def forces(self, model: mujoco.MjModel, frame: int, known: int | None = None) -> np.ndarray:
        """(nbody, 6) N and Nm at the centres of mass in the step after ``frame``: wind, gravity
        where it is not the model's own, and pushes that begin until the frame ``known``."""
        result = np.zeros((model.nbody, 6))
        gravity, wind = self._weather(frame)
        human = _human(model)
        result[human, :3] = model.body_mass[human, None] * (gravity - model.opt.gravity)
        if frame < len(self.pressed):
            result[1:25] += self.pressed[frame]
        pace = float(np.linalg.norm(wind))
        result[human, :3] += 0.5 * AIR_KG_M3 * DRAG * _areas(model)[human, None] * pace * wind
        for push in self.scene.pushes:
            if known is not None and push.frame > known:
                continue
            share = np.clip((frame + 1) / CONTROL_FPS - push.frame / CONTROL_FPS, 0, push.seconds)
            before = np.clip(frame / CONTROL_FPS - push.frame / CONTROL_FPS, 0, push.seconds)
            active = (share - before) * CONTROL_FPS
            result[model.body(push.body).id, :3] += active * np.array(push.impulse) / push.seconds
        return result

    def apply(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        frame: int,
        share: float,
        known: int | None = None,
    ) -> None:
        """Sets forces and places for ``share`` 0..1 of the step after ``frame``, and the model's friction."""
        if self.scene.world.friction_changes:
            set_friction(model, self.friction(frame))
        data.xfrc_applied[:] = self.forces(model, frame, known)
        data.mocap_pos[:], data.mocap_quat[:] = self.places(model, frame, share, data)
        if self.grips:
            data.eq_active[:] = self.holds(model, frame)

    def friction(self, frame: int) -> float:
        """Of the floor in the step after ``frame``, in steps of ``FRICTION_STEP``: a model for each."""
        keys = self.scene.world.keys
        if not keys:
            return self.scene.world.friction
        asked = np.interp(frame, [key.frame for key in keys], [key.friction for key in keys])
        return float(np.exp(FRICTION_STEP * np.round(np.log(asked) / FRICTION_STEP)))

    def holds(self, model: mujoco.MjModel, frame: int) -> np.ndarray:
        """(neq,) bool: which equalities of the model hold in the step after ``frame``."""
        result = model.eq_active0.astype(bool)
        for name, (start, stop) in self.grips.items():
            number = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_EQUALITY, name)
            # Each of those who hold on to each other is looked at alone, too.
            if number >= 0:
                result[number] = start <= frame < stop
        return result

    def view(self, first: int, as_it_comes: bool = False) -> "View | None":
        """As it is from frame ``first`` on, with the pushes that are known there, or with all
        ``as_it_comes``; None if nothing ever changes or pushes."""
        return View(self, first, None if as_it_comes else first) if self.varies else None

    def check_start(self, model: mujoco.MjModel, qpos: np.ndarray) -> None:
        """Raises ``UserError`` if the body (76,) begins inside of something."""
        data = mujoco.MjData(model)
        data.qpos[:76] = qpos
        self.apply(model, data, 0, 0.0)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        mine = scene_geoms(model)
        for contact in data.contact:
            if contact.dist > -INSIDE_M:
                continue
            for thing, other in (contact.geom, contact.geom[::-1]):
                if thing in mine:
                    name = self._named(model.geom(thing).name.removeprefix(PREFIX))
                    body = model.body(model.geom_bodyid[other]).name
                    if not 1 <= model.geom_bodyid[other] <= 24:
                        of = model.geom(other).name
                        other_name = self._named(of[len(PREFIX) :]) if other in mine else of
                        raise UserError(
                            f"The object '{name}' begins {-100 * contact.dist:.0f} cm inside of "
                            f"'{other_name}'; move one of them, or let it stand."
                        )
                    if name in [person.name for person in self.scene.people]:
                        raise UserError(
                            f"The person '{name}' is {-100 * contact.dist:.0f} cm inside the body "
                            f"({body}) at the first frame; move one of them, or leave them out."
                        )
                    raise UserError(
                        f"The object '{name}' is {-100 * contact.dist:.0f} cm inside the body "
                        f"({body}) at the first frame; move one of them, or leave it out."
                    )

    def _named(self, geom: str) -> str:
        """The object or person a geom is of: its name, and after colons what part it is; names
        have colons too."""
        names = [one.name for one in self.scene.objects]
        names += [person.name for person in self.scene.people]
        return max((name for name in names if f"{geom}:".startswith(f"{name}:")), key=len)

    def _weather(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        world = self.scene.world
        if not world.keys:
            return np.array(world.gravity, dtype=float), np.array(world.wind, dtype=float)
        at = [key.frame for key in world.keys]
        return tuple(  # type: ignore[return-value]
            np.array([np.interp(frame, at, column) for column in np.transpose(rows)])
            for rows in ([key.gravity for key in world.keys], [key.wind for key in world.keys])
        )

    def places(
        self, model: mujoco.MjModel, frame: int, share: float, data: mujoco.MjData | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """(nmocap, 3), (nmocap, 4) of all mocap bodies of the model, in its order."""
        positions, quats = (
            (np.zeros((model.nmocap, 3)), np.tile([1.0, 0, 0, 0], (model.nmocap, 1)))
            if data is None
            else (data.mocap_pos.copy(), data.mocap_quat.copy())
        )
        for name, (way, turns) in self._moving.items():
            row = model.body(PREFIX + name).mocapid[0]
            last = min(frame + 1, self.frames - 1)
            positions[row] = way[frame] + share * (way[last] - way[frame])
            mixed = (1 - share) * turns[frame] + share * turns[last]
            quats[row] = mixed / np.linalg.norm(mixed)
        return positions, quats


class View:
    """What changes and pushes in a window of a performance; frames are the window's own."""

    state_spec = int(
        _STATE.mjSTATE_XFRC_APPLIED
        | _STATE.mjSTATE_EQ_ACTIVE
        | _STATE.mjSTATE_MOCAP_POS
        | _STATE.mjSTATE_MOCAP_QUAT
    )
    """What ``columns`` are of, beside controls (``mjtState``)."""

    def __init__(self, surroundings: Surroundings, first: int, known: int | None) -> None:
        self._all, self._first, self._known = surroundings, first, known
        self._kept: dict[int, np.ndarray] = {}

    def apply(self, model: mujoco.MjModel, data: mujoco.MjData, frame: int, share: float) -> None:
        """See ``Surroundings.apply``."""
        self._all.apply(model, data, self._first + frame, share, self._known)

    def friction(self, frame: int) -> float | None:
        """See ``Surroundings.friction``; None where it is the model's all the time."""
        changes = self._all.scene.world.friction_changes
        return self._all.friction(self._first + frame) if changes else None

    def coupled(self) -> "View":
        """The same in a model that has what moves freely, if anything does."""
        own = self._all.coupled
        return self if own is None else View(own, self._first, self._known)

    def columns(self, model: mujoco.MjModel, frame: int, substeps: int) -> np.ndarray:
        """(substeps, n) in the order of ``state_spec``, for the step after ``frame``."""
        if frame not in self._kept:
            at = self._first + frame
            forces = self._all.forces(model, at, self._known).ravel()
            places = [self._all.places(model, at, (k + 1) / substeps) for k in range(substeps)]
            self._kept[frame] = np.concatenate(
                [
                    np.broadcast_to(forces, (substeps, len(forces))),
                    np.broadcast_to(self._all.holds(model, at), (substeps, model.neq)),
                    np.reshape([p for p, _ in places], (substeps, -1)),
                    np.reshape([q for _, q in places], (substeps, -1)),
                ],
                axis=1,
            )
        return self._kept[frame]


def way_of(one: SceneObject, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Where an object stands or is keyed to be: (frames, 3) metres and (frames, 4) wxyz on one
    hemisphere after the other."""
    if not one.keys:
        turn = np.array(one.rotation) / np.linalg.norm(one.rotation)
        return np.tile(np.array(one.position, dtype=float), (frames, 1)), np.tile(turn, (frames, 1))
    at = np.array([key.frame for key in one.keys], dtype=float)
    places = np.array([key.position for key in one.keys], dtype=float)
    turns = np.array([key.rotation for key in one.keys], dtype=float)
    asked = np.clip(np.arange(frames), at[0], at[-1])
    way = np.stack([np.interp(asked, at, column) for column in places.T], axis=1)
    if len(at) == 1:
        return way, np.tile(turns[0] / np.linalg.norm(turns[0]), (frames, 1))
    quats = Slerp(at, Rotation.from_quat(turns, scalar_first=True))(asked).as_quat(
        scalar_first=True
    )
    return way, continuous_quaternions(quats)


def _human(model: mujoco.MjModel) -> np.ndarray:
    """Ids of the bodies of the person, and of what moves as freely."""
    return np.flatnonzero(model.body_dofnum[model.body_rootid] > 0)


def _areas(model: mujoco.MjModel) -> np.ndarray:
    """(nbody,) m2 that each body shows on average: a quarter of its surface (Cauchy), taken as
    that of the box with its inertia."""
    mass = np.maximum(model.body_mass, 1e-9)[:, None]
    inertia = model.body_inertia
    squared = 6 / mass * (inertia.sum(axis=1, keepdims=True) - 2 * inertia)
    x, y, z = np.sqrt(np.maximum(squared, 0)).T
    return (x * y + y * z + z * x) / 2
