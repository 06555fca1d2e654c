"""Keys of a body before a take is baked onto it: kept, with what was changed since, and named where they
are meant."""

import bpy


def keep_keys(body: bpy.types.Object) -> bpy.types.Action | None:
    """The Action with the body's keys, or None; what was keyed on a take baked before is added to it."""
    from ...keys.base import remember_base
    from ...keys.edits import add_edits, find_edits, keys_of
    from ...rig import curves

    played = curves.active_action(body)
    keys = keys_of(played) or played
    _name_sources(body, keys)
    if keys is not None and keys == played:
        remember_base(body, keys)
    edits = find_edits(body)
    if keys is not None and edits is not None and edits.frames:
        add_edits(body, edits, keys)
    return keys


def _name_sources(body: bpy.types.Object, action: bpy.types.Action | None) -> None:
    """Names the Action with the keys in prompts that meant the one the body plays: it changes."""
    if action is None:
        return
    for prompt in body.motivo.prompts:
        keys = prompt.keyframes
        if prompt.kind == "KEYFRAMES" and keys.action is None and keys.armature in (None, body):
            keys.action = action
