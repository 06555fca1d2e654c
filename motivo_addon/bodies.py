"""Which body the panel and the operators speak about, and finding one again later."""

import bpy

BODY_MARK = "motivo_body"
"""Custom property of the armature data that tells a body."""


def is_body(candidate: bpy.types.Object) -> bool:
    """Whether the object is a body, or a copy of one."""
    return candidate.type == "ARMATURE" and BODY_MARK in candidate.data


def active_body(context: bpy.types.Context) -> bpy.types.Object | None:
    """The body that is active, or belongs to the active object, or is the only one in the scene."""
    active = context.object
    while active is not None:
        if is_body(active):
            return active
        active = active.parent
    bodies = [candidate for candidate in context.scene.objects if is_body(candidate)]
    return bodies[0] if len(bodies) == 1 else None


def active_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature that is active, or moves the active mesh, or else the active body."""
    active = context.object
    if active is not None and active.type == "MESH":
        modifiers = (m.object for m in active.modifiers if m.type == "ARMATURE" and m.object)
        active = next(modifiers, active.parent)
    if active is not None and active.type == "ARMATURE":
        return active
    return active_body(context)


def find_body(uid: int) -> bpy.types.Object | None:
    """The body, or another object, with this ``session_uid``; None if it was deleted.

    Nothing may hold on to an object itself: undo and deleting leave such a
    reference pointing nowhere.
    """
    for candidate in bpy.data.objects:
        # A deleted object may live on without a collection until Blender frees it.
        if candidate.session_uid == uid and candidate.users_collection:
            return candidate
    return None
