"""A model and the servo on the same prompts, each as the product performs them.

What the product chooses by when the choice of the controller is left to it.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ...body.model import shared_model
from ...body.observation import observe_states
from ...evaluation.clips import Clip
from ...evaluation.metrics import tracking_scores
from ...evaluation.plans.in_betweens import score_tasks
from ...generation import GenerationSettings, generate
from ...generation.automatic import RETURN
from ...generation.performers import TRAINED, USUAL
from ...library import load_library
from ...motion.motion import Motion
from ...progress import Part, Progress, silent
from ...prompts.timeline import MotionPrompt, PosePrompt, Prompt, Timeline

COMPARED = (USUAL.name, TRAINED.name)
"""Of the performers, those that the choice is between."""
POSE_FRAMES = 90
"""How long a pose is held: three seconds, in which whoever cannot hold it falls."""


def compare_controllers(
    model: Path,
    clips: Sequence[Clip],
    poses: Mapping[str, np.ndarray],
    progress: Progress = silent,
) -> dict[str, dict[str, dict[str, float]]]:
    """Kind of prompt -> controller -> published tracking scores, mean over prompts.

    model: folder of a pack. poses: name -> qpos (76,). The servo makes its drafts, with all
    assistance and its usual strength; what is performed without help follows these closely.
    """
    asked: dict[str, list[tuple[Prompt, np.ndarray]]] = {
        "motion": [_following(clip) for clip in clips],
        "pose": [_holding(name, pose) for name, pose in poses.items()],
    }
    total = len(COMPARED) * sum(map(len, asked.values()))
    scores: dict[str, dict[str, dict[str, float]]] = {}
    done = 0
    for kind, prompts in asked.items():
        if not prompts:
            continue
        scores[kind] = {}
        for controller in COMPARED:
            settings = GenerationSettings(controller=controller, model=str(model), quality="draft")
            rows = []
            for prompt, observations in prompts:
                part = Part(progress, done / total, (done + 1) / total)
                (motion,) = generate(Timeline((prompt,)), settings, part)
                rows.append(_scores(motion, observations))
                done += 1
            scores[kind][controller] = {
                name: float(np.mean([row[name] for row in rows])) for name in rows[0]
            }
    return scores


def compare_behaviours(
    rewards: Mapping[str, float], progress: Callable[..., None] = silent
) -> dict[str, dict[str, float]]:
    """What tasks earn of 300 as the library plans them, and by the policy (``rewards``, by task):
    controller -> task, and their mean as "return".

    A plan is performed within centimetres, but what it earns as performed is not measured here.
    """
    planned = score_tasks(load_library(), list(rewards), progress=progress)
    scores = {"library": planned, "policy": dict(rewards)}
    return {
        name: {**earned, RETURN: float(np.mean(list(earned.values())))}
        for name, earned in scores.items()
    }


def _following(clip: Clip) -> tuple[Prompt, np.ndarray]:
    prompt = MotionPrompt(0, clip.motion.frames - 1, clip.name, clip.motion, placement="world")
    return prompt, clip.observations


def _holding(name: str, pose: np.ndarray) -> tuple[Prompt, np.ndarray]:
    prompt = PosePrompt(0, POSE_FRAMES - 1, name, tuple(pose.tolist()))
    still = observe_states(shared_model(), pose[None], np.zeros((1, 75)))
    return prompt, np.repeat(still, POSE_FRAMES, axis=0)


def _scores(motion: Motion, asked: np.ndarray) -> dict[str, float]:
    """The first frame is given, not performed."""
    done = observe_states(shared_model(), motion.qpos, motion.velocities())
    return tracking_scores(done[1:], asked[1:])
