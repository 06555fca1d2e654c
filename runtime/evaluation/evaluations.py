"""The published benchmark: rewards, goals and motions, each asked of a wrapped model.

Where the reference spreads episodes over processes, the episodes of a task are
one batch of bodies here, stepped over threads, with one call of the policy a step.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..body.model import shared_model
from ..body.observation import OBSERVATION_SIZE, observe_states
from ..errors import UserError
from ..measures.quality import measure_quality
from ..motion.motion import CONTROL_FPS, Motion
from ..motion.poses import POSES, pose
from ..progress import Part, Progress, silent
from ..prompts.rewards import parse_reward
from ..prompts.tasks import STANDARD_TASKS
from ..simulation.batch import BodyBatch
from .clips import Clip, load_clips
from .metrics import goal_scores, tracking_scores
from .rollouts import BODIES_AT_ONCE, EpisodeSettings, check_counts, rollout
from .wrappers import GoalWrapper, RewardWrapper, TrackingWrapper

KEYFRAME_EVERY = 30
"""Frames between the keyframes at which the keyframe error is measured."""


class RewardEvaluation:
    """Returns of a model asked for named rewards.

    For each task, ``num_contexts`` times a latent is inferred from other samples
    and performs ``num_episodes`` episodes. ``num_envs`` bodies move at once (as
    many as make sense, if left out); results do not depend on it. ``env_kwargs``
    are arguments of ``make_humenv``. ``mp_context`` has no effect.
    """

    def __init__(
        self,
        tasks: Sequence[str] = STANDARD_TASKS,
        env_kwargs: Mapping[str, Any] | None = None,
        num_contexts: int = 1,
        num_envs: int | None = None,
        num_episodes: int = 100,
        mp_context: str | None = None,
    ) -> None:
        check_counts(num_contexts=num_contexts, num_envs=num_envs, num_episodes=num_episodes)
        self.rewards = {task: parse_reward(task) for task in tasks}
        self.settings = EpisodeSettings.from_env_kwargs(env_kwargs)
        self.num_contexts = num_contexts
        self.num_episodes = num_episodes
        self.at_once = min(num_envs or BODIES_AT_ONCE, num_episodes)

    def run(
        self, agent: RewardWrapper, progress: Progress = silent
    ) -> dict[str, dict[str, np.ndarray]]:
        """``reward``, the return of each episode (contexts x episodes,), of each task.

        ``diverged`` counts the episodes that were cut short by an unstable simulation.
        """
        scores: dict[str, dict[str, np.ndarray]] = {
            task: {"reward": np.zeros(0), "diverged": np.zeros((), int)} for task in self.rewards
        }
        # Contexts outside: the samples of one are read once for all tasks.
        jobs = [(context, task) for context in range(self.num_contexts) for task in self.rewards]
        with BodyBatch(shared_model(), self.at_once) as batch:
            for number, (context, task) in enumerate(jobs):
                part = Part(progress, number / len(jobs), (number + 1) / len(jobs))
                z = agent.reward_inference(task, context)
                returns, diverged = self._perform(batch, agent, task, z, context, part)
                score = scores[task]
                score["reward"] = np.concatenate([score["reward"], returns])
                score["diverged"] = score["diverged"] + diverged
        return scores

    def _perform(
        self,
        batch: BodyBatch,
        agent: RewardWrapper,
        task: str,
        z: np.ndarray,
        context: int,
        progress: Progress,
    ) -> tuple[np.ndarray, int]:
        reward, steps = self.rewards[task], self.settings.steps
        returns = np.zeros(self.num_episodes)
        diverged = 0
        for first, count in _chunks(self.num_episodes, len(batch)):
            self.settings.start(batch, context, first, count)
            latents = np.repeat(z, count, axis=0)
            moving = np.arange(count)
            moves = rollout(batch, agent.act, latents, [steps] * count)
            for step, (moving, _) in enumerate(moves):
                returns[first + moving] += reward.of(batch.features(moving))
                progress((first + count * (step + 1) / steps) / self.num_episodes, task)
            diverged += count - len(moving)
        return returns, diverged


class GoalEvaluation:
    """How near a model comes to given poses.

    goals: name -> observation (358,), or qpos (76,) to be reached at rest; the
    named poses of the body's library if left out. The other arguments are those
    of ``RewardEvaluation``.
    """

    def __init__(
        self,
        goals: Mapping[str, np.ndarray] | None = None,
        env_kwargs: Mapping[str, Any] | None = None,
        num_contexts: int = 1,
        num_envs: int | None = None,
        num_episodes: int = 100,
        mp_context: str | None = None,
    ) -> None:
        check_counts(num_contexts=num_contexts, num_envs=num_envs, num_episodes=num_episodes)
        chosen = {name: pose(name) for name in POSES} if goals is None else goals
        self.goals = {name: goal_observation(name, goal) for name, goal in chosen.items()}
        self.settings = EpisodeSettings.from_env_kwargs(env_kwargs)
        self.num_episodes = num_contexts * num_episodes
        self.at_once = min(num_envs or BODIES_AT_ONCE, self.num_episodes)

    def run(
        self, agent: GoalWrapper, progress: Progress = silent
    ) -> dict[str, dict[str, np.ndarray]]:
        """``success``, ``proximity`` and ``distance`` (episodes,) of each goal."""
        scores = {}
        with BodyBatch(shared_model(), self.at_once) as batch:
            for number, (name, goal) in enumerate(self.goals.items()):
                part = Part(progress, number / len(self.goals), (number + 1) / len(self.goals))
                z = agent.goal_inference(goal)
                episodes = self._perform(batch, agent, z, name, part)
                rows = [goal_scores(episode, goal) for episode in episodes]
                scores[name] = {key: np.array([row[key] for row in rows]) for key in rows[0]}
        return scores

    def _perform(
        self, batch: BodyBatch, agent: GoalWrapper, z: np.ndarray, name: str, progress: Progress
    ) -> np.ndarray:
        """Observations (episodes, steps + 1, 358), single precision to save memory."""
        steps = self.settings.steps
        seen = np.empty((self.num_episodes, steps + 1, OBSERVATION_SIZE), np.float32)
        for first, count in _chunks(self.num_episodes, len(batch)):
            self.settings.start(batch, 0, first, count)
            part = seen[first : first + count]
            part[:, 0] = batch.observe(range(count))
            moves = rollout(batch, agent.act, np.repeat(z, count, axis=0), [steps] * count)
            for step, (_, observations) in enumerate(moves, start=1):
                part[:, step] = observations
                progress((first + count * step / steps) / self.num_episodes, name)
            part[:, step + 1 :] = part[:, step : step + 1]  # if all diverged before the end
        return seen


class TrackingEvaluation:
    """How closely a model follows motions, each from its own first frame.

    motions: HDF5 files or other motions, or a text file that lists them, resolved
    against ``motion_base_path``; or ``Clip``s. ``num_envs`` of them are followed
    at once. ``env_kwargs`` and ``mp_context`` have no effect: where an episode
    starts and ends is the motion's matter.
    """

    def __init__(
        self,
        motions: str | Path | Sequence[str | Path] | Sequence[Clip],
        motion_base_path: str | Path | None = None,
        env_kwargs: Mapping[str, Any] | None = None,
        num_envs: int | None = None,
        mp_context: str | None = None,
    ) -> None:
        check_counts(num_envs=num_envs)
        EpisodeSettings.from_env_kwargs(env_kwargs)
        if not isinstance(motions, str | Path) and all(isinstance(m, Clip) for m in motions):
            self.clips = [clip for clip in motions if isinstance(clip, Clip)]
        else:
            self.clips = load_clips(motions, motion_base_path)  # type: ignore[arg-type]
        if not self.clips:
            raise UserError("There are no motions to track.")
        self.at_once = min(num_envs or BODIES_AT_ONCE, len(self.clips))

    def run(self, agent: TrackingWrapper, progress: Progress = silent) -> dict[str, dict[str, Any]]:
        """The published scores of each motion and, under ``quality``, what an animator sees."""
        # Motions of like length together, so that few bodies wait for the longest.
        ordered = sorted(self.clips, key=lambda clip: clip.motion.frames)
        scores: dict[str, dict[str, Any]] = {}
        with BodyBatch(shared_model(), self.at_once) as batch:
            for first, count in _chunks(len(ordered), len(batch)):
                group = ordered[first : first + count]
                part = Part(progress, first / len(ordered), (first + count) / len(ordered))
                scores.update(track(batch, agent, group, part))
        return {clip.name: scores[clip.name] for clip in self.clips}


def track(
    batch: BodyBatch, agent: TrackingWrapper, clips: Sequence[Clip], progress: Progress = silent
) -> dict[str, dict[str, Any]]:
    """Scores by name of as many clips as the batch has bodies, or fewer."""
    count = len(clips)
    lengths = np.array([clip.motion.frames - 1 for clip in clips])
    longest = int(lengths.max())
    followed = [agent.tracking_inference(clip.observations[1:]) for clip in clips]
    latents = np.zeros((count, longest, followed[0].shape[1]), np.float32)
    for row, z in enumerate(followed):
        latents[row, : len(z)] = z
    qpos = np.array([clip.motion.qpos[0] for clip in clips])
    qvel = np.array([clip.motion.velocities()[0] for clip in clips])
    batch.reset(qpos, qvel, range(count))
    seen = np.empty((count, longest + 1, OBSERVATION_SIZE))
    path = np.empty((count, longest + 1, qpos.shape[1]))
    path[:, 0] = qpos
    moves = rollout(batch, agent.act, latents, lengths)
    for step, (moving, observations) in enumerate(moves, start=1):
        seen[:, step] = observations
        qpos[moving] = batch.qpos(moving)
        path[:, step] = qpos
        progress(step / longest, clips[-1].name)
    # If all diverged before the end, they lie as they lay.
    seen[:, step + 1 :], path[:, step + 1 :] = seen[:, step : step + 1], path[:, step : step + 1]
    scores: dict[str, dict[str, Any]] = {}
    for row, (clip, length) in enumerate(zip(clips, lengths, strict=True)):
        scores[clip.name] = dict(tracking_scores(seen[row, 1 : length + 1], clip.observations[1:]))
        performed = Motion(CONTROL_FPS, path[row, : length + 1])
        positions = clip.motion.positions()
        keyed = {frame: positions[frame] for frame in range(0, len(positions), KEYFRAME_EVERY)}
        quality = measure_quality(performed, clip.motion, keyed=keyed)
        scores[clip.name]["quality"] = quality.to_dict()
    return scores


def goal_observation(name: str, goal: np.ndarray) -> np.ndarray:
    """A goal as an observation (358,); ``UserError`` if it is neither that nor a qpos."""
    goal = np.asarray(goal).reshape(-1)
    if goal.dtype.kind not in "fiu":
        raise UserError(f"The goal '{name}' holds {goal.dtype} instead of numbers.")
    if not np.isfinite(goal).all():
        raise UserError(f"The goal '{name}' holds numbers that are not finite.")
    goal = goal.astype(np.float64)
    if goal.shape == (OBSERVATION_SIZE,):
        return goal
    model = shared_model()
    if goal.shape != (model.nq,):
        raise UserError(
            f"The goal '{name}' has {goal.size} numbers; an observation has {OBSERVATION_SIZE}, "
            f"a qpos {model.nq}."
        )
    return observe_states(model, goal[None], np.zeros((1, model.nv)))[0]


def _chunks(total: int, size: int) -> list[tuple[int, int]]:
    """(first, count) of runs of at most ``size`` that make ``total``."""
    return [(first, min(size, total - first)) for first in range(0, total, size)]
