"""What became of people who gave way in a take: a new Action for each of their bodies."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Matrix

from ...bodies import is_body
from .kept_keys import keep_keys

if TYPE_CHECKING:
    from ....runtime.motion import Motion


def bake_people(
    context: bpy.types.Context,
    people: Mapping[str, Mapping[str, Any]],
    place: Matrix,
    start_frame: float,
    name: str,
    whole_frames: bool,
    cyclic: bool,
) -> list[str]:
    """Bakes what each of ``people`` (``metadata["people"]`` of a take) did, from ``start_frame`` on.

    ``place``: the space in the world in which the take was performed. Where their objects stand
    now they stay, also where those were keyed. ``cyclic``: who ends as begun repeats it. Returns the
    names of bodies that are gone. Their Actions of before stay in the file.
    """
    from ....runtime.motion import Motion
    from ...keys.edits import mark_baked
    from ...rig.bake import bake_motion
    from ...rig.finish import at_whole_frames, closes, repeat

    context.view_layer.update()
    gone = []
    for title, entry in people.items():
        one = context.scene.objects.get(title)
        if one is None or not is_body(one):
            gone.append(title)
            continue
        stands = one.matrix_world.copy()
        motion = _moved(Motion.from_dict(entry), stands.inverted() @ place)
        if whole_frames:
            motion = at_whole_frames(context, motion)
        keys = keep_keys(one)
        action = bake_motion(context, one, motion, f"{name} - {title}", start_frame)
        mark_baked(action, keys, motion.qpos)
        if cyclic and closes(motion):
            repeat(one, action)
        one.matrix_world = stands
    return gone


def _moved(motion: "Motion", between: Matrix) -> "Motion":
    """A motion as it is seen from another space, in which its own lies as ``between`` says."""
    import numpy as np

    from ....runtime.body.kinematics import to_rotation, to_wxyz

    location, turn, _ = between.decompose()
    turned = to_rotation(np.array(turn))
    qpos = motion.qpos.copy()
    qpos[:, :3] = turned.apply(qpos[:, :3]) + np.array(location)
    qpos[:, 3:7] = to_wxyz(turned * to_rotation(qpos[:, 3:7]))
    return replace(motion, qpos=qpos)
