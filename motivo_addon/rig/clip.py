"""A performance of any armature as plain arrays: another frame rate, another place for the root.

Never imports bpy. Everything is in metres in the world, without the scale of
the object: that is in the lengths already.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

Root = Literal["as_is", "hips", "bone", "object", "in_place"]
"""Where a clip has its travel: where the Action has it, on the hips, on a root bone, on the
object, or nowhere."""

ROOT_BONE = "root"
"""Name of the bone that is added where a clip should travel on one and there is none."""


@dataclass(frozen=True)
class Clip:
    """Bones over time."""

    name: str
    fps: float
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    """(J,) place of each bone's parent, -1 for none; parents come first."""
    rest: np.ndarray
    """(J, 4, 4) bones at rest in the object's space."""
    placed: np.ndarray
    """(T, 4, 4) the object in the world, moved and turned only."""
    posed: np.ndarray
    """(T, J, 4, 4) bones in the world."""
    size: float = 1.0
    """Metres per unit of the armature's own data."""

    @property
    def frames(self) -> int:
        return len(self.posed)

    @property
    def seconds(self) -> float:
        """Time from the first to the last frame."""
        return (self.frames - 1) / self.fps

    @property
    def joints(self) -> np.ndarray:
        """(T, J, 3): heads of the bones in the world."""
        return self.posed[..., :3, 3]

    def local(self) -> np.ndarray:
        """(T, J, 4, 4): each bone in its parent, those without one in the object."""
        above = np.empty_like(self.posed)
        for bone, parent in enumerate(self.parents):
            above[:, bone] = self.placed if parent < 0 else self.posed[:, parent]
        return np.linalg.inv(above) @ self.posed

    def basis(self) -> np.ndarray:
        """(T, J, 4, 4): how each bone differs from its rest, as pose channels say it.

        Place, turn and size only. Where a stretched parent would shear a bone,
        its shape is approximate and its head still where it is.
        """
        result, shown = np.empty_like(self.posed), np.empty_like(self.posed)
        for bone, parent in enumerate(self.parents):
            above = self.placed if parent < 0 else shown[:, parent]
            rest = self.rest[bone] if parent < 0 else _within(self.rest[parent], self.rest[bone])
            places, turns, sizes = decompose(np.linalg.inv(above) @ self.posed[:, bone])
            local = compose(places, Rotation.from_quat(turns, scalar_first=True), sizes)
            shown[:, bone] = above @ local
            result[:, bone] = np.linalg.inv(rest) @ local
        return result

    def cut(self, start: int, stop: int) -> "Clip":
        """Frames ``start`` to ``stop`` (not included)."""
        return replace(self, placed=self.placed[start:stop], posed=self.posed[start:stop])

    def resampled(self, fps: float) -> "Clip":
        """The same clip at another rate, from the same start: slerp in each bone's parent.

        What is left after the last frame that fits is cut off.
        """
        if abs(fps - self.fps) < 1e-9 or self.frames == 1:
            return replace(self, fps=fps)
        times = np.arange(int(np.floor(self.seconds * fps + 1e-6)) + 1) / fps
        placed = _between(self.placed, self.fps, times)
        local = self.local()
        posed = np.empty((len(times), len(self.bones), 4, 4))
        for bone, parent in enumerate(self.parents):
            above = placed if parent < 0 else posed[:, parent]
            posed[:, bone] = above @ _between(local[:, bone], self.fps, times)
        return replace(self, fps=fps, placed=placed, posed=posed)

    def with_root(self, root: Root, hips: str, root_bone: str | None = None) -> "Clip":
        """The same clip with its travel elsewhere; but for ``in_place`` all bones stay where they are.

        - ``hips``: the object rests, root bones rest, the hips carry all.
        - ``object``, ``bone``: the object, or the bone, follows the hips on the
          ground and turns about the vertical as they do. Without a root bone
          the clip gets one, at the object's origin.
        - ``in_place``: as ``hips``, and these stay above where they start.
        """
        if root == "as_is":
            return self
        carrier = self.bones.index(hips)
        above = ancestors(self.parents, carrier)
        start = np.broadcast_to(self.placed[0], self.placed.shape)
        still = self._carried(start, {bone: start @ self.rest[bone] for bone in above})
        if root == "hips":
            return still
        if root == "in_place":
            return still._in_place(carrier, above)
        ground = ground_motion(still.placed[0] @ still.rest[carrier], still.posed[:, carrier])
        moved = ground @ start
        if root == "object":
            return still._carried(moved, {bone: moved @ self.rest[bone] for bone in above})
        chosen = self.bones.index(root_bone) if root_bone else next(reversed(above), carrier)
        if chosen == carrier:
            return still._with_root_bone()._carried(start, {0: moved})
        lower = [chosen, *above[: above.index(chosen) if chosen in above else 0]]
        return still._carried(start, {bone: moved @ self.rest[bone] for bone in lower})

    def idle(self) -> np.ndarray:
        """(J,) bool: bones that are at rest in their parent, all the time."""
        return np.abs(self.basis() - np.eye(4)).max(axis=(0, 2, 3)) < 1e-4

    def _carried(self, placed: np.ndarray, worlds: dict[int, np.ndarray]) -> "Clip":
        """The object and some bones elsewhere, (T, 4, 4) each; the others stay in the world.

        But for those that never moved in what carries them, such as the unused
        targets of a leg's IK: they go along.
        """
        local, kept = self.local(), set(np.flatnonzero(~self.idle()))
        posed = self.posed.copy()
        touched: set[int] = set()
        for bone, parent in enumerate(self.parents):
            if bone in worlds:
                posed[:, bone] = worlds[bone]
                touched.add(bone)
            elif bone not in kept and (parent in touched or parent < 0):
                posed[:, bone] = (placed if parent < 0 else posed[:, parent]) @ local[:, bone]
                touched.add(bone)
        return replace(self, placed=placed.copy(), posed=posed)

    def _in_place(self, hips: int, above: list[int]) -> "Clip":
        travel = self.joints[:, hips] - self.joints[0, hips]
        travel[:, 2] = 0.0
        posed = self.posed.copy()
        riders = []
        for bone, parent in enumerate(self.parents):
            idle = np.abs(posed[:, bone] - posed[:1, bone]).max() < 1e-5
            if bone == hips or parent in riders or not (bone in above or idle):
                riders.append(bone)
        rides = np.isin(np.arange(len(self.bones)), riders)[:, None]
        posed[..., :3, 3] -= rides * travel[:, None]
        return replace(self, posed=posed)

    def _with_root_bone(self) -> "Clip":
        name, number = ROOT_BONE, 1
        while name in self.bones:
            name, number = f"{ROOT_BONE}.{number:03d}", number + 1
        return replace(
            self,
            bones=(name, *self.bones),
            parents=(-1, *(parent + 1 for parent in self.parents)),
            rest=np.concatenate([np.eye(4)[None], self.rest]),
            posed=np.concatenate([self.placed[:, None], self.posed], axis=1),
        )


