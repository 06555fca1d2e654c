"""What the library lacks of a behaviour: arms held higher, a pose taken and kept.

The reward itself is climbed by the cross-entropy method (Rubinstein 1999) over poses:
first from limbs and poses of the library, then from what is best of their neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np

from ..body.figures import BODY_NAMES, JOINT_RANGES
from ..body.kinematics import to_rotation, to_wxyz
from ..body.model import shared_model
from ..body.support_points import lowest_points
from ..library.features import POINTS
from ..library.library import Library, Stretch
from ..posing.balance import out_of_support
from ..prompts.features import read_features
from ..prompts.rewards import Reward

ARMS = ("Thorax", "Shoulder", "Elbow", "Wrist", "Hand")
LOOKED_AT = 5
"""Frames of a plan that an offset is tried on."""
CANDIDATES = 80
"""Poses of the library whose arms are tried on a plan, for each hand."""
UPRIGHT = 0.75
"""Metres: of the pelvis of those."""
SEEDS = 6
"""Poses of the library from which a pose that earns more is looked for."""
SAFE = 0.03
"""Metres within the edge of what it rests on where the weight should lie."""
APART = 15
"""Nodes between two of them in one clip."""


@dataclass(frozen=True)
class PosePrices:
    """What a pose gives away beside what it earns (of 1)."""

    strain: float = 0.5
    """A square radian, on average over the joints, away from a person's recorded pose."""
    balance: float = 4.0
    """A metre that the weight lies nearer than ``SAFE`` to the edge of what it rests on."""
    sunk: float = 6.0
    """A metre by which shapes of the body lie in each other."""
    population: int = 64
    elite: int = 10
    rounds: int = 20
    first_spread: float = 0.25
    """Radians: of the first neighbours."""
    least_gain: float = 0.03
    """Of 1: less is not worth leaving what a person did."""


def arm_hinges() -> np.ndarray:
    """Hinges (of 69) of both arms."""
    bodies = [BODY_NAMES.index(f"{side}_{part}") for side in "LR" for part in ARMS]
    return np.concatenate([np.arange(3 * body - 3, 3 * body) for body in bodies])


