"""Prompt timeline -> Motions performed by a trained policy, all takes at once."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...body.model import build_model
from ...measures.quality import measure_quality
from ...motion.motion import CONTROL_FPS, Motion
from ...performance.draft.rollout import Rollout, rollout
from ...planning.reference import build_reference
from ...policy import Policy
from ...policy.choice import choose_model
from ...progress import Part, Progress, silent
from ...prompts.latents import project
from ...prompts.timeline import Timeline
from ...simulation.stepping import SUBSTEPS
from ..performed import PerformedTake
from ..retries import with_smaller_steps
from ..settings import GenerationSettings
from .latent_kinds import AskedFor, Known, latent_kind_of
from .latent_plan import check, plan_latents, resolve
from .policy_controller import PolicyController, rollout_takes

TRIES = (SUBSTEPS, 2 * SUBSTEPS)
"""Physics steps in a control step: the usual number, then what is tried if that diverges."""
PREPARING = 0.2
"""Share of the work that is spent before the first step."""
VARIETY = 0.15
"""How far the latents of further takes are moved, as a share of their length."""
_OF_THE_MOTION_ALONE = (
    *("frames", "skate_share", "slide_share", "foot_penetration_max_mm"),
    *("foot_penetration_mean_mm", "body_penetration_max_mm", "jerk_normalised"),
)
"""The measures that need nothing to compare with."""


class LoadedModel:
    """A policy in memory with the latents of the behaviours it was asked for so far."""

    def __init__(self, folder: Path) -> None:
        self.policy = Policy.load(folder)
        self.behaviours: Known = {}


@lru_cache(maxsize=1)
def _loaded(folder: Path, changed: tuple[int, ...]) -> LoadedModel:
    del changed  # part of the key only: a pack that was made again is read again
    return LoadedModel(folder)


def load_model(folder: Path) -> LoadedModel:
    """The model of a pack; the one used last stays in memory."""
    changed = tuple(file.stat().st_mtime_ns for file in sorted(folder.iterdir()))
    return _loaded(folder.resolve(), changed)


def perform(
    timeline: Timeline, settings: GenerationSettings, progress: Progress = silent
) -> tuple[Timeline, Iterator[PerformedTake]]:
    """See ``performed.Perform``; all takes are performed at once.

    The body begins in the first frame of a motion or pose that the timeline begins
    with, else in the default reset. Assistance and the strength of the servo's
    muscles play no part, which the metadata says.
    """
    needs_rewards = check(timeline)
    progress(0.0, "Loading the model")
    chosen = choose_model(settings.model, progress=Part(progress, 0.0, 0.1))
    if needs_rewards:
        chosen.require_reward_buffer()
    model = load_model(chosen.folder)
    progress(0.1, "Preparing the prompts")
    asked = resolve(timeline, Part(progress, 0.1, 0.15))
    kept = Timeline(tuple(entry.prompt for entry in asked))
    # A behaviour says nothing about where the joints should be.
    target = (
        None
        if any(entry.motion is None for entry in asked)
        else build_reference(kept, Part(progress, 0.15, PREPARING)).motion
    )
    plans = [
        plan_latents(asked, timeline.frames, model.policy, model.behaviours, settings.seed, take)
        for take in range(settings.takes)
    ]
    z = np.stack([plan.z for plan in plans])
    z = _varied(z, settings.seed, model.policy.config.archi.norm_z)
    part = Part(progress, PREPARING, 1.0)
    (performed, actions), substeps = _perform(model.policy, z, _start(asked), part)
    shared = {
        "model": {**chosen.provenance(), "quantised": model.policy.quantised},
        "licence": chosen.licence,
        "unused_settings": ["assistance", "strength"],
    }

    def takes() -> Iterator[PerformedTake]:
        for record, plan, done in zip(performed, plans, actions, strict=True):
            motion = Motion(CONTROL_FPS, record.qpos, record.qvel, record.contacts)
            origin = _with_rewards(plan.origin, asked, motion, done)
            told = {"latents": origin, "measures": _measures(motion, target, origin)}
            yield PerformedTake(motion, substeps, {**shared, **told})

    return kept, takes()


def _start(asked: list[AskedFor]) -> tuple[np.ndarray, np.ndarray] | None:
    """State the body begins in: qpos (76,), qvel (75,); None for the default reset."""
    motion = asked[0].motion
    if motion is None:
        return None
    qvel = motion.qvel if motion.qvel is not None else motion.velocities()
    # Before its prompt begins the body waits in the first frame of it.
    return motion.qpos[0], qvel[0] if asked[0].prompt.start == 0 else np.zeros(75)


def _varied(z: np.ndarray, seed: int, norm: bool) -> np.ndarray:
    """(takes, T, d): each take after the first is moved in a direction of its own throughout."""
    result = z.copy()
    for take in range(1, len(z)):
        direction = np.random.default_rng([seed, take]).normal(size=z.shape[-1])
        direction /= np.linalg.norm(direction)
        length = np.linalg.norm(z[take], axis=-1, keepdims=True)
        result[take] = project(z[take] + VARIETY * length * direction, norm)
    return result


def _perform(
    policy: Policy,
    z: np.ndarray,
    start: tuple[np.ndarray, np.ndarray] | None,
    progress: Progress,
) -> tuple[tuple[list[Rollout], np.ndarray], int]:
    """Rolls all takes out, z (takes, T, d); with smaller steps if the usual ones diverge."""
    takes, frames = z.shape[:2]
    label = "Performing" if takes == 1 else f"Performing {takes} takes"
    progress(0.0, label)

    def attempt(substeps: int) -> tuple[list[Rollout], np.ndarray]:
        model = build_model()
        model.opt.timestep = 1 / (CONTROL_FPS * substeps)
        controller = PolicyController(model, policy, z)
        if takes == 1:
            # One body needs no batch, which would cost it time at every step.
            records = [rollout(controller, None, start, frames, substeps, progress, label)]
        else:
            records = rollout_takes(
                controller, start or (None, None), frames, substeps, progress, label
            )
        return records, controller.actions

    return with_smaller_steps(TRIES, attempt, "choose another seed, prompt or model")


def _with_rewards(
    origin: list[dict[str, Any]], asked: list[AskedFor], motion: Motion, actions: np.ndarray
) -> list[dict[str, Any]]:
    """Where latents come from, and what is paid for what was done."""
    return [
        known | latent_kind_of(entry.prompt).paid(entry.prompt, motion, actions)
        for entry, known in zip(asked, origin, strict=True)
    ]


def _measures(
    motion: Motion, target: Motion | None, origin: list[dict[str, Any]]
) -> dict[str, float | int | None]:
    """All measures against ``target``; those that need none, and the rewards, without one."""
    if target is not None:
        return measure_quality(motion, target).to_dict()
    measures = measure_quality(motion, motion).to_dict()
    rewards = [known["mean_reward"] for known in origin if "mean_reward" in known]
    kept = {name: measures[name] for name in _OF_THE_MOTION_ALONE}
    return {**kept, "mean_reward": float(np.mean(rewards))}
