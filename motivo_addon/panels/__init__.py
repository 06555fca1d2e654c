"""The tab Motivo in the sidebar of the 3D view. Drawing reads only what is already known."""

from . import actor, character, cleanup, export, motion, prompts

CLASSES = (
    *actor.CLASSES,
    *prompts.CLASSES,
    *motion.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
)