def arms_offset(
    library: Library,
    reward: Reward,
    qpos: np.ndarray,
    qvel: np.ndarray,
    prices: PosePrices | None = None,
    seed: int = 0,
) -> np.ndarray:
    """(69,) radians by which the arms of a plan (T, 76), (T, 75) earn more; zeros if none do."""
    prices = prices or PosePrices()
    rng = np.random.default_rng(seed)
    hinges = arm_hinges()
    frames = np.linspace(len(qpos) // 4, len(qpos) - 1, LOOKED_AT).astype(int)
    states, speeds = qpos[frames], qvel[frames]

    def earned(offsets: np.ndarray) -> np.ndarray:
        tried = np.repeat(states[None], len(offsets), axis=0)
        tried[:, :, 7 + hinges] += offsets[:, None]
        tried[..., 7:] = np.clip(tried[..., 7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
        moving = np.repeat(speeds[None], len(offsets), axis=0)
        paid = _paid(reward, tried.reshape(-1, 76), moving.reshape(-1, 75))
        strain = prices.strain * (offsets**2).mean(axis=1)
        return paid.reshape(len(offsets), -1).mean(axis=1) - strain

    nodes = _hand_nodes(library)
    arms = np.array([_frame(library, int(node))[7 + hinges] for node in nodes])
    middle = np.median(qpos[len(qpos) // 4 :, 7 + hinges], axis=0)
    # Each arm by itself too: one high and one low is rare in a library.
    half = len(hinges) // 2
    left, right = arms - middle, arms - middle
    left[:, half:], right[:, :half] = 0.0, 0.0
    start = np.zeros(len(hinges))
    for offsets in (left, right):
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


def climbed(
    value: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    prices: PosePrices,
    rng: np.random.Generator,
) -> np.ndarray:
    """The best found near ``start`` (n,) of a function (k, n) -> (k,)."""
    middle, spread = start.copy(), np.full(len(start), prices.first_spread)
    best, highest = start, float(value(start[None])[0])
    for _ in range(prices.rounds):
        tried = middle + spread * rng.normal(size=(prices.population, len(start)))
        values = value(tried)
        order = np.argsort(-values)[: prices.elite]
        if values[order[0]] > highest:
            best, highest = tried[order[0]], float(values[order[0]])
        middle = tried[order].mean(axis=0)
        spread = 0.3 * spread + 0.7 * np.maximum(tried[order].std(axis=0), 0.01)
    return best


def kept_pose(
    library: Library,
    reward: Reward,
    earned: np.ndarray,
    prices: PosePrices | None = None,
    seed: int = 0,
) -> tuple[np.ndarray, float]:
    """A pose (76,) that earns much when it is kept, on the floor and in balance; what it earns.

    ``earned`` (2M,) is what the nodes of the library earn; the best of them, and lying
    and upside-down ones, are where the search begins.
    """
    prices = prices or PosePrices()
    rng = np.random.default_rng(seed)
    seeds = _seeds(library, reward, earned)
    hands = np.array([BODY_NAMES.index(name) for name in ("L_Hand", "R_Hand")])
    fixed = np.concatenate([np.arange(3 * hand - 3, 3 * hand) for hand in hands])
    free = np.setdiff1d(np.arange(69), fixed)

    def posed(base: np.ndarray, change: np.ndarray) -> np.ndarray:
        result = np.repeat(base[None], len(change), axis=0)
        lean = to_rotation(base[None, 3:7])
        turn = np.concatenate([change[:, :2], np.zeros((len(change), 1))], axis=1)
        result[:, 3:7] = to_wxyz(type(lean).from_rotvec(turn) * lean)
        result[:, 7 + free] += change[:, 2:]
        result[:, 7:] = np.clip(result[:, 7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
        result[:, 2] -= lowest_points(result).min(axis=1)
        return result

    best, highest = seeds[0], -np.inf
    for base in seeds:

        def value(change: np.ndarray, base: np.ndarray = base) -> np.ndarray:
            poses = posed(base, change)
            paid = _paid(reward, poses, np.zeros((len(poses), 75)))
            beside = np.maximum(out_of_support(poses) + SAFE, 0)
            result = paid - prices.balance * beside - prices.strain * (change**2).mean(axis=1)
            # Shapes are compared where it matters: that is what takes the time.
            good = np.argsort(-result)[: 2 * prices.elite]
            sunk = np.full(len(poses), np.inf)
            sunk[good] = _sunk(poses[good])
            return np.asarray(result - prices.sunk * sunk)

        change = climbed(value, np.zeros(2 + len(free)), prices, rng)
        reached = float(value(change[None])[0])
        if reached > highest:
            best, highest = posed(base, change[None])[0], reached
    return best, float(_paid(reward, best[None], np.zeros((1, 75)))[0])


def _seeds(library: Library, reward: Reward, earned: np.ndarray) -> list[np.ndarray]:
    chosen: list[int] = []
    for node in np.argsort(-earned)[:4000]:
        if all(abs(int(node) - other) > APART for other in chosen):
            chosen.append(int(node))
        if len(chosen) == SEEDS:
            break
    poses = [_frame(library, node) for node in chosen]
    stand = to_rotation(np.array([[0.5, 0.5, 0.5, 0.5]]))
    flat = poses[0].copy()
    flat[:2], flat[7:] = 0.0, 0.0
    for axis, angle in (("y", -90), ("y", 90), ("y", 180)):
        turned = flat.copy()
        turned[3:7] = to_wxyz(type(stand).from_euler(axis, angle, degrees=True) * stand)[0]
        turned[2] -= lowest_points(turned[None]).min()
        poses.append(turned)
    paid = _paid(reward, np.array(poses), np.zeros((len(poses), 75)))
    return [poses[index] for index in np.argsort(-paid)[:2]]


def _frame(library: Library, node: int) -> np.ndarray:
    frame = int(library.node_frames[node])
    return library.qpos(Stretch(frame, frame + 1))[0]


def _paid(reward: Reward, qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    ctrl = np.zeros((len(qpos), 69))
    return np.asarray(reward.of(read_features(shared_model(), qpos, qvel, ctrl)), dtype=float)


def _sunk(qpos: np.ndarray) -> np.ndarray:
    """(n,) metres: by how much shapes of the body lie in each other, in all."""
    model = shared_model()
    data = mujoco.MjData(model)
    result = np.zeros(len(qpos))
    for row, pose in enumerate(qpos):
        data.qpos[:76] = pose
        mujoco.mj_kinematics(model, data)
        mujoco.mj_collision(model, data)
        pairs = data.contact.geom[: data.ncon]
        if len(pairs):
            own = (model.geom_bodyid[pairs] > 0).all(axis=1)
            result[row] = np.maximum(-data.contact.dist[: data.ncon][own] - 0.005, 0).sum()
    return result
