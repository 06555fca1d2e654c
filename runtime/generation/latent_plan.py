"""Prompt timeline -> a latent for every step, and where each comes from."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..body.model import shared_model
from ..body.observation import observe_states
from ..errors import UserError
from ..motion.motion import Motion
from ..planning.reference import build_reference, varied
from ..policy import Policy
from ..progress import Part, Progress, silent
from ..prompts.latents import LatentSpan, blend_latents
from ..prompts.rewards import mix_rewards
from ..prompts.timeline import BehaviourPrompt, MotionPrompt, PosePrompt, Prompt, Timeline

BLEND = 12
"""Frames a passage from one prompt's latent to the next takes: 0.4 s."""


@dataclass(frozen=True)
class AskedFor:
    """A prompt with what its latents are inferred from."""

    prompt: Prompt
    """With a clip of another skeleton already fitted, to be kept as metadata."""
    motion: Motion | None = None
    """What a motion or pose prompt asks for, (end - start + 1) frames; None for behaviours."""


@dataclass(frozen=True)
class LatentPlan:
    """What the policy is asked for."""

    z: np.ndarray
    """(T, d): the latent at each frame; the last is never acted on."""
    origin: list[dict[str, Any]]
    """For each prompt: its frames, and how its latent was inferred from what."""


def check_rewards(timeline: Timeline) -> None:
    """Raises ``UserError`` for rewards that there are not, before any work is done for them."""
    for prompt in timeline.prompts:
        if isinstance(prompt, BehaviourPrompt):
            mix_rewards(prompt.rewards)


def resolve(timeline: Timeline, progress: Progress = silent) -> list[AskedFor]:
    """Reads, fits and mends what motion and pose prompts refer to, each by itself.

    Where they stand and face does not matter to a policy, so they are not joined
    as for the servo. Raises ``UserError`` for sources that cannot be read or fitted.
    """
    asked = []
    count = len(timeline.prompts)
    for index, prompt in enumerate(timeline.prompts):
        part = Part(progress, index / count, (index + 1) / count)
        if isinstance(prompt, MotionPrompt | PosePrompt):
            alone = replace(prompt, start=0, end=prompt.end - prompt.start)
            reference = build_reference(Timeline((alone,)), part)
            kept = replace(reference.timeline.prompts[0], start=prompt.start, end=prompt.end)
            asked.append(AskedFor(kept, reference.motion))
        else:
            asked.append(AskedFor(prompt))
        part(1.0)
    return asked


def plan_latents(
    asked: list[AskedFor],
    frames: int,
    policy: Policy,
    behaviours: dict[tuple[tuple[str, float], ...], np.ndarray],
    seed: int = 0,
    take: int = 0,
) -> LatentPlan:
    """Latents of a whole take, blended over ``BLEND`` frames where prompts meet.

    ``behaviours`` keeps the latents of rewards from one call to the next. Takes
    after the first follow motions that wander a little, as those of the servo do.
    """
    spans: list[LatentSpan] = []
    origin: list[dict[str, Any]] = []
    for number, entry in enumerate(asked):
        prompt = entry.prompt
        told: dict[str, Any] = {"prompt": prompt.name, "start": prompt.start, "end": prompt.end}
        if isinstance(prompt, BehaviourPrompt):
            z = _behaviour(prompt, policy, behaviours)
            told["inference"] = "reward"
            told["rewards"] = [list(pair) for pair in prompt.rewards]
            told["states"] = len(policy.reward_buffer)
        else:
            assert entry.motion is not None
            z = _followed(prompt, varied(entry.motion, seed, take), policy)
            told["inference"] = "goal" if isinstance(prompt, PosePrompt) else "tracking"
        spans += _around(LatentSpan(prompt.start, prompt.end, z), asked[number + 1 :])
        origin.append(told)
    return LatentPlan(blend_latents(spans, frames, BLEND), origin)


def _behaviour(
    prompt: BehaviourPrompt,
    policy: Policy,
    known: dict[tuple[tuple[str, float], ...], np.ndarray],
) -> np.ndarray:
    if prompt.rewards not in known:
        z = policy.reward_inference(prompt.rewards)
        if not z.any():
            raise UserError(
                f"{prompt.label} pays nothing for any of the states the model knows, so it "
                "cannot be asked for; ask for less, or mix it with another behaviour."
            )
        known[prompt.rewards] = z
    return known[prompt.rewards]


def _followed(prompt: Prompt, motion: Motion, policy: Policy) -> np.ndarray:
    """(d,) to reach the pose and stay in it, or (n, d) to follow the motion."""
    if isinstance(prompt, PosePrompt):
        still = np.zeros((1, 75))
        return policy.goal_inference(observe_states(shared_model(), motion.qpos[-1:], still))[0]
    qvel = motion.qvel if motion.qvel is not None else motion.velocities()
    return policy.tracking_inference(observe_states(shared_model(), motion.qpos, qvel))


def _around(span: LatentSpan, later: list[AskedFor]) -> list[LatentSpan]:
    """The pieces of a span that are left around later prompts which lie within it."""
    pieces = [span]
    for prompt in (entry.prompt for entry in later):
        if prompt.end < span.end:
            borders = ((span.start, prompt.start - 1), (prompt.end + 1, span.end))
            cut = [(p, max(p.start, a), min(p.end, b)) for p in pieces for a, b in borders]
            pieces = [_cut(piece, first, last) for piece, first, last in cut if first <= last]
    return pieces


def _cut(span: LatentSpan, first: int, last: int) -> LatentSpan:
    z = span.z if span.z.ndim == 1 else span.z[first - span.start : last - span.start + 1]
    return LatentSpan(first, last, z)
