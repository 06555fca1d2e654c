"""Looks at a body's keys whenever they change: what no body can reach, what was keyed on a take.

Drawing only reads what is known here. In a window a timer looks shortly after
the last change, a few poses at a time; without one, whoever needs it looks.
"""

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy

from ..bodies import find_body, is_body

if TYPE_CHECKING:
    import numpy as np

    from .edits import Edits

AFTER_SECONDS, BETWEEN_SECONDS = 0.4, 0.02
POSES_AT_ONCE = 4
"""Poses looked at between two drawings: a few milliseconds each."""
REMEMBERED = 2000
"""Poses whose limits are remembered."""


@dataclass(frozen=True)
class Known:
    """What is known about a body's keys."""

    edits: "Edits | None" = None
    beyond: tuple[tuple[float, str, str], ...] = ()
    """(frame, name of the Action, limbs in words) of keyed poses that no body can take."""
    digest: int = 0
    """Checksum of all keys and of what moves in the scene, to tell whether they changed."""
    complete: bool = True
    """Whether every keyed pose was looked at."""


@dataclass
class _Watch:
    known: dict[int, Known] = field(default_factory=dict)
    """By ``session_uid`` of the body."""
    told: dict[bytes, str] = field(default_factory=dict)
    """Pose -> what of it is beyond reach, in words."""
    waiting: set[int] = field(default_factory=set)


_watch = _Watch()


def known(body: bpy.types.Object) -> Known:
    """What was found when the body's keys were looked at last."""
    return _watch.known.get(body.session_uid, Known())


def look(body: bpy.types.Object, poses: int | None = None) -> Known:
    """Looks at the keys now; at no more than ``poses`` that were not looked at before."""
    from ..surroundings.digest import animation_around
    from .edits import find_edits
    from .source import performed_prompts

    edits = find_edits(body)
    beyond: list[tuple[float, str, str]] = []
    left = poses
    complete = True
    first = min((prompt.start for prompt in performed_prompts(body)), default=1)
    # A take on which nothing was keyed asks for no more than its keys do.
    keyed = repr(edits).encode() if edits is not None and edits.frames else b""
    digest = animation_around(bpy.context.scene, body, first, zlib.crc32(keyed))
    for action in keyed_actions(body):
        digest = _checksum(body, action, digest)
        frames, qpos = keyed_in(body, action)
        names = [row.round(4).tobytes() for row in qpos]
        new = list(dict.fromkeys(name for name in names if name not in _watch.told))
        chosen = new if left is None else new[:left]
        complete &= len(chosen) == len(new)
        left = None if left is None else left - len(chosen)
        if chosen:
            _tell(chosen, qpos[[names.index(name) for name in chosen]])
        for frame, name in zip(frames.tolist(), names, strict=True):
            words = _watch.told.get(name, "")
            if words:
                beyond.append((frame, action.name, words))
    result = Known(edits, tuple(sorted(beyond)), digest, complete)
    _watch.known[body.session_uid] = result
    return result


def _checksum(body: bpy.types.Object, action: bpy.types.Action, digest: int) -> int:
    from ..rig import curves

    for curve in curves.curves_of(action, body):
        channel = f"{curve.data_path} {curve.array_index}".encode()
        digest = zlib.crc32(curves.read_keys(curve).tobytes(), zlib.crc32(channel, digest))
    return digest


def keyed_actions(body: bpy.types.Object) -> list[bpy.types.Action]:
    """Actions with keys that the body's prompts perform."""
    from .source import source_action

    actions = []
    for prompt in body.motivo.prompts:
        if prompt.kind == "KEYFRAMES" and prompt.keyframes.armature in (None, body):
            action = source_action(prompt.keyframes, body)
            if action is not None and action not in actions:
                actions.append(action)
    return actions


def keyed_in(body: bpy.types.Object, action: bpy.types.Action) -> "tuple[np.ndarray, np.ndarray]":
    """Keyed frames (K,) of bones and the poses (K, 76) there; none of a baked take's."""
    import numpy as np

    from ..rig import curves
    from ..rig.bake import TAKE
    from ..rig.channels import keyed_poses
    from .base import base_of

    frames = curves.frames_with_keys(action, body)
    if TAKE in action or not len(frames):
        return np.empty(0), np.empty((0, 76))
    return frames, keyed_poses(body, action, frames, base_of(body, action))


def _tell(names: list[bytes], qpos: "np.ndarray") -> None:
    from ...runtime.posing.limits import beyond_reach

    if len(_watch.told) > REMEMBERED:
        _watch.told.clear()
    for name, limbs in zip(names, beyond_reach(qpos), strict=True):
        _watch.told[name] = ", ".join(str(limb) for limb in limbs)


def look_soon(body: bpy.types.Object) -> None:
    """Has the body's keys looked at, once nothing changes any more. Needs a window."""
    if bpy.app.background:
        return
    _watch.waiting.add(body.session_uid)
    if bpy.app.timers.is_registered(_beat):
        bpy.app.timers.unregister(_beat)
    bpy.app.timers.register(_beat, first_interval=AFTER_SECONDS)


def _beat() -> float | None:
    from .. import worker_timer

    for uid in list(_watch.waiting):
        body = find_body(uid)
        before = _watch.known.get(uid)
        if body is None or body.mode == "EDIT":
            _watch.waiting.discard(uid)
            continue
        if look(body, POSES_AT_ONCE).complete:
            _watch.waiting.discard(uid)
        if _watch.known[uid] != before:
            worker_timer.refresh()
    return BETWEEN_SECONDS if _watch.waiting else None


@bpy.app.handlers.persistent
def _on_update(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    changed = {type(update.id.original) for update in depsgraph.updates}
    if bpy.types.Action in changed or bpy.types.Object in changed:
        for body in scene.objects:
            if body.type == "ARMATURE" and is_body(body) and body.motivo.prompts:
                look_soon(body)


@bpy.app.handlers.persistent
def _forget(*_arguments) -> None:
    _watch.known.clear()
    _watch.waiting.clear()


def register() -> None:
    bpy.app.handlers.depsgraph_update_post.append(_on_update)
    bpy.app.handlers.load_pre.append(_forget)


def unregister() -> None:
    bpy.app.handlers.load_pre.remove(_forget)
    bpy.app.handlers.depsgraph_update_post.remove(_on_update)
    if bpy.app.timers.is_registered(_beat):
        bpy.app.timers.unregister(_beat)
    _forget()
