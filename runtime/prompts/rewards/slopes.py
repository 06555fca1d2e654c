"""How a reward changes with the state, for searches that climb it.

Rewards are functions of features, whatever they are made of, so their own slopes are
differences of those; how features follow a state is known in closed form.
"""

from dataclasses import fields, replace

import mujoco
import numpy as np

from ...body.figures import BODY_NAMES
from ...body.model import shared_model
from .features import TRUNK, Features, read_features
from .terms import Reward

STEP = 1e-5
"""Of a feature, metres, m/s, radians or a cosine, by which a difference is taken: both ways, so that
where a reward has an edge its slope is the mean of those beside it."""
NQ, NV = 76, 75
_HELD = "calm"
"""The feature that is of controls, not of the state."""


def reward_slopes(
    reward: Reward, qpos: np.ndarray, qvel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rewards (n,) of states (n, 76), (n, 75) without effort, and their slopes (n, 150).

    Differences of states are as ``performance.physics.tangent`` has them: the root's place and
    rotation (the latter in its own frame), hinges, velocities. How the upper body's velocity
    changes with the pose at the same joint velocities is left out.
    """
    features = features_at_rest(qpos, qvel)
    by_feature = _by_feature(reward, features)
    data = mujoco.MjData(shared_model())
    rows = np.stack([_of_state(data, *state) for state in zip(qpos, qvel, strict=True)])
    return reward.of(features), np.einsum("fn,nfk->nk", by_feature, rows)


def features_at_rest(qpos: np.ndarray, qvel: np.ndarray) -> Features:
    """Features of states (n, 76), (n, 75) whose controls are 0."""
    return read_features(shared_model(), qpos, qvel, np.zeros((len(qpos), 69)))


def _by_feature(reward: Reward, features: Features) -> np.ndarray:
    """(F, n): how the reward changes with each number that is read of a state, one array of
    ``Features`` behind the other."""
    result = []
    for entry in fields(Features):
        if entry.name == _HELD:
            continue
        array = getattr(features, entry.name)
        for row in np.ndindex(*array.shape[:-1]):
            ends = []
            for sign in (1, -1):
                moved = array.copy()
                moved[row] += sign * STEP
                ends.append(reward.of(replace(features, **{entry.name: moved})))
            result.append((ends[0] - ends[1]) / (2 * STEP))
    return np.array(result)


def _of_state(data: mujoco.MjData, qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    """(F, 150): how the same numbers change with the state; ``data`` of the shared model is written to."""
    model = shared_model()
    data.qpos[:NQ], data.qvel[:NV] = qpos, qvel
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    moves, turns = np.empty((24, 3, NV)), np.empty((24, 3, NV))
    for index, name in enumerate(BODY_NAMES):
        mujoco.mj_jacBody(model, data, moves[index], turns[index], model.body(name).id)
    first = model.body(BODY_NAMES[0]).id
    rotations = data.xmat[first : first + 24].reshape(24, 3, 3)
    positions = data.xpos[first : first + 24]
    # A vector that is fixed in a body changes by its turning times it.
    axes = np.cross(turns[:, None], rotations.transpose(0, 2, 1)[..., None], axis=2)
    ankles = [BODY_NAMES.index(f"{side}_Ankle") for side in "LR"]
    apart = positions[ankles[0]] - positions[ankles[1]]
    upper = np.empty((3, NV))
    mujoco.mj_jacSubtreeCom(model, data, upper, model.body("Chest").id)
    headings = []
    for name in TRUNK:
        body = BODY_NAMES.index(name)
        (x, y), (by_x, by_y) = rotations[body, :2, 0], axes[body, 0, :2]
        headings.append((x * by_y - y * by_x) / max(x * x + y * y, 1e-9))
    by_place = {
        "height": moves[:, 2],
        "up": axes[:, :, 2].reshape(-1, NV),
        "heading": np.array(headings),
        "ankle_distance": (apart / np.linalg.norm(apart) @ (moves[ankles[0]] - moves[ankles[1]]))[
            None
        ],
    }
    by_speed = {"velocity": upper, "gyro": np.eye(3, NV, 3)}
    nothing, parts = np.zeros((3, NV)), []
    for entry in fields(Features):
        if entry.name in by_place:
            own = by_place[entry.name]
            parts.append(np.concatenate([own, np.zeros_like(own)], axis=1))
        elif entry.name in by_speed:
            parts.append(np.concatenate([nothing, by_speed[entry.name]], axis=1))
    return np.concatenate(parts)
