"""A character as it was, until what is done to it is done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bpy

_CHANNELS = ("location", "rotation_quaternion", "rotation_axis_angle", "rotation_euler", "scale")
"""As they stand: a matrix would not give them back as they were."""


@contextmanager
def rolled_back_on_error(
    target: bpy.types.Object, action: bpy.types.Action, bones: set[str]
) -> Iterator[None]:
    """Takes back what is done to the character inside, ``action`` included, if it ends early.

    ``bones`` are those whose channels or properties are written. What an Action
    plays stays on the rig when it is taken away, so they are put back as well.
    """
    steps = [*_playing(target), _removing(action), _channels(target)]
    for name in bones:
        bone = target.pose.bones.get(name)
        if bone is not None:
            steps += [_channels(bone), _properties(bone)]
    steps += [
        _muting(target, bone.name, constraint.name, constraint.mute)
        for bone in target.pose.bones
        for constraint in bone.constraints
    ]
    try:
        yield
    except BaseException:
        # Whatever it was, a stop or a mistake: it goes on from here when all is as before.
        for take_back in steps:
            try:
                take_back()
            except (ReferenceError, KeyError):
                logging.getLogger(__name__).info("Gone meanwhile: %s", take_back)
        raise


def _playing(target: bpy.types.Object) -> list[Callable[[], None]]:
    """The Action that is played now, in the slot it is played in."""
    animation = target.animation_data
    if animation is None:
        return [target.animation_data_clear]
    before, slot = animation.action, getattr(animation, "action_slot", None)
    kept = before is not None and before.use_fake_user

    def take_back() -> None:
        animation.action = before
        if slot is not None:
            animation.action_slot = slot
        if before is not None:
            before.use_fake_user = kept

    return [take_back]


def _removing(action: bpy.types.Action) -> Callable[[], None]:
    return lambda: bpy.data.actions.remove(action)


def _channels(owner: bpy.types.Object | bpy.types.PoseBone) -> Callable[[], None]:
    before = {channel: tuple(getattr(owner, channel)) for channel in _CHANNELS}

    def take_back() -> None:
        for channel, value in before.items():
            setattr(owner, channel, value)

    return take_back


def _properties(bone: bpy.types.PoseBone) -> Callable[[], None]:
    """Custom properties that are numbers, such as the switches of a control rig."""
    before = {name: value for name, value in bone.items() if isinstance(value, (bool, int, float))}

    def take_back() -> None:
        for name, value in before.items():
            bone[name] = value

    return take_back


def _muting(target: bpy.types.Object, bone: str, constraint: str, mute: bool) -> Callable[[], None]:
    def take_back() -> None:
        target.pose.bones[bone].constraints[constraint].mute = mute

    return take_back
