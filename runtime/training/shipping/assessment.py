"""How good a model is, and the bars that are held against it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...body.figures import BODY_NAMES
from ...evaluation.evaluations import GoalEvaluation, RewardEvaluation, TrackingEvaluation
from ...evaluation.rollouts import EPISODE_STEPS
from ...evaluation.wrappers import GoalWrapper, RewardWrapper, TrackingWrapper
from ...motion.motion import Motion
from ...motion.motion_buffer import MotionBuffer
from ...policy.measures import EXACT
from ...policy.model import FBcprModel
from ...prompts.tasks import STANDARD_TASKS
from ..scoring import STANDING, WALKING, clips_of, mean_tracking_scores
from .lasting import Trial, roll_out, upright_share

LONG_STEPS = 1800
PUSH_M_S = 0.5
WALK_SPEEDS = (0.5, 2.0)
"""Metres a second, on average, of what counts as a walk."""
WALKING_HEAD_M = 1.2


@dataclass(frozen=True)
class Assessment:
    """How good a model is, by the same scores as published models."""

    rewards: dict[str, float]
    """Mean return by task."""
    upright_walks: float
    """Share of episodes of 10 s of walking in which the head stays above 1 m."""
    long_walks: float | None = None
    """The same of 60 s; None if not measured."""
    pushed: float | None = None
    """The same of standing for 10 s with a push of ``PUSH_M_S``."""
    begun_walk: float | None = None
    """Mean return of 10 s of walking that begin from 2 s of standing, where bodies are in life;
    tasks begin with arms stretched out to the sides."""
    goals: dict[str, float] = field(default_factory=dict)
    tracking: dict[str, float] = field(default_factory=dict)
    """Means over held-out motions."""
    tracked_walks: float | None = None
    """Share of held-out walks in which no joint strays half a metre on average, as in a
    fall; None without any."""
    controllers: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    """The same prompts as the product performs them: see ``comparison``."""
    precision: str = EXACT
    """Of the networks that were assessed: what rounding leaves of it was not."""

    @property
    def mean_reward(self) -> float:
        return float(np.mean(list(self.rewards.values())))

    def lowest(self, tasks: Sequence[str]) -> float | None:
        """Return of the worst of these tasks; None unless all were measured."""
        if not all(task in self.rewards for task in tasks):
            return None
        return min(self.rewards[task] for task in tasks)

    def failures(self) -> list[str]:
        """What keeps the model from being shipped, in words."""
        return [bar.said(self) for bar in SHIPPING if not bar.reached(self)]

    def wishes(self) -> list[str]:
        """What the model falls short of though it may be shipped."""
        return [bar.said(self) for bar in WISHED if not bar.reached(self)]


@dataclass(frozen=True)
class Bar:
    """A figure that a model should reach."""

    name: str
    of: Callable[[Assessment], float | None]
    wanted: float
    least: bool = True
    """Whether the figure should be at least that, else at most."""
    percent: bool = False
    published: str = ""
    """What published S models reach, where they say so."""

    def reached(self, assessment: Assessment) -> bool:
        value = self.of(assessment)
        if value is None:
            return False
        return value >= self.wanted if self.least else value <= self.wanted

    def shown(self, value: float | None) -> str:
        if value is None:
            return "not measured"
        return f"{value:.0%}" if self.percent else f"{round(value, 2):.3g}"

    def said(self, assessment: Assessment) -> str:
        return f"{self.name}: {self.shown(self.of(assessment))}, not {self.shown(self.wanted)}"


def _task(task: str) -> Callable[[Assessment], float | None]:
    return lambda assessment: assessment.rewards.get(task)


def _lowest(*tasks: str) -> Callable[[Assessment], float | None]:
    return lambda assessment: assessment.lowest(tasks)


SHIPPING = (
    Bar("standing (`move-ego-0-0`)", _task(STANDING), 200),
    Bar("walking (`move-ego-0-2`)", _task(WALKING), 120),
    Bar("walks of 10 s upright", lambda a: a.upright_walks, 0.8, percent=True),
)
"""Below any of these nothing is shipped."""
WISHED = (
    Bar("standing (`move-ego-0-0`)", _task(STANDING), 250),
    Bar("walking (`move-ego-0-2`)", _task(WALKING), 150),
    Bar("walking begun from standing", lambda a: a.begun_walk, 150),
    Bar("both arms up (`raisearms-h-h`)", _task("raisearms-h-h"), 150),
    Bar("turning, the lower of both ways", _lowest("rotate-y-5-0.8", "rotate-y--5-0.8"), 100),
    Bar("side steps, the lower of both ways", _lowest("move-ego-90-2", "move-ego--90-2"), 100),
    Bar("walking backwards (`move-ego-180-2`)", _task("move-ego-180-2"), 100),
    Bar("lying down (`lieonground-down`)", _task("lieonground-down"), 60),
    Bar("sitting down (`sitonground`)", _task("sitonground"), 60),
    Bar("mean over the 45 tasks", lambda a: a.mean_reward, 100, published="151.7"),
    Bar("held-out motions tracked", lambda a: a.tracking.get("success"), 0.6, published="0.83"),
    Bar("EMD of held-out motions", lambda a: a.tracking.get("emd"), 1.7, False, published="1.39"),
    Bar("walks of 60 s upright", lambda a: a.long_walks, 0.8, percent=True),
    Bar("pushes of 0.5 m/s survived", lambda a: a.pushed, 0.8, percent=True),
)
"""What the model should reach besides; the card says what it does not."""


def assess(
    model: FBcprModel,
    states: Mapping[str, np.ndarray],
    held_out: MotionBuffer | None,
    tasks: Sequence[str] = STANDARD_TASKS,
    episodes: int = 1,
    steps: int = EPISODE_STEPS,
    goals: bool = True,
    long_steps: int = LONG_STEPS,
) -> Assessment:
    """Scores by the benchmark; ``states`` are what rewards are inferred from.

    Tasks begin in the one upright start and are performed without noise, so one episode says it.
    """
    wrapper = RewardWrapper(model, states, num_samples_per_inference=len(states["action"]))
    length = {"max_episode_steps": steps}
    scores = RewardEvaluation(tasks, length, num_episodes=episodes).run(wrapper)
    rewards = {task: float(score["reward"].mean()) for task, score in scores.items()}
    upright = upright_share(wrapper, Trial(WALKING, steps))
    if not goals:
        return Assessment(rewards, upright)
    by_pose = GoalEvaluation(None, length, num_episodes=episodes).run(GoalWrapper(model))
    names = next(iter(by_pose.values()))
    reached = {n: float(np.mean([pose[n].mean() for pose in by_pose.values()])) for n in names}
    tracking: dict[str, float] = {}
    tracked_walks = None
    if held_out is not None:
        clips = clips_of(held_out, range(len(held_out)))
        by_clip = TrackingEvaluation(clips).run(TrackingWrapper(model))
        tracking = mean_tracking_scores(by_clip)
        walks = [by_clip[c.name]["success_phc_mean"] for c in clips if is_walk(c.motion)]
        tracked_walks = float(np.mean(walks)) if walks else None
    return Assessment(
        rewards,
        upright,
        long_walks=upright_share(wrapper, Trial(WALKING, long_steps)),
        pushed=upright_share(
            wrapper, Trial(STANDING, steps, push_m_s=PUSH_M_S, push_step=steps // 3)
        ),
        begun_walk=float(roll_out(wrapper, Trial(WALKING, steps, before=STANDING)).earned.mean()),
        goals=reached,
        tracking=tracking,
        tracked_walks=tracked_walks,
    )


def is_walk(motion: Motion) -> bool:
    """Whether the body stays upright and goes somewhere at the speed of a walk."""
    head = motion.positions()[:, BODY_NAMES.index("Head"), 2]
    span = min(int(motion.fps / 2), motion.frames - 1)
    moved = np.linalg.norm(motion.qpos[span:, :2] - motion.qpos[:-span, :2], axis=1)
    slowest, fastest = WALK_SPEEDS
    speed = moved.mean() * motion.fps / span
    return bool(head.min() > WALKING_HEAD_M and slowest < speed < fastest)
