"""What is asked of frames as a reward, as the search climbs it."""

import numpy as np

from ..performance.search.earning import Earning
from ..planning.reference import Paid
from ..prompts.rewards.slopes import features_at_rest, reward_slopes


def earning_of(paid: Paid) -> Earning:
    """Frames that a reward is asked for, as the search climbs it: free of effort, which the muscles of
    the body have another measure of."""

    def earned(qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
        return paid.reward.of(features_at_rest(qpos, qvel))

    def slopes(qpos: np.ndarray, qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return reward_slopes(paid.reward, qpos, qvel)

    return Earning(paid.first, paid.last, paid.most, earned, slopes)
