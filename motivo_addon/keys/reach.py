"""Keyed poses that no body can take, changed to the nearest that it can."""

import bpy
import numpy as np

from ..rig.channels import channel_values, path_of
from .base import base_of
from .edits import key_values
from .watch import keyed_actions, keyed_in, look

CHANGED = np.radians(0.2)


def keys_into_reach(body: bpy.types.Object) -> int:
    """Keys the nearest poses over those beyond reach; returns how many poses that were."""
    from ...runtime.posing.limits import nearest_pose

    beyond = look(body).beyond
    for action in keyed_actions(body):
        wanted = {frame for frame, name, _ in beyond if name == action.name}
        frames, qpos = keyed_in(body, action)
        chosen = np.array([frame in wanted for frame in frames.tolist()], dtype=bool)
        if not chosen.any():
            continue
        base = base_of(body, action)
        nearest = nearest_pose(qpos[chosen])
        for frame, old, new in zip(frames[chosen].tolist(), qpos[chosen], nearest, strict=True):
            before = channel_values(body, old)
            for (bone, name), values in channel_values(body, new).items():
                off = np.abs(np.array(values) - before[bone, name]).max()
                if name != "location" and off > CHANGED:
                    path = path_of(bone, name)
                    key_values(
                        action, body, bone, path, frame, np.array(values), np.array(base[path])
                    )
    look(body)
    return len(beyond)
