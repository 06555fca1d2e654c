"""Arms, and how the trunk is turned, brought to where a plan earns more."""

import numpy as np

from ...body.figures import BODY_NAMES, JOINT_RANGES
from ...library.features import POINTS
from ...library.library import Library
from ...prompts.rewards import Reward
from .climbing import PosePrices, climbed, frame_of, paid

ARMS = ("Thorax", "Shoulder", "Elbow", "Wrist", "Hand")
TRUNK = ("Torso", "Spine", "Chest")
LOOKED_AT = 5
"""Frames of a plan that an offset is tried on."""
CANDIDATES = 80
"""Poses of the library whose arms are tried on a plan, for each hand."""
TWISTS = (-0.3, -0.15, 0.15, 0.3)
"""Radians of each of three joints of the trunk from which its turning is looked for."""
UPRIGHT = 0.75
"""Metres: of the pelvis of those."""


def arm_hinges() -> np.ndarray:
    """Hinges (of 69) of both arms."""
    bodies = [BODY_NAMES.index(f"{side}_{part}") for side in "LR" for part in ARMS]
    return np.concatenate([np.arange(3 * body - 3, 3 * body) for body in bodies])


def twist_hinges() -> np.ndarray:
    """Hinges (of 69) that turn the trunk about its own length."""
    return np.array([3 * BODY_NAMES.index(part) - 2 for part in TRUNK])


def upper_offset(
    library: Library,
    reward: Reward,
    qpos: np.ndarray,
    qvel: np.ndarray,
    prices: PosePrices | None = None,
    seed: int = 0,
) -> np.ndarray:
    """(69,) radians by which arms and the trunk's twist earn more of a plan; zeros if none do.

    The plan is (T, 76), (T, 75); nothing leans, so that the weight stays where it is.
    """
    prices = prices or PosePrices()
    rng = np.random.default_rng(seed)
    arms = arm_hinges()
    hinges = np.concatenate([arms, twist_hinges()])
    frames = np.linspace(len(qpos) // 4, len(qpos) - 1, LOOKED_AT).astype(int)
    states, speeds = qpos[frames], qvel[frames]

    def earned(offsets: np.ndarray) -> np.ndarray:
        tried = np.repeat(states[None], len(offsets), axis=0)
        tried[:, :, 7 + hinges] += offsets[:, None]
        tried[..., 7:] = np.clip(tried[..., 7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
        moving = np.repeat(speeds[None], len(offsets), axis=0)
        earned_now = paid(reward, tried.reshape(-1, 76), moving.reshape(-1, 75))
        strain = prices.strain * (offsets**2).mean(axis=1)
        return earned_now.reshape(len(offsets), -1).mean(axis=1) - strain

    start = np.zeros(len(hinges))
    for offsets in _starts(library, qpos, arms, len(hinges)):
        offsets = start + offsets
        gains = earned(np.concatenate([start[None], offsets]))
        if gains.argmax():
            start = offsets[gains.argmax() - 1]
    best = climbed(earned, start, prices, rng)
    result = np.zeros(69)
    nothing, chosen = earned(np.stack([np.zeros_like(best), best]))
    if chosen > nothing + prices.least_gain:
        result[hinges] = best
    return result


def _starts(
    library: Library, qpos: np.ndarray, arms: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, count) offsets each: of the left arm, of the right one, of the trunk.

    Each arm by itself too: one high and one low is rare in a library.
    """
    nodes = _hand_nodes(library)
    middle = np.median(qpos[len(qpos) // 4 :, 7 + arms], axis=0)
    poses = np.array([frame_of(library, int(node))[7 + arms] for node in nodes]) - middle
    half = len(arms) // 2
    left, right = np.zeros((2, len(nodes), count))
    left[:, :half], right[:, half : len(arms)] = poses[:, :half], poses[:, half:]
    twists = np.zeros((len(TWISTS), count))
    twists[:, len(arms) :] = np.array(TWISTS)[:, None]
    return left, right, twists


def _hand_nodes(library: Library) -> np.ndarray:
    """(n,) nodes that hold each hand at every height there is, upright."""
    points = library.node_points
    upright = np.flatnonzero(points[:, POINTS.index("Pelvis"), 2] > UPRIGHT)
    chosen = []
    for hand in ("L_Hand", "R_Hand"):
        height = points[upright, POINTS.index(hand), 2]
        order = upright[np.argsort(height)]
        wanted = np.linspace(height.min(), height.max(), CANDIDATES)
        chosen.append(order[np.searchsorted(np.sort(height), wanted).clip(0, len(order) - 1)])
    return np.unique(np.concatenate(chosen))
