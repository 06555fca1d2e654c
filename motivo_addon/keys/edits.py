"""Keys that a person sets on a baked take: they are meant for the next performance.

After Bake the body plays the take, so that is where new keys go. They are found
by comparing the take with what was baked, performed along with the keys it was
made from, and at the next Bake written into those.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ...runtime.body import SMPL_NAMES
from ..rig import curves
from ..rig.bake import pose_channels, take_of
from ..rig.channels import path_of, rotation_property
from ..rig.rotation_modes import rotation_curves
from .base import base_of

BAKED = "motivo_baked"
"""Custom property of a baked Action: the qpos (T, 76) it was baked from, flat."""
KEYS = "motivo_keys"
"""Custom property of a baked Action: the Action whose keys it performs."""

TURNED = np.radians(1.0)
MOVED = 0.01
"""Radians and metres: less is no key set by a person but a rounding, or a take thinned out."""
WHOLE = 0.5
"""Share of a bone's frames: more is a take changed as a whole, by a filter or by moving it."""


@dataclass(frozen=True)
class Edits:
    """What was keyed on a take."""

    take: str
    keys: str
    """Names of the take and of the Action with the keys it performs."""
    frames: tuple[float, ...]
    bones: tuple[frozenset[str], ...]
    """For each frame the bones that were posed there."""


def mark_baked(action: bpy.types.Action, keys: bpy.types.Action | None, qpos: np.ndarray) -> None:
    """Notes on a take what it was, to tell later what was keyed on it."""
    action[BAKED] = np.asarray(qpos, dtype=np.float32).ravel()
    if keys is not None:
        action[KEYS] = keys


def keys_of(action: bpy.types.Action | None) -> bpy.types.Action | None:
    """The Action whose keys a baked take performs; None if it was deleted or there is none."""
    kept = action.get(KEYS) if action is not None else None
    return kept if isinstance(kept, bpy.types.Action) else None


def find_edits(body: bpy.types.Object) -> Edits | None:
    """What was keyed on the take that the body plays; None if that is no take of its keys."""
    action = curves.active_action(body)
    keys = keys_of(action)
    take = take_of(action) if action is not None else None
    if keys is None or take is None or BAKED not in action:
        return None
    qpos = np.array(action[BAKED], dtype=np.float64).reshape(-1, 76)
    baked_frames = take["start_frame"] + take["step"] * np.arange(len(qpos))
    location, rotations = pose_channels(body, qpos)
    found: dict[float, set[str]] = {}
    tracks = _tracks(action, body)
    for index, bone in enumerate(SMPL_NAMES):
        mode = body.pose.bones[bone].rotation_mode
        name, baked = rotation_curves(mode, rotations[:, index])
        off = _off(tracks.get(path_of(bone, name)), baked_frames, baked, mode)
        if bone == "pelvis":
            off |= _off(tracks.get(path_of(bone, "location")), baked_frames, location, "LOCATION")
        if len(off) > max(2, WHOLE * len(qpos)):
            continue
        for frame in off:
            found.setdefault(frame, set()).add(bone)
    frames = tuple(sorted(found))
    return Edits(action.name, keys.name, frames, tuple(frozenset(found[frame]) for frame in frames))


def add_edits(body: bpy.types.Object, edits: Edits, keys: bpy.types.Action) -> None:
    """Writes what was keyed on the take into ``keys``."""
    tracks = _tracks(bpy.data.actions[edits.take], body)
    base = base_of(body, bpy.data.actions[edits.keys])
    for frame, bones in zip(edits.frames, edits.bones, strict=True):
        for bone in sorted(bones):
            names = [rotation_property(body.pose.bones[bone])]
            names += ["location"] if bone == "pelvis" else []
            for name in names:
                path = path_of(bone, name)
                values = np.array(base[path])
                for curve in tracks.get(path, ()):
                    values[curve.array_index] = curve.evaluate(frame)
                key_values(keys, body, bone, path, frame, values, np.array(base[path]))


def key_values(
    action: bpy.types.Action,
    body: bpy.types.Object,
    bone: str,
    path: str,
    frame: float,
    values: np.ndarray,
    base: np.ndarray,
) -> None:
    """Keys a property (n,) of a bone; a quaternion on the side of what is keyed already."""
    if path.endswith("rotation_quaternion"):
        around = base.copy()
        for curve in curves.curves_of(action, body):
            if curve.data_path == path:
                around[curve.array_index] = curve.evaluate(frame)
        if around @ values < 0:
            values = -values
    for index, value in enumerate(values):
        channel = curves.Channel(path, index)
        curves.set_key(action, body, channel, frame, float(value), bone, float(base[index]))


@contextmanager
def with_edits(
    body: bpy.types.Object, keys: bpy.types.Action | None, edits: Edits | None
) -> Iterator[bpy.types.Action | None]:
    """The Action to look at for as long as this lasts: the keys, with what was keyed on their take."""
    if keys is None or edits is None or not edits.frames or edits.keys != keys.name:
        yield keys
        return
    both = keys.copy()
    try:
        add_edits(body, edits, both)
        yield both
    finally:
        bpy.data.actions.remove(both)


def _tracks(action: bpy.types.Action, body: bpy.types.Object) -> dict[str, list[bpy.types.FCurve]]:
    tracks: dict[str, list[bpy.types.FCurve]] = {}
    for curve in curves.curves_of(action, body):
        tracks.setdefault(curve.data_path, []).append(curve)
    return tracks


def _off(
    track: list[bpy.types.FCurve] | None, frames: np.ndarray, baked: np.ndarray, mode: str
) -> set[float]:
    """Frames at which a property has a key that is off what was baked."""
    if not track:
        return set()
    keys = [curves.read_keys(curve) for curve in track]
    keyed = np.unique(np.concatenate([own[:, 0] for own in keys]))
    if not len(keyed):
        return set()
    expected = np.stack([np.interp(keyed, frames, row) for row in baked.T], axis=1)
    shown = expected.copy()
    for curve, own in zip(track, keys, strict=True):
        same = len(own) == len(keyed)
        shown[:, curve.array_index] = own[:, 1] if same else curves.evaluate(curve, keyed)
    if mode == "QUATERNION":
        length = np.linalg.norm(shown, axis=1) * np.linalg.norm(expected, axis=1)
        cosine = np.abs((shown * expected).sum(axis=1)) / np.maximum(length, 1e-9)
        off = 2.0 * np.arccos(np.clip(cosine, 0.0, 1.0)) > TURNED
    elif mode == "LOCATION":
        off = np.linalg.norm(shown - expected, axis=1) > MOVED
    else:
        off = np.abs(shown - expected).max(axis=1) > TURNED
    # A key beyond the take's ends is one that was set, wherever it is.
    off |= (keyed < frames[0] - 0.01) | (keyed > frames[-1] + 0.01)
    return set(keyed[off].tolist())
