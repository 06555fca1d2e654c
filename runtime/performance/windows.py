"""The parts that long motions are performed in, and what they make together."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_opening

from ..body.kinematics import forward_kinematics, joint_distance
from ..body.support_points import support_points
from ..measures.physics import HELP_SHOWN
from ..progress import Progress
from ..scene.ground import clearances
from ..scene.surroundings import Surroundings, View
from .keeping import Watch
from .recording import Push, Record
from .tightness import KeyHeld

AIRBORNE_M, AIRBORNE_FRAMES = 0.03, 4
"""Metres over the ground of whoever is in the air, and for how long at least."""


@dataclass(frozen=True)
class Performance:
    """A performed motion, see ``recording.Record`` for the arrays."""

    qpos: np.ndarray
    qvel: np.ndarray
    contacts: np.ndarray
    help: np.ndarray
    """(T-1,) wrench as a share of weight; zeros unless something cannot be done without."""
    unexplained: np.ndarray
    """Not a number where the draft stayed and nobody looked."""
    airborne: np.ndarray
    torque: np.ndarray
    drafted: tuple[tuple[int, int], ...] = ()
    """First and last frame of stretches in which nothing better than the draft was found."""
    stopped: bool = False
    """Whether the person had enough before the end."""
    unpushed: tuple[int, ...] = ()
    """Frames of pushes that were left out, for the body was held there."""
    loose: np.ndarray | None = None

    @property
    def assistance(self) -> np.ndarray:
        """As the draft's roll-out calls it."""
        return self.help


@dataclass(frozen=True)
class Window:
    """A part of the motion, as arrays of its own length."""

    qpos: np.ndarray
    qvel: np.ndarray
    targets: np.ndarray
    wrench: np.ndarray
    draft: tuple[np.ndarray, np.ndarray]
    weights: np.ndarray | None
    start: float
    share: float
    first: int
    """Its first frame."""
    may_keep: bool
    anchored: bool
    around: View | None = None
    keys: tuple[KeyHeld, ...] = ()

    text = "Performing without help"

    @property
    def frames(self) -> int:
        return len(self.qpos)

    def starts_freely(self, pushes: dict[int, Push]) -> bool:
        """Whether nothing came before: recordings tell badly how a body moves that comes in moving."""
        return self.first == 0 and 0 not in pushes

    def deviation(self, qpos: np.ndarray) -> np.ndarray:
        """(n, 76) states of its frames -> (n,) metres: mean distance of the joints from the reference."""
        return joint_distance(qpos, self.qpos)

    def flies(self, around: Surroundings | None) -> bool:
        """Whether the reference is in the air over the ground, or a flat floor, for a while."""
        positions, rotations = forward_kinematics(self.qpos)
        points = support_points()
        if around is None:
            over = points.heights(positions, rotations)
        else:
            over = clearances(around.ground, positions, rotations, points)
        airborne = over.min(axis=1) > AIRBORNE_M
        return bool(binary_opening(airborne, np.ones(AIRBORNE_FRAMES)).any())

    def watch(self, progress: Progress, allowed: float) -> Watch:
        return Watch(
            progress,
            self.start,
            self.share,
            self.first,
            self.qpos,
            self.draft[0],
            allowed,
            self.may_keep,
        )


def held_frames(performance: Performance) -> int:
    """In how many frames anything holds it, or nothing was found."""
    drafted = sum(last - first + 1 for first, last in performance.drafted)
    return int((performance.help > HELP_SHOWN).sum()) + drafted


def joined(parts: list[Record]) -> Performance:
    """Parts of which each begins in the last state of the one before it."""

    def states(name: str) -> np.ndarray:
        arrays = [getattr(part, name) for part in parts]
        return np.concatenate([arrays[0]] + [array[1:] for array in arrays[1:]])

    def steps(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Performance(
        states("qpos"),
        states("qvel"),
        states("contacts"),
        steps("help"),
        steps("unexplained"),
        steps("airborne"),
        steps("torque"),
        loose=None if any(part.loose is None for part in parts) else states("loose"),
    )


def with_loose(part: Record, fallback: Record | None, first: int) -> Record:
    """With help nobody simulates what moves freely: it goes as in the draft, from ``first`` on."""
    if part.loose is not None or fallback is None or fallback.loose is None:
        return part
    return replace(part, loose=fallback.loose[first : first + len(part.qpos)])
