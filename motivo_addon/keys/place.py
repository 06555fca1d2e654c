"""Where a body stands whose object is keyed as a whole.

Such keys move the armature's own space. What is performed has to stay in one
place: that in which the object is when the first prompt starts. A take brings
this place with it; the ghost is drawn there, and Bake puts the object there,
for the baked Action moves the bones only.
"""

import bpy
from mathutils import Matrix

_TRANSFORMS = ("location", "rotation", "scale", "delta_")


def moves_object(action: bpy.types.Action | None, body: bpy.types.Object) -> bool:
    """Whether the Action moves the object itself."""
    from ..rig.curves import curves_of

    return action is not None and any(
        curve.data_path.startswith(_TRANSFORMS) for curve in curves_of(action, body)
    )


def performed_place(context: bpy.types.Context, body: bpy.types.Object) -> Matrix | None:
    """The object's place in the world at the first prompt's start; None where it is not keyed."""
    from .source import first_frame, source_action

    for prompt in body.motivo.prompts:
        own = prompt.kind == "KEYFRAMES" and prompt.keyframes.armature in (None, body)
        action = source_action(prompt.keyframes, body) if own else None
        if moves_object(action, body):
            return place_at(context, body, action, first_frame(body))
    return None


def place_at(
    context: bpy.types.Context, body: bpy.types.Object, action: bpy.types.Action, frame: float
) -> Matrix:
    """The object's matrix in the world at a frame of an Action."""
    import numpy as np

    from ..rig.clips import playing
    from ..rig.sample import pose_matrices

    with playing(context, body, action):
        world, _ = pose_matrices(context, body, np.array([float(frame)]), ("pelvis",))
    return Matrix(world[0])
