"""Inverse kinematics of an arm, for all frames of a motion at once: a palm laid onto a surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...body.support_points import support_points
from ...motion.fitting.least_squares.linkage import BodyPoses
from ...motion.fitting.least_squares.solver import Comfort, solve
from ...motion.fitting.least_squares.terms import Orientations, Pins, Term

ARM = ("Thorax", "Shoulder", "Elbow", "Wrist", "Hand")


@dataclass(frozen=True)
class ArmSettings:
    """What is traded against what."""

    place: float = 80.0
    """1/m: the palm where it is wanted. A centimetre off costs as much as 0.8 rad."""
    flat: float = 2.5
    """1/rad: the palm flat on the surface."""
    pull: tuple[float, ...] = (0.6, 0.1, 0.1, 0.25, 0.25)
    """Per radian squared: the arm's joints from the collar bone to the hand stay as they are."""
    steady: float = 1.5
    """The same from frame to frame."""
    even: float = 10.0
    """Frames over which an arm no longer swings that is laid onto something."""
    fixed: float = 1e4
    """Of all that is no arm: it stays."""
    iterations: int = 25


ARMS = ArmSettings()


@lru_cache(maxsize=2)
def palm(side: str) -> tuple[int, np.ndarray]:
    """The hand's body, and the middle of its palm (3,) metres in that body's frame, whose y axis
    points out of the back of the hand."""
    body, table = BODY_NAMES.index(f"{side}_Hand"), support_points()
    corners = table.offset[table.body == body]
    middle = corners[corners[:, 1] <= corners[:, 1].min() + 1e-6].mean(axis=0)
    middle.setflags(write=False)
    return body, middle


@lru_cache(maxsize=2)
def palm_grid(side: str, count: int = 5) -> np.ndarray:
    """(count^2, 3) metres in the hand's frame: points all over the palm."""
    body, table = BODY_NAMES.index(f"{side}_Hand"), support_points()
    corners = table.offset[table.body == body]
    low, high = corners.min(axis=0), corners.max(axis=0)
    share = np.linspace(0, 1, count)
    x, z = np.meshgrid(low[0] + share * (high - low)[0], low[2] + share * (high - low)[2])
    grid = np.stack([x.ravel(), np.full(x.size, low[1]), z.ravel()], axis=1)
    grid.setflags(write=False)
    return grid


def palm_places(qpos: np.ndarray, side: str, points: np.ndarray | None = None) -> np.ndarray:
    """(T, 76) -> (T, 3) metres of the middle of a palm, or (T, n, 3) of ``points`` (n, 3) of a hand."""
    body, middle = palm(side)
    positions, rotations = forward_kinematics(qpos)
    turned = rotations[:, body] @ (middle[None] if points is None else points).T
    places = positions[:, body, None] + turned.swapaxes(1, 2)
    return places[:, 0] if points is None else places


def arm_hinges(side: str) -> np.ndarray:
    """(15,) columns of qpos."""
    return np.concatenate(
        [7 + 3 * (BODY_NAMES.index(f"{side}_{name}") - 1) + np.arange(3) for name in ARM]
    )


def lay_palm(
    qpos: np.ndarray,
    side: str,
    place: np.ndarray,
    normal: np.ndarray,
    share: np.ndarray,
    settings: ArmSettings = ARMS,
) -> np.ndarray:
    """Motion (T, 76) with the middle of a palm at ``place`` (T, 3) metres where ``share`` (T,) is
    above 0, and its back along ``normal`` (T, 3) as far as that is 1. Nothing but that arm moves; out
    of reach it comes as near as it can."""
    rows = np.flatnonzero(share > 0)
    if not len(rows):
        return qpos
    body, middle = palm(side)
    hinges = arm_hinges(side)
    own = qpos[rows]
    neutral = own[:, 7:].copy()
    even = gaussian_filter1d(qpos[:, hinges], settings.even, axis=0, mode="nearest")[rows]
    neutral[:, hinges - 7] += share[rows, None] * (even - own[:, hinges])
    pull, steady = np.full(69, settings.fixed), np.zeros(69)
    pull[hinges - 7] = np.repeat(settings.pull, 3)
    steady[hinges - 7] = settings.steady
    rotations = forward_kinematics(own)[1]
    count = len(rows)
    root = np.stack([rotations[:, 0, :, axis] for axis in range(2)], axis=1)
    terms: list[Term] = [
        Pins(
            np.array([0, body]),
            np.array([np.zeros(3), middle]),
            np.stack([own[:, :3], place[rows]], axis=1),
            np.tile(np.array([settings.fixed, settings.place])[:, None], (count, 1, 3)),
        ),
        Orientations(
            np.array([0, 0, body]),
            np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0]]),
            np.concatenate([root, normal[rows, None]], axis=1),
            np.stack([np.full(count, settings.fixed)] * 2 + [settings.flat * share[rows]], axis=1),
        ),
    ]
    found = solve(
        BodyPoses.from_qpos(own), terms, Comfort(neutral, pull, steady), settings.iterations
    )
    result = qpos.copy()
    result[np.ix_(rows, hinges)] = found.angles[:, hinges - 7]
    return result


def as_laid(
    keyed: Mapping[int, np.ndarray], qpos: np.ndarray, laid: Sequence[tuple[str, int, int]]
) -> dict[int, np.ndarray]:
    """Keys (frame -> joints (24, 3) in metres) with the arms of (T, 76) that were ``laid`` onto
    something from a frame to another one: that is what is then asked of them."""
    result = {frame: joints.copy() for frame, joints in keyed.items()}
    for side, first, last in laid:
        joints = [BODY_NAMES.index(f"{side}_{name}") for name in ARM]
        for frame in (frame for frame in result if first <= frame <= last):
            result[frame][joints] = forward_kinematics(qpos[[frame]])[0][0, joints]
    return result
