"""The tab Motivo in the sidebar of the 3D view. Drawing reads only what is already known."""

from . import actor, motion, prompts

CLASSES = (*actor.CLASSES, *prompts.CLASSES, *motion.CLASSES)