def _within(parent: np.ndarray, child: np.ndarray) -> np.ndarray:
    return np.linalg.inv(parent) @ child


def ancestors(parents: tuple[int, ...], bone: int) -> list[int]:
    """Bones above ``bone``, its parent first."""
    found = []
    while (bone := parents[bone]) >= 0:
        found.append(bone)
    return found


def ground_motion(rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """How a bone's shadow on the ground has moved and turned since rest.

    (4, 4) at rest and (T, 4, 4) in the world -> (T, 4, 4): level, about the vertical.
    """
    turned = Rotation.from_matrix(_axes(posed)) * Rotation.from_matrix(_axes(rest)).inv()
    _, _, z, w = turned.as_quat().T
    # Lying on the back a heading still shows; upside down there is none, and the last one holds.
    sure = np.hypot(z, w) > 0.1
    heading = 2 * np.arctan2(z, w)
    if sure.any():
        known = np.flatnonzero(sure)
        last = known[np.clip(np.searchsorted(known, np.arange(len(z)), "right") - 1, 0, None)]
        heading = heading[last]
    moves = np.tile(np.eye(4), (len(posed), 1, 1))
    moves[:, :3, :3] = Rotation.from_rotvec(heading[:, None] * [0.0, 0.0, 1.0]).as_matrix()
    level = np.array([1.0, 1.0, 0.0])
    moves[:, :3, 3] = posed[:, :3, 3] * level - moves[:, :3, :3] @ (rest[:3, 3] * level)
    return moves


def _between(matrices: np.ndarray, fps: float, times: np.ndarray) -> np.ndarray:
    """(T, 4, 4) at ``fps`` -> (N, 4, 4) at times in seconds: places and sizes straight, turns slerp."""
    old = np.arange(len(matrices)) / fps
    times = np.minimum(times, old[-1])
    places, turns, sizes = decompose(matrices)
    mixed = np.stack([np.interp(times, old, c) for c in np.hstack([places, sizes]).T], axis=1)
    slerp = Slerp(old, Rotation.from_quat(turns, scalar_first=True))
    return compose(mixed[:, :3], slerp(times), mixed[:, 3:])


def compose(places: np.ndarray, turns: Rotation, sizes: np.ndarray) -> np.ndarray:
    """Places (T, 3), T rotations and sizes (T, 3) -> (T, 4, 4)."""
    result = np.tile(np.eye(4), (len(places), 1, 1))
    result[:, :3, :3] = turns.as_matrix() * sizes[:, None]
    result[:, :3, 3] = places
    return result


def decompose(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T, 4, 4) -> places (T, 3), continuous quaternions (T, 4) wxyz, sizes (T, 3). Shear is lost."""
    sizes = np.linalg.norm(matrices[:, :3, :3], axis=1)
    turns = Rotation.from_matrix(_axes(matrices)).as_quat(scalar_first=True)
    flips = np.cumprod(np.where(np.einsum("ti,ti->t", turns[1:], turns[:-1]) < 0, -1.0, 1.0))
    turns[1:] *= flips[:, None]
    return matrices[:, :3, 3], turns, sizes


def _axes(matrices: np.ndarray) -> np.ndarray:
    """(..., 4, 4) -> (..., 3, 3) without sizes."""
    axes = matrices[..., :3, :3]
    return axes / np.linalg.norm(axes, axis=-2, keepdims=True)
