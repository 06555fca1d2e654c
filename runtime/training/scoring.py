"""Small, quick versions of the benchmark that a trainer can afford in between."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import UserError
from ..evaluation.clips import Clip
from ..evaluation.evaluations import RewardEvaluation, TrackingEvaluation
from ..evaluation.wrappers import RewardWrapper, TrackingWrapper
from ..motion.motion import CONTROL_FPS, Motion
from ..motion.motion_buffer import MotionBuffer
from ..policy.model import FBcprModel

log = logging.getLogger(__name__)

STANDING, WALKING, ARMS = "move-ego-0-0", "move-ego-0-2", "raisearms-h-h"
LONGEST_CLIP = 300


def clips_of(motions: MotionBuffer, rows: Sequence[int] | np.ndarray) -> list[Clip]:
    """Motions as something to track, cut to ``LONGEST_CLIP`` frames; rows count from 0."""
    ids = motions.get_motion_ids()
    clips = []
    for row in rows:
        arrays = motions.get(ids[row])
        part = slice(0, LONGEST_CLIP)
        motion = Motion(CONTROL_FPS, arrays["qpos"][part], qvel=arrays["qvel"][part])
        clips.append(Clip(motions.name(ids[row]), motion, arrays["observation"][part]))
    return clips


def tracking_errors(
    model: FBcprModel, motions: MotionBuffer, rows: Sequence[int] | np.ndarray
) -> tuple[np.ndarray, dict[str, float]]:
    """The EMD of each motion (n,), and the mean of every score over them."""
    clips = clips_of(motions, rows)
    scores = TrackingEvaluation(clips).run(TrackingWrapper(model))
    emd = np.array([scores[clip.name]["emd"] for clip in clips])
    return emd, mean_tracking_scores(scores)


def mean_tracking_scores(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Means over motions, quality measures left out."""
    names = [name for name in next(iter(scores.values())) if name != "quality"]
    return {name: float(np.mean([score[name] for score in scores.values()])) for name in names}


def behaviour_scores(
    model: FBcprModel,
    transitions: Mapping[str, Any],
    tasks: Sequence[str] = (STANDING, WALKING, ARMS),
    episodes: int = 8,
) -> dict[str, float]:
    """Mean return of each task over episodes of 300 steps from the upright start.

    transitions: ``next_qpos``, ``next_qvel`` and ``action`` to infer the rewards from.
    """
    evaluation = RewardEvaluation(tasks, {"state_init": "Default"}, num_episodes=episodes)
    scores = evaluation.run(RewardWrapper(model, transitions))
    return {task: float(score["reward"].mean()) for task, score in scores.items()}


def spread_rows(count: int, wanted: int) -> np.ndarray:
    """At most ``wanted`` of ``count`` rows, evenly spread: always the same ones."""
    if count < 1:
        raise UserError("There are no motions to score.")
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).astype(int))
