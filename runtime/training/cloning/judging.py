"""How good a policy is while it is cloned: what it is asked for first, and how experts are followed.

Returns of single episodes come and go from save to save; so each behaviour is asked for in
several at once, with the noise that a model is shipped by.
"""

from typing import Any

import numpy as np

from ...body.model import shared_model
from ...evaluation.wrappers import RewardWrapper
from ...simulation.batch import BodyBatch
from ..scoring import ARMS, STANDING, WALKING
from ..shipping.lasting import Trial, roll_out
from .rollout import follow_from_start

ENOUGH = {STANDING: 250.0, WALKING: 150.0, ARMS: 150.0}
"""Returns of 300 steps that are enough; more counts little."""
EPISODES = {STANDING: 2, WALKING: 10, ARMS: 2}
UPRIGHT = "upright"
"""Share of the walks whose head stays up for ten seconds."""
ENOUGH_UPRIGHT = 0.8


def scores(trainer: Any) -> dict[str, float]:
    """Of a ``CloningTrainer`` whose mean weights are in use: returns from the upright start, the
    share of walks that last, and how experts are followed (``follow_from_start``)."""
    qpos, qvel = trainer.experts.all_states()
    states = {"next_qpos": qpos, "next_qvel": qvel, "action": np.zeros((len(qpos), 69))}
    actor = RewardWrapper(trainer.model, states, num_samples_per_inference=len(qpos))
    found: dict[str, float] = {}
    for task, episodes in EPISODES.items():
        lasted = roll_out(actor, Trial(task, episodes=episodes))
        found[task] = float(lasted.earned.mean())
        if task == WALKING:
            found[UPRIGHT] = float(lasted.whole.mean())
    with BodyBatch(shared_model(), len(trainer.experts.entries)) as batch:
        followed = follow_from_start(trainer.experts, batch, trainer.act, trainer.sums)
    return {**found, **followed}


def selection_score(found: dict[str, float]) -> float:
    """By which saves are compared: mostly whether what is asked for first is good enough."""
    enough = [min(1.0, found[task] / wanted) for task, wanted in ENOUGH.items()]
    enough.append(min(1.0, found[UPRIGHT] / ENOUGH_UPRIGHT))
    return float(sum(enough) + np.mean([found[task] for task in ENOUGH]) / 3000)
