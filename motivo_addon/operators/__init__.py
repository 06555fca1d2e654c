"""What the buttons do."""

from . import body, generate, prompts, report, takes

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *generate.CLASSES,
    *takes.CLASSES,
    *report.CLASSES,
)
