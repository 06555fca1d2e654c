"""A pose that earns more than any walk does: taken from the library, improved, kept in balance."""

import logging

import mujoco
import numpy as np

from ...body.figures import BODY_NAMES, JOINT_RANGES
from ...body.kinematics import to_rotation, to_wxyz
from ...body.model import shared_model
from ...body.support_points import lowest_points
from ...library.library import Library
from ...posing.balance import out_of_support
from ...posing.library import library_poses
from ...prompts.rewards import Reward
from ...simulation.stepping import DivergenceError
from .climbing import PosePrices, climbed, frame_of, paid
from .statue import statue

logger = logging.getLogger(__name__)

SEEDS = 6
"""Poses of the library from which a pose that earns more is looked for."""
STARTS, ENOUGH = 5, 0.95
"""Of those and the poses of the pose library, how many it is looked for from, and what is earned (of 1)
from which nothing better is looked for."""
SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Of the change that earns most: where the whole falls over, half of it may stand."""
STATUE, SETTLING = 60, 20
"""Frames for which a pose that was found is kept, and after which it counts what it earns."""
SAFE = 0.06
"""Metres within the edge of what it rests on where the weight should lie."""
APART = 15
"""Nodes between two of them in one clip."""


def kept_pose(
    library: Library,
    reward: Reward,
    earned: np.ndarray,
    prices: PosePrices | None = None,
    seed: int = 0,
    most: float = 1.0,
) -> tuple[np.ndarray, float]:
    """A pose (76,) that earns much when it is kept, on the floor and in balance; what it earns then.

    ``earned`` (2M,) is what the nodes of the library earn; the best of them, and lying
    and upside-down ones, are where the search begins. Each that is found is kept for a while by
    muscles and ground alone: what it earns then, of at ``most`` so much, is what counts, and the pose is the one in which
    the body then rests.
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
            earned_now = paid(reward, poses, np.zeros((len(poses), 75)))
            beside = np.maximum(out_of_support(poses) + SAFE, 0)
            result = earned_now - prices.balance * beside - prices.strain * (change**2).mean(axis=1)
            # Shapes are compared where it matters: that is what takes the time.
            good = np.argsort(-result)[: 2 * prices.elite]
            sunk = np.full(len(poses), np.inf)
            sunk[good] = _sunk(poses[good])
            return np.asarray(result - prices.sunk * sunk)

        change = climbed(value, np.zeros(2 + len(free)), prices, rng)
        for share in SHARES:
            try:
                qpos, qvel = statue(posed(base, share * change[None])[0], STATUE)
            except DivergenceError as error:
                logger.debug("a pose bursts: %s", error)
                continue
            kept = float(paid(reward, qpos[SETTLING:], qvel[SETTLING:]).mean())
            if kept > highest:
                best, highest = qpos[-1], kept
        if highest > ENOUGH * most:
            break
    return best, highest


def _seeds(library: Library, reward: Reward, earned: np.ndarray) -> list[np.ndarray]:
    chosen: list[int] = []
    for node in np.argsort(-earned)[:4000]:
        if all(abs(int(node) - other) > APART for other in chosen):
            chosen.append(int(node))
        if len(chosen) == SEEDS:
            break
    poses = [frame_of(library, node) for node in chosen]
    stand = to_rotation(np.array([[0.5, 0.5, 0.5, 0.5]]))
    flat = poses[0].copy()
    flat[:2], flat[7:] = 0.0, 0.0
    for axis, angle in (("y", -90), ("y", 90), ("y", 180)):
        turned = flat.copy()
        turned[3:7] = to_wxyz(type(stand).from_euler(axis, angle, degrees=True) * stand)[0]
        turned[2] -= lowest_points(turned[None]).min()
        poses.append(turned)
    poses += [np.array(named.qpos) for named in library_poses().values() if not named.seat]
    earned_now = paid(reward, np.array(poses), np.zeros((len(poses), 75)))
    return [poses[index] for index in np.argsort(-earned_now)[:STARTS]]


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
