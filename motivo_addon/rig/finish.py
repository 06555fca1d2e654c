"""What is done to a baked take beside its keys: parts that keep theirs, repeating, whole frames."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import bpy
import numpy as np

from ...runtime.body import SMPL_NAMES
from ..scene import scene_fps
from . import curves
from .channels import Base, path_of, rotation_property

if TYPE_CHECKING:
    from ...runtime.motion import Motion

CLOSED_DEGREES, CLOSED_METRES = 5.0, 0.03
"""How far the last pose of a take may be off the first, on the spot, for it to repeat."""


def at_whole_frames(context: bpy.types.Context, motion: "Motion") -> "Motion":
    """The motion at the scene's rate, unless its frames are whole frames of the scene already."""
    fps = scene_fps(context.scene)
    step = fps / motion.fps
    return motion if abs(step - round(step)) < 1e-9 and step >= 1 else motion.resampled(fps)


def keep_parts(
    body: bpy.types.Object,
    action: bpy.types.Action,
    bones: Collection[str],
    keys: bpy.types.Action | None,
    base: Base,
) -> None:
    """Lets ``bones`` of a baked Action do what ``keys`` has for them, as in ``base`` where it has nothing."""
    span = curves.span_of(action, body)
    if span is None or not bones:
        return
    frames = np.unique(
        np.concatenate([curves.read_keys(curve)[:, 0] for curve in curves.curves_of(action, body)])
    )
    sources = {}
    if keys is not None:
        sources = {
            curves.Channel(curve.data_path, curve.array_index): curve
            for curve in curves.curves_of(keys, body)
        }
    values: dict[curves.Channel, np.ndarray] = {}
    groups: dict[curves.Channel, str] = {}
    for bone in sorted(bones, key=SMPL_NAMES.index):
        names = [rotation_property(body.pose.bones[bone])]
        names += ["location"] if bone == "pelvis" else []
        for name in names:
            path = path_of(bone, name)
            for index, value in enumerate(base[path]):
                channel = curves.Channel(path, index)
                source = sources.get(channel)
                constant = np.full(len(frames), value)
                values[channel] = curves.evaluate(source, frames) if source else constant
                groups[channel] = bone
    curves.write_curves(action, body, frames, values, groups)


def closes(motion: "Motion") -> bool:
    """Whether the motion ends in the pose in which it begins, wherever that is on the floor."""
    first, last = motion.qpos[0], motion.qpos[-1]
    hinges = np.degrees(np.abs(last[7:] - first[7:])).max()
    return bool(hinges < CLOSED_DEGREES and abs(last[2] - first[2]) < CLOSED_METRES)


def repeat(body: bpy.types.Object, action: bpy.types.Action) -> None:
    """Makes the Action play over and over, the hips going on from where they end."""
    for curve in curves.curves_of(action, body):
        cycles = curve.modifiers.new("CYCLES")
        travels = curve.data_path == path_of("pelvis", "location")
        cycles.mode_before = cycles.mode_after = "REPEAT_OFFSET" if travels else "REPEAT"
    span = curves.span_of(action, body)
    if span is not None:
        action.use_frame_range = True
        action.frame_start, action.frame_end = span
        action.use_cyclic = True
