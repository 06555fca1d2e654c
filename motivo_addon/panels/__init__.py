"""The tab Motivo in the sidebar of the 3D view. Drawing reads only what is already known."""

from .bodies import actor, pose_library, posing
from .finishing import character, cleanup, export
from .generating import (
    keys,
    live,
    motion,
    people,
    prompts,
    surroundings,
)
from .takes import bake, ghost, shelf

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
    *people.CLASSES,
)
