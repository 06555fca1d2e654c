"""The frames of a Keyframes prompt: they follow the keys until a person sets them."""

import math

import bpy


def keyed_span(prompt, body: bpy.types.Object) -> tuple[int, int] | None:
    """First and last whole frame that holds what is keyed, at the prompt's speed; None without keys."""
    from ..rig.curves import span_of
    from .source import source_action, source_armature

    armature = source_armature(prompt.keyframes, body)
    action = source_action(prompt.keyframes, body)
    ends = span_of(action, armature) if action is not None else None
    frames = list(ends or ())
    if armature == body and action is not None:
        frames += edited_frames(body, action)
    if not frames:
        return None
    first, last = math.floor(min(frames)), math.ceil(max(frames))
    return first, first + max(1, math.ceil((last - first) / prompt.keyframes.speed - 1e-6))


def last_performed(prompt) -> float:
    """Frame of the scene of what is keyed, up to which a prompt performs it: past its own end if faster."""
    return float(prompt.start + (prompt.end - prompt.start) * prompt.keyframes.speed)


def edited_frames(body: bpy.types.Object, keyed: bpy.types.Action) -> list[float]:
    """Frames at which keys were set on a baked take of these keys, as last looked at."""
    from .watch import known

    edits = known(body).edits
    return list(edits.frames) if edits is not None and edits.keys == keyed.name else []


def frames_of(prompt) -> tuple[int, int]:
    """First and last frame of any prompt."""
    body = prompt.id_data
    if prompt.kind == "KEYFRAMES" and prompt.keyframes.follow:
        span = keyed_span(prompt, body)
        if span is not None:
            return span
    return prompt.own_start, prompt.own_end


def left_out(prompt, body: bpy.types.Object) -> list[float]:
    """Keyed frames that lie outside the frames a person set."""
    from ..rig.curves import frames_with_keys
    from .source import source_action, source_armature

    action = source_action(prompt.keyframes, body)
    if prompt.kind != "KEYFRAMES" or prompt.keyframes.follow or action is None:
        return []
    frames = frames_with_keys(action, source_armature(prompt.keyframes, body))
    return [frame for frame in frames if not prompt.start <= frame <= last_performed(prompt)]
