"""Prompt timeline -> a latent for every step, and where each comes from."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...policy import Policy
from ...progress import Part, Progress, silent
from ...prompts.latents import LatentSpan, blend_latents
from ...prompts.timeline import Timeline
from .latent_kinds import AskedFor, Known, latent_kind_of, wandering

BLEND = 12
"""Frames a passage from one prompt's latent to the next takes: 0.4 s."""


@dataclass(frozen=True)
class LatentPlan:
    """What the policy is asked for."""

    z: np.ndarray
    """(T, d): the latent at each frame; the last is never acted on."""
    origin: list[dict[str, Any]]
    """For each prompt: its frames, and how its latent was inferred from what."""


def check(timeline: Timeline) -> bool:
    """Whether some prompt needs the model's rewarded states.

    Raises ``UserError`` for what there is not, before any work is done for it.
    """
    for prompt in timeline.prompts:
        latent_kind_of(prompt).check(prompt)
    return any(latent_kind_of(prompt).needs_reward_buffer for prompt in timeline.prompts)


def resolve(timeline: Timeline, progress: Progress = silent) -> list[AskedFor]:
    """Reads, fits and mends what prompts refer to, each by itself, see ``LatentKind.read``."""
    asked = []
    count = len(timeline.prompts)
    for index, prompt in enumerate(timeline.prompts):
        part = Part(progress, index / count, (index + 1) / count)
        asked.append(latent_kind_of(prompt).read(prompt, part))
        part(1.0)
    return asked


def plan_latents(
    asked: list[AskedFor],
    frames: int,
    policy: Policy,
    behaviours: Known,
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
        motion = wandering(entry.motion, seed, take)
        z, told = latent_kind_of(prompt).infer(prompt, motion, policy, behaviours)
        spans += _around(LatentSpan(prompt.start, prompt.end, z), asked[number + 1 :])
        origin.append({"prompt": prompt.name, "start": prompt.start, "end": prompt.end, **told})
    return LatentPlan(blend_latents(spans, frames, BLEND), origin)


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
