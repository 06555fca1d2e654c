"""A character as it was, until what is done to it is done."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..rig import curves


@contextmanager
def all_or_nothing(target: bpy.types.Object, action: bpy.types.Action) -> Iterator[None]:
    """Takes back what is done to the character inside, ``action`` included, if it ends early."""
    before = curves.active_action(target)
    kept = before is not None and before.use_fake_user
    place = target.matrix_basis.copy()
    pose = {bone.name: bone.matrix_basis.copy() for bone in target.pose.bones}
    muted = [
        (constraint, constraint.mute)
        for bone in target.pose.bones
        for constraint in bone.constraints
    ]
    try:
        yield
    except BaseException:
        # Whatever it was, a stop or a mistake: it goes on from here when all is as before.
        try:
            if before is None:
                target.animation_data.action = None
            else:
                curves.assign(target, before)
                before.use_fake_user = kept
            bpy.data.actions.remove(action)
            target.matrix_basis = place
            for name, matrix in pose.items():
                target.pose.bones[name].matrix_basis = matrix
            for constraint, mute in muted:
                constraint.mute = mute
        except ReferenceError:
            logging.getLogger(__name__).info("The character is gone with its file.")
        raise
