"""What the buttons do."""

from . import behaviour, body, character, cleanup, export, generate, models, prompts, report, takes

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *behaviour.CLASSES,
    *models.CLASSES,
    *generate.CLASSES,
    *takes.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *report.CLASSES,
)
