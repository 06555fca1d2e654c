"""What the buttons do."""

from . import body, cleanup, export, generate, prompts, report, takes

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *generate.CLASSES,
    *takes.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *report.CLASSES,
)
