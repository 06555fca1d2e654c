"""What rewards read of a state: a fixed set of numbers, computed once per state.

Relabelling a buffer for a new task then never touches the simulator again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ...body.figures import BODY_NAMES
from ...errors import UserError
from .tolerance import tolerance

if TYPE_CHECKING:
    import mujoco

TRUNK = ("Pelvis", "Torso", "Spine", "Chest")
"""Bodies whose heading is read; the row of ``Features.heading`` each has."""

_CHUNK = 512
"""States read at once: few enough to stay in the cache until they are used."""


def stored(*lead: int, later: bool = False) -> dict[str, Any]:
    """Of a field of ``Features``: the axes before that of the samples.

    What is added ``later`` is not in buffers stored before: those stay readable, and only
    a reward that reads it needs them made again.
    """
    return {"lead": lead, "later": later}


@dataclass(frozen=True)
class Features:
    """Features of n states. Samples lie along the last axis, so that each row is contiguous."""

    height: np.ndarray = field(metadata=stored(24))
    """(24, n) metres: world height of each body."""
    up: np.ndarray = field(metadata=stored(24, 3))
    """(24, 3, n): how far the x, y and z axis of each body point up (last row of its rotation)."""
    heading: np.ndarray = field(metadata=stored(len(TRUNK)))
    """(4, n) radians: angle of each ``TRUNK`` body about world z, of its euler angles."""
    ankle_distance: np.ndarray = field(metadata=stored())
    """(n,) metres."""
    velocity: np.ndarray = field(metadata=stored(3))
    """(3, n) m/s, world: centre of mass of chest, neck, head and arms."""
    gyro: np.ndarray = field(metadata=stored(3))
    """(3, n) rad/s: angular velocity of the pelvis in its own frame."""
    calm: np.ndarray = field(metadata=stored())
    """(n,): 1 for no control at all, 0 for all at their limits."""

    def __len__(self) -> int:
        return len(self.calm)

    def height_of(self, body: str) -> np.ndarray:
        """(n,) metres."""
        return self.height[BODY_NAMES.index(body)]

    def up_of(self, body: str, axis: int) -> np.ndarray:
        """(n,): how far an axis of a body points up, -1..1."""
        return self.up[BODY_NAMES.index(body), axis]

    def heading_of(self, body: str) -> np.ndarray:
        """(n,) radians; ``body`` is one of ``TRUNK``."""
        return self.heading[TRUNK.index(body)]

    def astype(self, dtype: type) -> "Features":
        return Features(**{name: array.astype(dtype) for name, array in self.to_arrays().items()})

    def to_arrays(self) -> dict[str, np.ndarray]:
        """By name, for an npz file."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Features":
        """The inverse of ``to_arrays``; other names are ignored. ``UserError`` if not whole.

        Features that arrays stored before their time lack are not numbers (NaN).
        """
        known = {entry.name: entry.metadata for entry in fields(cls)}
        missing = [name for name in known if name not in arrays and not known[name]["later"]]
        if missing:
            raise UserError(f"The stored features lack {', '.join(missing)}; read them again.")
        chosen = {name: np.asarray(arrays[name]) for name in known if name in arrays}
        count = chosen["calm"].shape[-1:]
        for name, array in chosen.items():
            lead = known[name]["lead"]
            if array.shape != (*lead, *count):
                raise UserError(
                    f"The stored features hold {name} of shape {array.shape}, "
                    f"not {(*lead, *count)}; read them again."
                )
        for name in known.keys() - chosen.keys():
            chosen[name] = np.full((*known[name]["lead"], *count), np.nan, np.float32)
        return cls(**chosen)


@dataclass(frozen=True)
class BodyStates:
    """Bodies of n states in the world, as observations and features are made of them."""

    positions: np.ndarray
    """(n, 24, 3) metres."""
    rotations: np.ndarray
    """(n, 24, 3, 3)."""
    linear: np.ndarray
    """(n, 24, 3) m/s."""
    angular: np.ndarray
    """(n, 24, 3) rad/s."""
    velocity: np.ndarray
    """(n, 3): sensor Chest_subtreelinvel."""
    gyro: np.ndarray
    """(n, 3): sensor Pelvis_gyro."""


