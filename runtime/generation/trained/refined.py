"""The performer that begins with a trained policy: what it did, performed anew and cleanly.

A policy decides what to do, and does it on a body of its own, with feet that slide and
tremble. Its states are physics already, so that the optimiser starts from them without a
helped draft, and finds the muscles of the other body that follow them.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...motion.motion import CONTROL_FPS, Motion
from ...performance.draft.rollout import Rollout
from ...planning.reference import build_reference
from ...progress import Part, Progress, silent
from ...prompts.timeline import MotionPrompt, Timeline
from ...simulation.stepping import SUBSTEPS
from ..following import perform_physically, told_of_take
from ..performed import PerformedTake
from ..settings import GenerationSettings
from . import policy_takes

DECIDING = 0.1
"""Share of the work that the policy takes."""


def perform(
    timeline: Timeline, settings: GenerationSettings, progress: Progress = silent
) -> tuple[Timeline, Iterator[PerformedTake]]:
    """See ``performed.Perform``; the policy's takes together, then each is refined."""
    kept, decided = policy_takes.perform(timeline, settings, Part(progress, 0.0, DECIDING))
    return kept, _refined(decided, settings, progress)


def _refined(
    decided: Iterator[PerformedTake], settings: GenerationSettings, progress: Progress
) -> Iterator[PerformedTake]:
    share = (1 - DECIDING) / settings.takes
    for number, take in enumerate(decided):
        part = Part(progress, DECIDING + share * number, DECIDING + share * (number + 1))
        yield _refine(take, settings, part)


def _refine(take: PerformedTake, settings: GenerationSettings, progress: Progress) -> PerformedTake:
    done = take.motion
    prompt = MotionPrompt(0, done.frames - 1, "policy", done, placement="world")
    reference = build_reference(Timeline((prompt,)), Part(progress, 0.0, 0.1))
    assert done.qvel is not None and done.contacts is not None
    draft = Rollout(done.qpos, done.qvel, done.contacts, np.zeros(done.frames - 1))
    part = Part(progress, 0.1, 1.0)
    found = perform_physically(reference.motion, reference, draft, settings, part)
    motion = Motion(CONTROL_FPS, found.qpos, found.qvel, found.contacts)
    told = told_of_take(motion, found, replace(reference, choices=()), None)
    decided = {name: value for name, value in take.told.items() if name != "measures"}
    return PerformedTake(
        motion,
        SUBSTEPS,
        {
            **decided,
            **told,
            "decided": dict(take.told["measures"]),
            "unused_settings": ["assistance", "quality"],
        },
        found.stopped,
    )
