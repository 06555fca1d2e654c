"""A timeline in the lengths of the body that performs it, and back in metres.

Motions, poses and anchors in prompts are of the reference body: they are as large as whoever
performs them. Points, speeds and tolerances are metres of the world, and so is the scene.
"""

from dataclasses import replace
from typing import Any

from ..motion.motion import Motion
from ..scene.sized import scene_for
from ..scene.unchecked import with_values
from .kinds import BehaviourPrompt, GoToPrompt, MotionPrompt, PathPrompt, PosePrompt, Prompt
from .timeline import Timeline

DIGITS = 9
"""Of metres and centimetres that come back: what was written is so again as it was."""


def in_own_lengths(timeline: Timeline) -> Timeline:
    """What the body has to do, in its own lengths; the timeline itself for the reference body."""
    if timeline.body is None:
        return timeline
    length = 1 / timeline.body.scale
    prompts = tuple(_scaled(prompt, length) for prompt in timeline.prompts)
    return replace(timeline, prompts=prompts, scene=scene_for(timeline.scene, timeline.body))


def in_metres(resolved: Timeline, asked: Timeline) -> Timeline:
    """The inverse, of a timeline whose sources were read since; the scene is as it was ``asked``."""
    if asked.body is None:
        return resolved
    prompts = tuple(_scaled(prompt, asked.body.scale) for prompt in resolved.prompts)
    return replace(resolved, prompts=prompts, scene=asked.scene)


def _scaled(prompt: Prompt, factor: float) -> Prompt:
    def times(value: float | None) -> float | None:
        return None if value is None else round(value * factor, DIGITS)

    def point(values: Any) -> tuple[Any, ...]:
        return tuple(times(value) for value in values)

    def origin(values: tuple[float, ...]) -> tuple[Any, ...]:
        return (*point(values[:2]), *values[2:])

    if isinstance(prompt, MotionPrompt):
        source = prompt.source
        return with_values(
            prompt,
            source=source.of_scale(1.0) if isinstance(source, Motion) else source,
            tolerance_cm=times(prompt.tolerance_cm),
            holds=tuple((frame, times(cm), weight) for frame, cm, weight in prompt.holds),
        )
    if isinstance(prompt, PosePrompt):
        return with_values(prompt, tolerance_cm=times(prompt.tolerance_cm))
    if isinstance(prompt, BehaviourPrompt):
        return with_values(prompt, origin=origin(prompt.origin))
    if isinstance(prompt, PathPrompt):
        return with_values(
            prompt,
            points=tuple(point(one) for one in prompt.points),
            toward=tuple(point(one) for one in prompt.toward),
            speed=times(prompt.speed),
        )
    if isinstance(prompt, GoToPrompt):
        return with_values(
            prompt,
            place=point(prompt.place),
            speed=times(prompt.speed),
            origin=origin(prompt.origin),
        )
    raise TypeError(f"{type(prompt).__name__} has no lengths that are known here")
