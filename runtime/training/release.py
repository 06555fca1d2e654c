"""The pack that ships: made from a trained model by one call, unless the model falls over."""

import json
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.model import shared_model
from ..errors import UserError
from ..evaluation.evaluations import GoalEvaluation, RewardEvaluation, TrackingEvaluation
from ..evaluation.rollouts import EPISODE_STEPS, EpisodeSettings, rollout
from ..evaluation.wrappers import GoalWrapper, RewardWrapper, TrackingWrapper
from ..generation.performers import PERFORMERS
from ..motion.motion import Motion
from ..motion.motion_buffer import MotionBuffer
from ..motion.poses import POSES, pose
from ..policy.measures import DEFAULT_FOLDER, SCORES_NAME
from ..policy.model import FBcprModel
from ..policy.onnx_export import export_pack
from ..progress import silent
from ..prompts.reward_buffer import build_reward_buffer
from ..prompts.tasks import STANDARD_TASKS
from ..simulation.batch import BodyBatch
from .comparison import compare_controllers
from .coverage import covering_rows, visited_states
from .scoring import ARMS, STANDING, WALKING, clips_of, mean_tracking_scores

log = logging.getLogger(__name__)

CARD_NAME = "README.md"
STANDING_BAR, WALKING_BAR, UPRIGHT_BAR = 200.0, 120.0, 0.8
"""Below these nothing is shipped: standing, walking, share of walks without a fall."""
TRACKED_WALKS = "held-out walks tracked without a fall"
WISHED = {"mean reward": 75.0, ARMS: 150.0, "emd": 2.0, TRACKED_WALKS: 0.7}
"""What the model should reach besides; the card says what it does not."""
BUFFER_BYTES = 12_000_000
VISITED = 60_000
HEAD_DOWN_M = 1.0
WALK_SPEEDS = (0.5, 2.0)
"""Metres a second, on average, of what counts as a walk."""
WALKING_HEAD_M = 1.2

LICENCE = """\
The networks in this folder were trained by the Motivo project from scratch.
Anyone may use, change and pass them on, with or without changes, for any
purpose, commercial ones included, free of charge. What is made with them
belongs to whoever made it. They come without any warranty.

They learned from motion capture of
- the Carnegie Mellon University Graphics Lab motion capture database,
  mocap.cs.cmu.edu, created with funding from NSF EIA-0196217;
- the Open Motion Project by ACCAD, The Ohio State University,
  Creative Commons Attribution 3.0.
The motions themselves are not in this folder.
"""


@dataclass(frozen=True)
class Assessment:
    """How good a model is, by the same scores as published models."""

    rewards: dict[str, float]
    """Mean return by task."""
    upright_walks: float
    """Share of episodes of 10 s of walking in which the head stays above 1 m."""
    goals: dict[str, float] = field(default_factory=dict)
    tracking: dict[str, float] = field(default_factory=dict)
    """Means over held-out motions."""
    tracked_walks: float | None = None
    """Share of held-out walks in which no joint strays half a metre on average, as in a
    fall; None without any."""
    controllers: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    """The same motions and poses as the product performs them; see ``compare_controllers``."""

    @property
    def mean_reward(self) -> float:
        return float(np.mean(list(self.rewards.values())))

    def failures(self) -> list[str]:
        """What keeps the model from being shipped, in words."""
        found = []
        if self.rewards[STANDING] < STANDING_BAR:
            found.append(f"standing earns {self.rewards[STANDING]:.0f}, not {STANDING_BAR:.0f}")
        if self.rewards[WALKING] < WALKING_BAR:
            found.append(f"walking earns {self.rewards[WALKING]:.0f}, not {WALKING_BAR:.0f}")
        if self.upright_walks < UPRIGHT_BAR:
            found.append(f"{self.upright_walks:.0%} of walks end upright, not {UPRIGHT_BAR:.0%}")
        return found

    def wishes(self) -> list[str]:
        """What the model falls short of though it may be shipped."""
        values = {
            "mean reward": self.mean_reward,
            ARMS: self.rewards.get(ARMS, 0.0),
            "emd": -self.tracking.get("emd", np.inf),
            TRACKED_WALKS: self.tracked_walks or 0.0,
        }
        return [
            f"{name}: {abs(values[name]):.2f} instead of {wished:g}"
            for name, wished in WISHED.items()
            if values[name] < (-wished if name == "emd" else wished)
        ]


