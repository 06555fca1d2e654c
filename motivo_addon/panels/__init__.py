"""The tab Motivo in the sidebar of the 3D view. Drawing reads only what is already known."""

from . import (
    actor,
    bake,
    character,
    cleanup,
    export,
    ghost,
    keys,
    live,
    motion,
    pose_library,
    posing,
    prompts,
    shelf,
    surroundings,
)

CLASSES = (
    *actor.CLASSES,
    *posing.CLASSES,
    *pose_library.CLASSES,
    *prompts.CLASSES,
    *keys.CLASSES,
    *motion.CLASSES,
    *live.CLASSES,
    *ghost.CLASSES,
    *shelf.CLASSES,
    *bake.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *surroundings.CLASSES,
)
