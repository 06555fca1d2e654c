"""Paths, places and behaviours: what the library has for them, from where the body then is."""

from typing import Any

import numpy as np

from ..library import load_library
from ..motion.joining import JOIN, join
from ..prompts.timeline import BehaviourPrompt, GoToPrompt, PathPrompt
from .behaviours.planner import plan_behaviour
from .paths import plan_path, speed_told, standing, style_bits
from .sequence import held_until


def append_planned(
    qpos: np.ndarray,
    prompt: BehaviourPrompt | PathPrompt | GoToPrompt,
    rng: np.random.Generator | None,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Continues the frames so far with what the library has for a path, a place, a behaviour."""
    library = load_library()
    if len(qpos):
        before = held_until(qpos, max(prompt.start, 1))[: max(prompt.start, 1)]
    else:
        place, facing = np.zeros(2), -np.pi / 2
        if isinstance(prompt, PathPrompt):
            place = np.array(prompt.points[0])
            ahead = np.array(prompt.toward[0] if prompt.toward else prompt.points[1]) - place
            facing = float(np.arctan2(ahead[1], ahead[0]))
        elif prompt.origin:
            place, facing = np.array(prompt.origin[:2]), float(np.radians(prompt.origin[2]))
        before = np.repeat(standing(place, facing)[None], max(prompt.start, 1), axis=0)
    frames = prompt.end + 1 - len(before)
    told: dict[str, Any] = {"prompt": prompt.name, "first": prompt.start, "last": prompt.end}
    if isinstance(prompt, BehaviourPrompt):
        behaviour = plan_behaviour(library, before, prompt.rewards, frames + 1, rng=rng)
        planned, label, clips = behaviour.qpos, behaviour.label, behaviour.clips
        speeds = behaviour.speed_asked, behaviour.speed
        told |= {"note": behaviour.note} if behaviour.note else {}
    else:
        on_path = isinstance(prompt, PathPrompt)
        path = plan_path(
            library,
            before[-1],
            np.array(prompt.points if isinstance(prompt, PathPrompt) else (prompt.place,)),
            prompt.speed,
            frames + 1,
            None if prompt.facing is None else np.radians(prompt.facing),
            style_bits(prompt.style),
            isinstance(prompt, PathPrompt) and prompt.closed,
            np.array(prompt.toward) if isinstance(prompt, PathPrompt) and prompt.toward else None,
            rng,
        )
        planned, label, clips = path.qpos, path.label, path.clips
        speeds = path.speed_asked, path.speed
        told |= {"metres": path.length, "seconds": path.seconds} if on_path else {}
    whole = join(before, planned[1:], JOIN) if len(before) > 1 else planned[1:]
    result = held_until(np.concatenate([before, whole]), prompt.end + 1)[: prompt.end + 1]
    told |= {"label": label, "clips": list(clips)}
    return result, speed_told(*speeds) | told
