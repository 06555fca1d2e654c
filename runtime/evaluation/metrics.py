"""The published scores of reaching a goal and of tracking a motion.

They compare observations without place and heading, so drift in the world is
invisible to them; ``quality`` measures what an animator sees. "The pose" is the
first 214 numbers of an observation, distance its L2 norm.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

POSE_SIZE = 214
RELATIVE_POSITIONS = slice(1, 70)
REACHED = 2.0
"""Distance within which a pose counts as reached."""
FAR = 4.0
"""Distance from which proximity is 0."""
OFF_TRACK_M = 0.5


def pose_distance(observations: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(..., 358) and (..., 358), which broadcast, -> (...) distance of the poses."""
    difference = observations[..., :POSE_SIZE] - others[..., :POSE_SIZE]
    return np.linalg.norm(difference, axis=-1)


def proximity(distance: np.ndarray) -> np.ndarray:
    """1 within ``REACHED``, falling linearly to 0 at ``FAR``."""
    return np.clip((FAR - distance) / (FAR - REACHED), 0, 1)


def goal_scores(episode: np.ndarray, goal: np.ndarray) -> dict[str, float]:
    """Scores of an episode (T + 1, 358) against one goal (358,).

    The first observation is the start, which the policy had no hand in; it does not count.
    """
    distance = pose_distance(np.asarray(episode, np.float64)[1:], np.asarray(goal, np.float64))
    return {
        "success": float((distance <= REACHED).any()),
        "proximity": float(proximity(distance).mean()),
        "distance": float(distance.mean()),
    }


def tracking_scores(observations: np.ndarray, motion: np.ndarray) -> dict[str, float]:
    """Scores of what was observed (T, 358) against the motion's own observations (T, 358).

    ``mpjpe_g`` and the like are in mm of the vector of all 23 relative positions, as published.
    """
    done, asked = (np.asarray(part, np.float64) for part in (observations, motion))
    if done.shape != asked.shape:
        raise ValueError(f"{done.shape} observations cannot be compared with {asked.shape}")
    distance = pose_distance(done, asked)
    positions = done[:, RELATIVE_POSITIONS], asked[:, RELATIVE_POSITIONS]
    apart = np.linalg.norm((positions[0] - positions[1]).reshape(len(done), 23, 3), axis=-1)
    return {
        "distance": float(distance.mean()),
        "proximity": float(proximity(distance).mean()),
        "success": float((distance <= REACHED).all()),
        "emd": earth_movers_distance(done, asked),
        "mpjpe_g": _mean_norm_mm(*positions, order=0),
        "vel_dist": _mean_norm_mm(*positions, order=1),
        "accel_dist": _mean_norm_mm(*positions, order=2),
        "success_phc_linf": float((apart <= OFF_TRACK_M).all()),
        "success_phc_mean": float((apart.mean(axis=1) <= OFF_TRACK_M).all()),
    }


def earth_movers_distance(observations: np.ndarray, motion: np.ndarray) -> float:
    """Exact optimal transport between two sets of poses, whatever their order in time."""
    distance = _rounded_distances(observations[:, :POSE_SIZE], motion[:, :POSE_SIZE])
    if distance.shape[0] == distance.shape[1]:
        # Between equally many points of equal weight the best transport is an assignment,
        # and SciPy is there where POT is not.
        return float(distance[linear_sum_assignment(distance)].mean())
    import ot

    weights = (np.full(count, 1 / count) for count in distance.shape)
    return float(ot.emd2(*weights, distance, numItermax=1_000_000))


def _rounded_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """All distances (n, m) between rows, with the rounding that published figures contain.

    Those come from |a|^2 + |b|^2 - 2ab in single precision, which leaves about
    0.001 between equal poses. Products by einsum, because those of BLAS round
    differently from machine to machine.
    """
    products = np.einsum("id,jd->ij", a.astype(np.float32), b.astype(np.float32))
    squares = [(part.astype(np.float32).astype(np.float64) ** 2).sum(axis=1) for part in (a, b)]
    return np.sqrt(np.maximum(squares[0][:, None] + squares[1] - 2 * products, 0))


def _mean_norm_mm(done: np.ndarray, asked: np.ndarray, order: int) -> float:
    """Mean over time of the norm of the difference of ``order``-th differences; 0 if none.

    In single precision throughout, as published figures are.
    """
    single = done.astype(np.float32) - asked.astype(np.float32)
    difference = np.diff(single, n=order, axis=0)
    if not len(difference):
        return 0.0
    return float((np.linalg.norm(difference, axis=1) * np.float32(1000)).mean())
