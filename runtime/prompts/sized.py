"""A timeline in the lengths of the body that performs it, and back in metres.

Motions, poses and anchors in prompts are of the reference body: they are as large as whoever
performs them. Points, speeds and tolerances are metres of the world, and so is the scene.
Numbers within behaviours are not: asked for ``move-ego-0-2`` a child of 1.4 m goes 1.6 m/s.
"""

from dataclasses import replace

from ..scene.description import Scene
from ..scene.sized import scene_for, things_in_metres
from .timeline import Timeline


def in_own_lengths(timeline: Timeline) -> Timeline:
    """What the body has to do, in its own lengths; the timeline itself for the reference body."""
    if timeline.body is None:
        return timeline
    length = 1 / timeline.body.scale
    prompts = tuple(prompt.scaled(length) for prompt in timeline.prompts)
    return replace(timeline, prompts=prompts, scene=scene_for(timeline.scene, timeline.body))


def in_metres(resolved: Timeline, asked: Timeline) -> Timeline:
    """The inverse, of a timeline whose sources were read since; the scene is as it was ``asked``, with
    what was put there since."""
    if asked.body is None:
        return resolved
    prompts = tuple(prompt.scaled(asked.body.scale) for prompt in resolved.prompts)
    scene = asked.scene
    known = {thing.name for thing in scene.objects} if scene else set()
    there = resolved.scene.objects if resolved.scene else ()
    added = tuple(thing for thing in there if thing.name not in known)
    if added:
        scene = scene or Scene()
        things = (*scene.objects, *things_in_metres(added, asked.body))
        scene = replace(scene, objects=things)
    return replace(resolved, prompts=prompts, scene=scene)


def placed_in_metres(asked: Timeline) -> Timeline:
    """``asked``, whose places (points, origins) were read in the body's own lengths, in metres.

    All else of it, such as speeds and tolerances, is in units of the world already.
    """
    if asked.body is None:
        return asked
    scale = asked.body.scale
    return replace(asked, prompts=tuple(prompt.placed(scale) for prompt in asked.prompts))
