"""Animation curves of an object, whichever version of Blender it is.

The only module that knows how Actions are built inside: up to 4.3 an Action
holds its curves itself; since 4.4 they lie in the channel bag of one of its
slots, in a strip of a layer; since 5.0 there is no other way to them.
"""

from __future__ import annotations  # names types that older versions lack

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

HAS_SLOTS = bpy.app.version >= (4, 4, 0)

# Values of the enumerations as foreach_set wants them (DNA_curve_types.h).
_LINEAR = 1
_BEZIER = 2
_FREE = 0
_AUTO_CLAMPED = 4


@dataclass(frozen=True)
class Channel:
    """One curve: a property of the object, by its path from there, and an index into it."""

    data_path: str
    index: int = 0


def new_action(name: str, owner: bpy.types.Object) -> bpy.types.Action:
    """An empty Action with, where there are slots, one for ``owner``. It stays unassigned."""
    action = bpy.data.actions.new(name)
    if HAS_SLOTS:
        slot = action.slots.new(owner.id_type, owner.name)
        action.layers.new("Layer").strips.new(type="KEYFRAME").channelbag(slot, ensure=True)
    return action


def assign(owner: bpy.types.Object, action: bpy.types.Action) -> None:
    """Makes ``action`` the one that moves ``owner``, through the slot meant for it.

    That is the slot named after the object, else the first for objects.
    """
    data = owner.animation_data or owner.animation_data_create()
    data.action = action
    if HAS_SLOTS:
        data.action_slot = _suitable_slot(action, owner) or data.action_slot


def add_strip(owner: bpy.types.Object, action: bpy.types.Action, name: str) -> bpy.types.NlaStrip:
    """Puts ``action`` at its own frames on a new NLA track of ``owner``, both called ``name``."""
    data = owner.animation_data or owner.animation_data_create()
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(name, round(action.frame_range[0]), action)
    strip.name = name
    if HAS_SLOTS:
        strip.action_slot = _suitable_slot(action, owner) or strip.action_slot
    return strip


def play_only_strip(owner: bpy.types.Object) -> None:
    """Makes the Action of the owner's one NLA strip its active one, and drops the tracks."""
    data = owner.animation_data
    action = data.nla_tracks[0].strips[0].action
    for track in list(data.nla_tracks):
        data.nla_tracks.remove(track)
    assign(owner, action)


def active_action(owner: bpy.types.Object) -> bpy.types.Action | None:
    """The Action that moves ``owner``, if any."""
    return owner.animation_data.action if owner.animation_data else None


@contextmanager
def playing(owner: bpy.types.Object, action: bpy.types.Action | None) -> Iterator[None]:
    """Lets ``owner`` play ``action`` for as long as it is looked at; None: whatever it plays."""
    if action is None or active_action(owner) == action:
        yield
        return
    animation = owner.animation_data or owner.animation_data_create()
    old_action, old_slot = animation.action, getattr(animation, "action_slot", None)
    assign(owner, action)
    try:
        yield
    finally:
        animation.action = old_action
        if old_slot is not None:
            animation.action_slot = old_slot


def curves_of(
    action: bpy.types.Action, owner: bpy.types.Object | None = None
) -> Sequence[bpy.types.FCurve]:
    """The curves of ``action`` that move ``owner``.

    Without an owner, or for one the Action is not assigned to, those of the
    Action's first slot for objects.
    """
    bag = _channel_bag(action, owner)
    return bag.fcurves if bag else ()


def curves_that_move(owner: bpy.types.Object) -> Sequence[bpy.types.FCurve]:
    """The curves of the Action that ``owner`` has now; none without one."""
    action = active_action(owner)
    return curves_of(action, owner) if action else ()


def write_curves(
    action: bpy.types.Action,
    owner: bpy.types.Object,
    frames: np.ndarray,
    values: Mapping[Channel, np.ndarray],
    groups: Mapping[Channel, str] | None = None,
) -> None:
    """Adds curves to ``action``, each with a key per frame, joined by straight lines.

    ``frames`` (T,) may lie between whole frames; ``values`` holds (T,) for each
    channel; ``groups`` the name under which a channel is listed. Handles are
    set so that a key that is made smooth later has sensible ones. Channels
    that exist already are replaced.
    """
    count = len(frames)
    points = np.empty((count, 2), dtype=np.float32)
    points[:, 0] = frames
    linear = np.full(count, _LINEAR, dtype=np.int32)
    handles = np.full(count, _AUTO_CLAMPED, dtype=np.int32)
    bag = _channel_bag(action, owner, ensure=True)
    made = {group.name: group for group in bag.groups}
    for channel, track in values.items():
        old = bag.fcurves.find(channel.data_path, index=channel.index)
        if old:
            bag.fcurves.remove(old)
        curve = bag.fcurves.new(channel.data_path, index=channel.index)
        group = (groups or {}).get(channel)
        if group:
            if group not in made:
                made[group] = bag.groups.new(group)
            curve.group = made[group]
        points[:, 1] = track
        keys = curve.keyframe_points
        keys.add(count)
        keys.foreach_set("co", points.ravel())
        keys.foreach_set("interpolation", linear)
        keys.foreach_set("handle_left_type", handles)
        keys.foreach_set("handle_right_type", handles)
        curve.update()


