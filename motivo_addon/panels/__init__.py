"""The tab Motivo in the sidebar of the 3D view. Drawing reads only what is already known."""

from . import actor, cleanup, export, motion, prompts

CLASSES = (*actor.CLASSES, *prompts.CLASSES, *motion.CLASSES, *cleanup.CLASSES, *export.CLASSES)
