"""The one type that travels: a motion of the body."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ..body.kinematics import forward_kinematics, local_rotations, qpos_from_rotations
from ..errors import UserError

CONTACT_BODIES: tuple[str, ...] = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe", "L_Hand", "R_Hand")
"""Columns of ``Motion.contacts``: heels, toes and hands."""

CONTROL_FPS = 30.0


@dataclass(frozen=True)
class Motion:
    """A motion of the humanoid, world z up, metres, quaternions wxyz.

    ``metadata`` says where the motion came from (prompts, model, licence, seed,
    versions), enough to generate it again. It is plain JSON data.
    """

    fps: float
    qpos: np.ndarray
    """(T, 76) float64: root position, root quaternion wxyz, 69 hinge angles in radians."""
    qvel: np.ndarray | None = None
    """(T, 75) m/s and rad/s as MuJoCo has them, if known."""
    contacts: np.ndarray | None = None
    """(T, 6) bool: which of ``CONTACT_BODIES`` touch something, if known."""
    metadata: dict[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    """Lengths of the body that moves beside those of the reference body, see ``body.size``."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale) and 0.1 <= self.scale <= 10):
            raise UserError(f"The motion is of a body {self.scale} times as large as usual.")
        qpos = np.array(self.qpos, dtype=np.float64)
        if qpos.ndim != 2 or qpos.shape[1] != 76:
            raise UserError(f"A motion needs qpos of shape (frames, 76), not {qpos.shape}.")
        if not len(qpos):
            raise UserError("The motion has no frames.")
        if not np.isfinite(qpos).all():
            raise UserError("The motion holds numbers that are not finite.")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise UserError(f"The motion has no usable frame rate ({self.fps}).")
        norm = np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
        if (norm < 1e-6).any():
            raise UserError("The motion holds root rotations that are zero.")
        # Already unit quaternions stay as they are to the last bit, so that files read back equal.
        qpos[:, 3:7] = np.where(np.abs(norm - 1) > 1e-12, qpos[:, 3:7] / norm, qpos[:, 3:7])
        object.__setattr__(self, "qpos", qpos)
        for name, width, kind in (("qvel", 75, np.float64), ("contacts", 6, np.bool_)):
            value = getattr(self, name)
            if value is None:
                continue
            value = np.array(value, dtype=kind)
            if value.shape != (len(qpos), width):
                raise UserError(f"{name} has shape {value.shape}, not {(len(qpos), width)}.")
            if not np.isfinite(value).all():
                raise UserError(f"{name} holds numbers that are not finite.")
            object.__setattr__(self, name, value)

    @property
    def frames(self) -> int:
        return len(self.qpos)

    @property
    def seconds(self) -> float:
        """Time from the first to the last frame."""
        return (self.frames - 1) / self.fps

    def positions(self) -> np.ndarray:
        """(T, 24, 3) metres: world positions of the bodies."""
        if self.scale != 1.0:
            return self.scale * self.of_scale(1.0).positions()
        return forward_kinematics(self.qpos)[0]

    def of_scale(self, scale: float) -> "Motion":
        """The same of a body of another size: angles as they are, ways as long as its legs make
        them."""
        if scale == self.scale:
            return self
        ratio = scale / self.scale
        qpos, qvel = self.qpos.copy(), None if self.qvel is None else self.qvel.copy()
        qpos[:, :3] *= ratio
        if qvel is not None:
            qvel[:, :3] *= ratio
        return replace(self, qpos=qpos, qvel=qvel, scale=scale)

    def velocities(self) -> np.ndarray:
        """(T, 75): ``qvel`` if known, else differences of neighbouring frames.

        As MuJoCo's ``mj_differentiatePos``: linear in the world, angular in the
        root's own frame. The last frame repeats the one before it.
        """
        if self.qvel is not None:
            return self.qvel
        result = np.zeros((self.frames, 75))
        if self.frames > 1:
            result[:-1, :3] = np.diff(self.qpos[:, :3], axis=0) * self.fps
            root = Rotation.from_quat(self.qpos[:, 3:7], scalar_first=True)
            result[:-1, 3:6] = (root[:-1].inv() * root[1:]).as_rotvec() * self.fps
            result[:-1, 6:] = np.diff(self.qpos[:, 7:], axis=0) * self.fps
            result[-1] = result[-2]
        return result

    def cut(self, start: int, stop: int) -> "Motion":
        """Frames ``start`` to ``stop`` (not included)."""
        part = slice(start, stop)
        return replace(
            self,
            qpos=self.qpos[part],
            qvel=None if self.qvel is None else self.qvel[part],
            contacts=None if self.contacts is None else self.contacts[part],
        )

    def resampled(self, fps: float) -> "Motion":
        """The same motion at another rate: rotations by slerp, contacts from the nearest frame.

        Velocities are dropped, they belong to the old frames.
        """
        if fps == self.fps:
            return self
        count = max(1, int(np.floor(self.seconds * fps + 1e-6)) + 1)
        if self.frames == 1:
            return replace(self, fps=fps, qvel=None)
        old = np.arange(self.frames) / self.fps
        new = np.minimum(np.arange(count) / fps, old[-1])
        local = local_rotations(self.qpos)
        turned = np.empty((count, 24, 4))
        for body in range(24):
            slerp = Slerp(old, Rotation.from_quat(local[:, body], scalar_first=True))
            turned[:, body] = slerp(new).as_quat(scalar_first=True)
        root = np.stack([np.interp(new, old, self.qpos[:, axis]) for axis in range(3)], axis=1)
        nearest = np.clip(np.round(new * self.fps).astype(int), 0, self.frames - 1)
        return replace(
            self,
            fps=fps,
            qpos=qpos_from_rotations(root, turned),
            qvel=None,
            contacts=None if self.contacts is None else self.contacts[nearest],
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data with arrays, for the worker's messages."""
        return {
            "fps": self.fps,
            "qpos": self.qpos,
            "qvel": self.qvel,
            "contacts": self.contacts,
            "metadata": self.metadata,
            # Left out where it says nothing, so that earlier files stay as they are written.
            **({} if self.scale == 1.0 else {"scale": self.scale}),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Motion":
        """The inverse of ``to_dict``; lists instead of arrays are fine."""
        try:
            return cls(
                fps=float(data["fps"]),
                qpos=data["qpos"],
                qvel=data.get("qvel"),
                contacts=data.get("contacts"),
                metadata=dict(data.get("metadata") or {}),
                scale=float(data.get("scale", 1.0)),
            )
        except (KeyError, TypeError) as error:
            raise UserError("The motion lacks 'fps' or 'qpos'.", repr(error)) from error
