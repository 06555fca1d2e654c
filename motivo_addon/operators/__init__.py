"""What the buttons do."""

from . import (
    bake,
    behaviour,
    body,
    character,
    cleanup,
    export,
    generate,
    keys,
    library,
    models,
    posing,
    prompts,
    report,
    shelf,
    takes,
    ways,
)

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *behaviour.CLASSES,
    *ways.CLASSES,
    *models.CLASSES,
    *library.CLASSES,
    *generate.CLASSES,
    *keys.CLASSES,
    *posing.CLASSES,
    *takes.CLASSES,
    *shelf.CLASSES,
    *bake.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *report.CLASSES,
)
