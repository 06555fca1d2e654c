"""A timeline in the lengths of the body that performs it, and back in metres.

Motions, poses and anchors in prompts are of the reference body: they are as large as whoever
performs them. Points, speeds and tolerances are metres of the world, and so is the scene.
Numbers within behaviours are not: asked for ``move-ego-0-2`` a child of 1.4 m goes 1.6 m/s.
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


def placed_in_metres(asked: Timeline) -> Timeline:
    """``asked``, whose places (points, origins) were read in the body's own lengths, in metres.

    All else of it, such as speeds and tolerances, is in units of the world already.
    """
    if asked.body is None:
        return asked
    scale = asked.body.scale
    return replace(asked, prompts=tuple(_placed(prompt, scale) for prompt in asked.prompts))


def _scaled(prompt: Prompt, factor: float) -> Prompt:
    prompt = _placed(prompt, factor)
    if isinstance(prompt, MotionPrompt):
        source = prompt.source
        return with_values(
            prompt,
            source=source.of_scale(1.0) if isinstance(source, Motion) else source,
            tolerance_cm=_times(prompt.tolerance_cm, factor),
            holds=tuple((frame, _times(cm, factor), weight) for frame, cm, weight in prompt.holds),
        )
    if isinstance(prompt, PosePrompt):
        return with_values(prompt, tolerance_cm=_times(prompt.tolerance_cm, factor))
    if isinstance(prompt, PathPrompt | GoToPrompt):
        return with_values(prompt, speed=_times(prompt.speed, factor))
    return prompt


def _placed(prompt: Prompt, factor: float) -> Prompt:
    """Its places alone."""

    def point(values: Any) -> tuple[Any, ...]:
        return tuple(_times(value, factor) for value in values)

    def origin(values: tuple[float, ...]) -> tuple[Any, ...]:
        return (*point(values[:2]), *values[2:])

    if isinstance(prompt, MotionPrompt | PosePrompt):
        return prompt
    if isinstance(prompt, BehaviourPrompt):
        return with_values(prompt, origin=origin(prompt.origin))
    if isinstance(prompt, PathPrompt):
        return with_values(
            prompt,
            points=tuple(point(one) for one in prompt.points),
            toward=tuple(point(one) for one in prompt.toward),
        )
    if isinstance(prompt, GoToPrompt):
        return with_values(prompt, place=point(prompt.place), origin=origin(prompt.origin))
    raise TypeError(f"{type(prompt).__name__} has no lengths that are known here")


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, DIGITS)