def write_smooth_keys(
    curve: bpy.types.FCurve, frames: np.ndarray, values: np.ndarray, slopes: np.ndarray
) -> None:
    """Replaces the keys of a curve by (K,) others, joined by cubics with these slopes (per frame).

    Handles end at a third of the way to the next key: so time runs evenly
    along the piece, which is then exactly the Hermite cubic.
    """
    thirds = np.diff(frames) / 3.0
    before = np.concatenate([thirds[:1], thirds])
    after = np.concatenate([thirds, thirds[-1:]])
    keys = curve.keyframe_points
    keys.clear()
    keys.add(len(frames))

    def put(name: str, x: np.ndarray, y: np.ndarray) -> None:
        keys.foreach_set(name, np.stack([x, y], axis=1).astype(np.float32).ravel())

    put("co", frames, values)
    keys.foreach_set("interpolation", np.full(len(frames), _BEZIER, dtype=np.int32))
    for side in ("handle_left_type", "handle_right_type"):
        keys.foreach_set(side, np.full(len(frames), _FREE, dtype=np.int32))
    put("handle_left", frames - before, values - before * slopes)
    put("handle_right", frames + after, values + after * slopes)
    curve.update()


def shift_keys(curve: bpy.types.FCurve, frames: float) -> None:
    """Moves all keys of a curve in time, handles with them."""
    keys = curve.keyframe_points
    for name in ("co", "handle_left", "handle_right"):
        points = np.empty(len(keys) * 2, dtype=np.float32)
        keys.foreach_get(name, points)
        points[::2] += frames
        keys.foreach_set(name, points)
    curve.update()


def scale_keys(curve: bpy.types.FCurve, factor: float) -> None:
    """Multiplies all values of a curve, handles with them."""
    keys = curve.keyframe_points
    for name in ("co", "handle_left", "handle_right"):
        points = np.empty(len(keys) * 2, dtype=np.float32)
        keys.foreach_get(name, points)
        points[1::2] *= factor
        keys.foreach_set(name, points)
    curve.update()


def read_keys(curve: bpy.types.FCurve) -> np.ndarray:
    """(K, 2): frame and value of each key of the curve."""
    points = np.empty(len(curve.keyframe_points) * 2, dtype=np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points.reshape(-1, 2).astype(np.float64)


def evaluate(curve: bpy.types.FCurve, frames: np.ndarray) -> np.ndarray:
    """(T,): the curve's value at each of the frames, which may lie between whole ones."""
    return np.array([curve.evaluate(frame) for frame in np.asarray(frames, dtype=float)])


def keyed_frames(owner: bpy.types.Object) -> np.ndarray:
    """(K,): frames at which the Action of ``owner`` has a key on any curve, ascending."""
    action = active_action(owner)
    return frames_with_keys(action, owner) if action else np.empty(0)


def frames_with_keys(action: bpy.types.Action, owner: bpy.types.Object) -> np.ndarray:
    """(K,): frames at which ``action`` has a key on any curve that moves ``owner``, ascending."""
    frames = [read_keys(curve)[:, 0] for curve in curves_of(action, owner)]
    return np.unique(np.concatenate(frames)) if frames else np.empty(0)


def keyed_range(owner: bpy.types.Object) -> tuple[float, float] | None:
    """First and last frame that has a key in the Action of ``owner``; None if none has."""
    action = active_action(owner)
    return span_of(action, owner) if action else None


def span_of(action: bpy.types.Action, owner: bpy.types.Object) -> tuple[float, float] | None:
    """First and last frame that has a key in ``action`` for ``owner``; None if none has."""
    ends = [
        (curve.keyframe_points[0].co.x, curve.keyframe_points[-1].co.x)
        for curve in curves_of(action, owner)
        if len(curve.keyframe_points)
    ]
    if not ends:
        return None
    return min(first for first, _ in ends), max(last for _, last in ends)


def set_key(
    action: bpy.types.Action,
    owner: bpy.types.Object,
    channel: Channel,
    frame: float,
    value: float,
    group: str,
    base: float,
) -> None:
    """Sets one key as a person would.

    A channel without a curve gets one that stays at ``base`` at the ends of what
    is keyed, so that the one key does not hold everywhere.
    """
    bag = _channel_bag(action, owner, ensure=True)
    curve = bag.fcurves.find(channel.data_path, index=channel.index)
    if curve is None:
        ends = span_of(action, owner) or (frame, frame)
        curve = bag.fcurves.new(channel.data_path, index=channel.index)
        curve.group = bag.groups.get(group) or bag.groups.new(group)
        for end in ends:
            curve.keyframe_points.insert(end, base)
    curve.keyframe_points.insert(frame, value)
    curve.update()


def clear_curves(action: bpy.types.Action, owner: bpy.types.Object) -> None:
    """Removes all curves of ``action`` that move ``owner``; other slots keep theirs."""
    bag = _channel_bag(action, owner)
    for curve in list(bag.fcurves) if bag else ():
        bag.fcurves.remove(curve)


def _suitable_slot(
    action: bpy.types.Action, owner: bpy.types.Object | None
) -> bpy.types.ActionSlot | None:
    """The slot named after the owner, else the first for objects."""
    suitable = [slot for slot in action.slots if slot.target_id_type in ("OBJECT", "UNSPECIFIED")]
    named = [slot for slot in suitable if owner and slot.name_display == owner.name]
    return next(iter(named + suitable), None)


def _channel_bag(
    action: bpy.types.Action, owner: bpy.types.Object | None, ensure: bool = False
) -> bpy.types.Action | bpy.types.ActionChannelbag | None:
    """What holds ``fcurves`` and ``groups``: the Action itself before there were slots."""
    if not HAS_SLOTS:
        return action
    data = owner.animation_data if owner else None
    assigned = data.action_slot if data and data.action == action else None
    slot = assigned or _suitable_slot(action, owner)
    if slot is None:
        if not ensure:
            return None
        slot = action.slots.new("OBJECT", owner.name)
    for layer in action.layers:
        for strip in layer.strips:
            bag = strip.channelbag(slot)
            if bag:
                return bag
    if not ensure:
        return None
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)