def body_states(
    model: "mujoco.MjModel", qpos: np.ndarray, qvel: np.ndarray
) -> Iterator[BodyStates]:
    """States qpos (n, nq), qvel (n, nv) of a model with the humanoid in it, a few thousand at once.

    Runs the kinematic part of ``mj_forward`` alone: no contacts, no forces. That
    is an eighth of the time, and nothing that is read depends on the rest.
    """
    import mujoco

    for name, states, least, most in (("qpos", qpos, 76, model.nq), ("qvel", qvel, 75, model.nv)):
        if states.ndim != 2 or not least <= states.shape[1] <= most:
            raise UserError(f"{name} has shape {states.shape}; (n, {least}) is expected.")
        if not np.isfinite(states).all():
            raise UserError(f"The {name} of the states holds numbers that are not finite.")
    data = mujoco.MjData(model)
    ids = [model.body(name).id for name in BODY_NAMES]
    bodies = slice(ids[0], ids[0] + len(ids))
    if ids != list(range(bodies.start, bodies.stop)):
        raise ValueError("the bodies of the humanoid do not stand in a row in this model")
    sensors = [
        slice(model.sensor_adr[s], model.sensor_adr[s] + 3)
        for s in (model.sensor("Chest_subtreelinvel").id, model.sensor("Pelvis_gyro").id)
    ]
    nq, nv = qpos.shape[1], qvel.shape[1]
    positions, rotations, readings = data.xpos[bodies], data.xmat[bodies], data.sensordata
    state_qpos, state_qvel = data.qpos[:nq], data.qvel[:nv]
    for start in range(0, len(qpos), _CHUNK):
        count = min(_CHUNK, len(qpos) - start)
        where, turned = np.empty((count, 24, 3)), np.empty((count, 24, 9))
        read = np.empty((count, model.nsensordata))
        for row in range(count):
            state_qpos[:] = qpos[start + row]
            state_qvel[:] = qvel[start + row]
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            mujoco.mj_comVel(model, data)
            mujoco.mj_sensorVel(model, data)
            where[row], turned[row], read[row] = positions, rotations, readings
        yield BodyStates(
            positions=where,
            rotations=turned.reshape(count, 24, 3, 3),
            linear=read[:, :72].reshape(count, 24, 3),
            angular=read[:, 72:144].reshape(count, 24, 3),
            velocity=read[:, sensors[0]],
            gyro=read[:, sensors[1]],
        )


def read_features(
    model: "mujoco.MjModel", qpos: np.ndarray, qvel: np.ndarray, ctrl: np.ndarray
) -> Features:
    """Features of states qpos (n, 76) and qvel (n, 75) reached by controls ctrl (n, 69)."""
    qpos, qvel, ctrl = (np.atleast_2d(np.asarray(a, dtype=np.float64)) for a in (qpos, qvel, ctrl))
    if not len(qpos) == len(qvel) == len(ctrl):
        raise UserError(
            f"{len(qpos)} qpos, {len(qvel)} qvel and {len(ctrl)} controls do not belong "
            "together; one of each for every state is expected."
        )
    parts = [
        features_of(states, ctrl[start : start + _CHUNK])
        for start, states in zip(
            range(0, len(qpos), _CHUNK), body_states(model, qpos, qvel), strict=True
        )
    ]
    return joined(parts)


def features_of(states: BodyStates, ctrl: np.ndarray) -> Features:
    """Features of bodies as simulated, with controls (n, 69)."""
    rows = states.rotations[..., 2, :]
    trunk = states.rotations[:, [BODY_NAMES.index(name) for name in TRUNK]]
    ankles = [states.positions[:, BODY_NAMES.index(name)] for name in ("L_Ankle", "R_Ankle")]
    calm = tolerance(ctrl, margin=1.0, value_at_margin=0.0, shape="quadratic").mean(axis=1)
    if not np.isfinite(calm).all():
        raise UserError("The controls of the states hold numbers that are not finite.")
    return Features(
        height=np.ascontiguousarray(states.positions[..., 2].T),
        up=np.ascontiguousarray(rows.transpose(1, 2, 0)),
        heading=np.ascontiguousarray(np.arctan2(trunk[..., 1, 0], trunk[..., 0, 0]).T),
        ankle_distance=np.linalg.norm(ankles[0] - ankles[1], axis=1),
        velocity=np.ascontiguousarray(states.velocity.T),
        gyro=np.ascontiguousarray(states.gyro.T),
        calm=calm,
    )


def joined(parts: list[Features]) -> Features:
    """Features of several runs of states one after the other."""
    if len(parts) == 1:
        return parts[0]
    names = [entry.name for entry in fields(Features)]
    return Features(
        **{name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names}
    )
