"""How a foot of a flat motion goes over a scene: from where it stands to where it stands next,
clear of what it passes."""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...body.support_points import lowest_points
from ...motion.poses import pose
from ...scene.ground import NOTHING_M, Ground
from .footfalls import STEP_UP_M, Footfall, Way, sole_outline, soles


@dataclass(frozen=True)
class SwingSettings:
    """Of people on stairs, roughly."""

    clear_m: float = 0.04
    """That a sole is carried over what it passes and what is higher than where it stood."""
    ahead: int = 2
    """Frames before and after an edge in which it is already, and still, clear of it."""
    early: float = 1.35
    """How much faster than the way a foot rises in a step up, and how much later it sinks in one
    down."""
    level_m: tuple[float, float] = (0.04, 0.10)
    """Of steps down, from which a foot comes down with its sole a little, and wholly, level; on its
    heel it would catch the edge that it steps down from."""
    level_frames: tuple[int, int] = (8, 6)
    """Before and after it comes down, over which it is turned so."""
    undone: int = 14
    """Frames that a swing which the motion's end cuts off would have lasted at least."""


SWING = SwingSettings()


class Foot:
    """How a foot's footfalls move it, frame by frame."""

    def __init__(
        self,
        qpos: np.ndarray,
        side: str,
        falls: list[Footfall],
        way: Way,
        ground: Ground,
        posed: np.ndarray,
        settings: SwingSettings = SWING,
    ) -> None:
        """``posed`` (T,): metres that somebody posed the body higher, NaN where nobody did."""
        self.side, self.falls, self._way = side, falls, way
        self._ground, self._settings = ground, settings
        frames = len(qpos)
        self.stands = np.zeros(frames, dtype=bool)
        for one in falls:
            self.stands[one.start : one.stop] = True
        self.moved = _between(falls, [one.moved for one in falls], frames)
        self.shifted = _between(falls, [one.shifted for one in falls], frames)
        self._middle, turn = soles(qpos)[side]
        pelvis, _ = way.nearest(qpos[:, :2])
        self._along, self._aside = way.nearest(self._middle, pelvis)
        self._turned = way.turns(self._along + self.moved) - way.turns(self._along)
        self._place = self._middle + way.carried(self._along, self._aside, self.moved, self.shifted)
        self._flat_turn, self._turn = turn, turn + self._turned
        landings = [*falls, *self._undone(frames)]
        base = np.nan_to_num(posed)
        # What somebody posed may go over to another height while the foot stands.
        landing, leaving = (
            [one.height - base[min(at(one), frames - 1)] for one in landings]
            for at in (lambda one: one.start, lambda one: one.stop - 1)
        )
        self.level = base + _between(landings, landing, frames, settings.early, leaving)
        for one in falls:
            self.level[one.start : one.stop] = one.height
        # What somebody posed comes down as it was posed.
        self._levelled = _levelled(landings, frames, settings) * np.isnan(posed)
        tilts = [Rotation.align_vectors([one.normal], [[0, 0, 1]])[0].as_rotvec() for one in falls]
        self._tilt = np.stack(
            [_between(falls, [tilt[axis] for tilt in tilts], frames) for axis in range(3)], axis=1
        )

    def target(
        self, ankle: np.ndarray, rotation: np.ndarray, sole: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ankle (T, 3) and its rotation (T, 3, 3) in the flat motion, whose sole is ``sole`` (T,)
        over the floor -> the same on the ground."""
        ankle, rotation = self._with_level_sole(ankle, rotation, sole)
        turn = Rotation.from_rotvec(self._tilt) * Rotation.from_euler("z", self._turned[:, None])
        level = self.level + self._lift(sole)
        flat = np.column_stack([self._middle, np.zeros(len(level))])
        moved = np.column_stack([self._place, level]) + turn.apply(ankle - flat)
        return moved, (turn * Rotation.from_matrix(rotation)).as_matrix()

    def _undone(self, frames: int) -> list[Footfall]:
        """Where the foot would come down whose swing the motion's end cuts off."""
        if not self.falls or self.falls[-1].stop >= frames:
            return []
        last, lasts = self.falls[-1], self._settings.undone
        level = np.full(frames, last.height)
        height = float(self._below(level)[-1])
        start = max(frames, last.stop + lasts)
        return [replace(last, start=start, stop=start + lasts, height=height)]

    def _with_level_sole(
        self, ankle: np.ndarray, rotation: np.ndarray, sole: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        share = self._levelled
        if not share.any():
            return ankle, rotation
        away, rest, turn = _level_foot()[self.side]
        about = Rotation.from_euler("z", (self._flat_turn - turn)[:, None])
        wanted, middle = about * Rotation.from_matrix(rest), np.column_stack([self._middle, sole])
        begin = Rotation.from_matrix(rotation)
        way = (wanted * begin.inv()).as_rotvec() * share[:, None]
        place = ankle + share[:, None] * (middle + about.apply(away) - ankle)
        return place, (Rotation.from_rotvec(way) * begin).as_matrix()

    def _below(self, level: np.ndarray) -> np.ndarray:
        """(T,) metres: the highest ground under the sole, for a foot at about ``level`` (T,)."""
        outline = sole_outline()[self.side]
        cos, sin = np.cos(self._turn)[:, None], np.sin(self._turn)[:, None]
        x = self._place[:, :1] + cos * outline[:, 0] - sin * outline[:, 1]
        y = self._place[:, 1:] + sin * outline[:, 0] + cos * outline[:, 1]
        points = np.stack([x, y, np.broadcast_to(level[:, None], x.shape)], axis=-1)
        below = self._ground.heights(points, STEP_UP_M).max(axis=1)
        return np.where(below < NOTHING_M / 2, level, below)

    def _lift(self, sole: np.ndarray) -> np.ndarray:
        """(T,) metres more, so that the swinging sole clears what it passes."""
        from ..mending.grounding import intervals

        settings = self._settings
        below = self._below(self.level)
        below = maximum_filter1d(below, 2 * settings.ahead + 1, mode="nearest")
        result = np.zeros(len(below))
        for start, stop in intervals(~self.stands):
            part = slice(start, stop)
            # Over what it just stood on a foot swings as it did over the floor; over what is higher
            # than that, and over edges that it sinks past, it is carried clear.
            higher = (
                below[part] > np.minimum(self.level[max(start - 1, 0)], self.level[part]) + 0.01
            )
            clear = np.where(higher, settings.clear_m, np.minimum(settings.clear_m, sole[part]))
            lacking = np.maximum(below[part] + clear - self.level[part] - sole[part], 0)
            up, down = np.arange(stop - start) + 1, np.arange(stop - start, 0, -1)
            # A swing that the motion's ends cut through neither leaves nor lands there.
            phase = np.minimum(up if start else np.inf, down if stop < len(below) else np.inf)
            result[part] = lacking * np.clip(phase / 2.5, 0, 1)
        return gaussian_filter1d(result, 0.8, mode="nearest") * ~self.stands


@lru_cache(maxsize=1)
def _level_foot() -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """Side -> of a foot whose sole is level: its ankle (3,) seen from the middle of the sole, the
    ankle's rotation (3, 3), and the radians that it points."""
    stand = pose("stand")[None]
    positions, rotations = forward_kinematics(stand)
    lowest, result = lowest_points(stand)[0], {}
    for side in "LR":
        ankle, toe = (BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe"))
        middle, turn = soles(stand)[side]
        floor = np.array([*middle[0], lowest[[ankle, toe]].min()])
        result[side] = positions[0, ankle] - floor, rotations[0, ankle], float(turn[0])
    return result


def _levelled(falls: list[Footfall], frames: int, settings: SwingSettings) -> np.ndarray:
    """(frames,) 0..1: how far the sole is turned level, around where it comes down lower."""
    result = np.zeros(frames)
    for before, one in pairwise(falls):
        least, whole = settings.level_m
        share = np.clip((before.height - one.height - least) / (whole - least), 0, 1)
        ahead, behind = settings.level_frames
        away = np.arange(frames) - one.start
        phase = np.clip(1 - np.where(away < 0, -away / ahead, away / behind), 0, 1)
        # Wholly so while it comes down.
        phase = np.clip(1.6 * phase, 0, 1)
        result = np.maximum(result, share * phase**2 * (3 - 2 * phase))
    return result


def _between(
    falls: list[Footfall],
    values: list[float],
    frames: int,
    early: float = 1.0,
    leaving: list[float] | None = None,
) -> np.ndarray:
    """(frames,): each footfall's value while it stands, eased from one to the next in between; from
    that in ``leaving``, where it is another one when the foot leaves."""
    if not falls:
        return np.zeros(frames)
    leaving = values if leaving is None else leaving
    result = np.empty(frames)
    result[: falls[0].start] = values[0]
    for number, one in enumerate(falls):
        result[one.start : one.stop] = values[number]
        following = falls[number + 1] if number + 1 < len(falls) else None
        stop = following.start if following else frames
        begin = leaving[number]
        target = values[number + 1] if following else begin
        phase = (np.arange(one.stop, stop) - one.stop + 1) / (stop - one.stop + 1)
        if early != 1 and target > begin:
            phase = np.minimum(phase * early, 1)
        elif early != 1:
            phase = np.maximum(1 - (1 - phase) * early, 0)
        ease = (phase**2 * (3 - 2 * phase))[: max(frames - one.stop, 0)]
        result[one.stop : stop] = begin + ease * (target - begin)
    return result