def make_pack(
    model: FBcprModel,
    motions: MotionBuffer,
    held_out: MotionBuffer | None,
    out: str | Path,
    story: Mapping[str, Any],
    episodes: int = 10,
    tasks: Sequence[str] = STANDARD_TASKS,
    visited: int = VISITED,
    steps: int = EPISODE_STEPS,
    known: Mapping[str, np.ndarray] | None = None,
    trial: bool = False,
    progress: Callable[..., None] = silent,
) -> Assessment:
    """Scores a model and, if it stands and walks, writes its pack with card and licence.

    story: how it was trained, plain data for the card. known: states that are reachable,
    such as experts', besides those the policy is let loose to visit; as ``visited_states``
    gives them. trial: write the pack of a model below the bars too, to look at what it does;
    its card says so, and it is not compared with the servo. Raises ``UserError`` that lists what is missing, and leaves ``out`` as it
    was, for a model below the bars.
    """
    out = Path(out)
    if trial and out.resolve() == DEFAULT_FOLDER:
        raise UserError("A trial never replaces the model that ships; name another folder.")
    progress(0.0, "Visiting states")
    states = visited_states(model, motions, visited)
    if known is not None:
        states = {name: np.concatenate([known[name], states[name]]) for name in states}
    first = assess(model, states, None, (STANDING, WALKING), episodes, steps, goals=False)
    if first.failures() and not trial:
        raise UserError(
            "No pack was made, the model is below the bars: " + "; ".join(first.failures()) + "."
        )
    progress(0.1, "Scoring")
    assessment = assess(model, states, held_out, tasks, episodes, steps)
    progress(0.8, "Choosing states")
    rows = covering_rows(states, _affordable(model), tasks)
    with TemporaryDirectory(dir=_parent(out)) as folder:
        checkpoint = Path(folder) / "checkpoint"
        model.save(checkpoint)
        build_reward_buffer(
            shared_model(),
            states["next_qpos"][rows],
            states["next_qvel"][rows],
            states["action"][rows],
            lambda obs: model.backward_map(obs).cpu().numpy(),
        ).save(checkpoint)
        pack = export_pack(checkpoint, Path(folder) / "pack", licence=LICENCE)
        if not trial:
            progress(0.85, "Comparing with the servo")
            clips = [] if held_out is None else clips_of(held_out, range(len(held_out)))
            poses = {name: pose(name) for name in POSES}
            compared = compare_controllers(pack, clips, poses)
            assessment = replace(assessment, controllers=compared)
        (pack / CARD_NAME).write_text(model_card(assessment, story), encoding="utf-8")
        scores = json.dumps(asdict(assessment), indent=1) + "\n"
        (pack / SCORES_NAME).write_text(scores, encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(pack, out)
    progress(1.0, "")
    return assessment


def assess(
    model: FBcprModel,
    states: Mapping[str, np.ndarray],
    held_out: MotionBuffer | None,
    tasks: Sequence[str],
    episodes: int,
    steps: int = EPISODE_STEPS,
    goals: bool = True,
) -> Assessment:
    """Scores by the benchmark; ``states`` are what rewards are inferred from."""
    wrapper = RewardWrapper(model, states, num_samples_per_inference=len(states["action"]))
    length = {"max_episode_steps": steps}
    scores = RewardEvaluation(tasks, length, num_episodes=episodes).run(wrapper)
    rewards = {task: float(score["reward"].mean()) for task, score in scores.items()}
    reached: dict[str, float] = {}
    if goals:
        by_pose = GoalEvaluation(None, length, num_episodes=episodes).run(GoalWrapper(model))
        names = next(iter(by_pose.values()))
        reached = {n: float(np.mean([pose[n].mean() for pose in by_pose.values()])) for n in names}
    tracking: dict[str, float] = {}
    tracked_walks = None
    if held_out is not None:
        clips = clips_of(held_out, range(len(held_out)))
        by_clip = TrackingEvaluation(clips).run(TrackingWrapper(model))
        tracking = mean_tracking_scores(by_clip)
        upright = [by_clip[c.name]["success_phc_mean"] for c in clips if is_walk(c.motion)]
        tracked_walks = float(np.mean(upright)) if upright else None
    return Assessment(rewards, upright_walks(wrapper, steps), reached, tracking, tracked_walks)


def is_walk(motion: Motion) -> bool:
    """Whether the body stays upright and goes somewhere at the speed of a walk."""
    head = motion.positions()[:, BODY_NAMES.index("Head"), 2]
    span = min(int(motion.fps / 2), motion.frames - 1)
    moved = np.linalg.norm(motion.qpos[span:, :2] - motion.qpos[:-span, :2], axis=1)
    slowest, fastest = WALK_SPEEDS
    speed = moved.mean() * motion.fps / span
    return bool(head.min() > WALKING_HEAD_M and slowest < speed < fastest)


def upright_walks(wrapper: RewardWrapper, steps: int = EPISODE_STEPS, episodes: int = 10) -> float:
    """Share of walks from the upright start in which the head stays above 1 m to the end."""
    settings = EpisodeSettings(steps=steps)
    head = 1 + 3 * (BODY_NAMES.index("Head") - 1) + 2
    upright = np.ones(episodes, dtype=bool)
    with BodyBatch(shared_model(), episodes) as batch:
        settings.start(batch, 0, 0, episodes)
        latents = np.repeat(wrapper.reward_inference(WALKING), episodes, axis=0)
        for moving, seen in rollout(batch, wrapper.act, latents, [settings.steps] * episodes):
            diverged = np.setdiff1d(np.arange(episodes), moving)
            upright[diverged] = False
            upright &= seen[:, 0] + seen[:, head] > HEAD_DOWN_M
    return float(upright.mean())


def model_card(assessment: Assessment, story: Mapping[str, Any]) -> str:
    """What the model is, how it came about and how good it is, in Markdown."""
    lines = ["# The model that ships", ""]
    lines += [f"- {name}: {value}" for name, value in story.items()]
    lines += [
        "",
        "Scores are mean returns of 300 steps; published S models earn 152 on average.",
        "",
    ]
    lines += [f"- mean over {len(assessment.rewards)} tasks: {assessment.mean_reward:.1f}"]
    lines += [f"- walks of 10 s without a fall: {assessment.upright_walks:.0%}"]
    lines += [f"- goals, {name}: {value:.3f}" for name, value in assessment.goals.items()]
    lines += [f"- held-out motions, {n}: {v:.3f}" for n, v in assessment.tracking.items()]
    if assessment.tracked_walks is not None:
        lines += [f"- {TRACKED_WALKS}: {assessment.tracked_walks:.0%}"]
    for kind, scores in assessment.controllers.items():
        errors = " and ".join(
            f"{scores[name]['emd']:.2f} by the {name}" for name in tuple(PERFORMERS)
        )
        lines += [f"- EMD of {kind} prompts as the product performs them: {errors}"]
    below = assessment.failures()
    if below:
        lines += ["", "Below the bars for shipping:", "", *(f"- {failure}" for failure in below)]
    missing = assessment.wishes()
    if missing:
        lines += ["", "Not reached yet:", "", *(f"- {wish}" for wish in missing)]
    lines += ["", "| task | return |", "|---|---|"]
    lines += [f"| `{task}` | {value:.1f} |" for task, value in assessment.rewards.items()]
    return "\n".join(lines) + "\n"


def _affordable(model: FBcprModel) -> int:
    """States whose features and B fit into ``BUFFER_BYTES``, in float32."""
    features = 24 + 24 * 3 + 4 + 1 + 3 + 3 + 1
    return BUFFER_BYTES // (4 * (features + model.cfg.archi.z_dim))


def _parent(out: Path) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    return out.parent
